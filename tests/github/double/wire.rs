//! As much of HTTP/1.1 as the double speaks: requests from whoever is tested, and its own to the emulator.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// What a client sent.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// With its query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

/// What a client is sent.
#[derive(Debug, Clone, Default)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// As it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        let first = format!("HTTP/1.1 {} {}", self.status, reason(self.status));
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let length = format!("content-length: {}", self.body.len());
        let length = (!matches!(self.status, 204 | 304)).then_some(length);
        let lines: Vec<String> = [first].into_iter().chain(headers).chain(length).collect();
        let head = format!("{}\r\n\r\n", lines.join("\r\n"));
        [head.as_bytes(), &self.body].concat()
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        304 => "Not Modified",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        _ => "Status",
    }
}

/// A request of which the last byte is still unread: a connection that is closed like that is reset, and a client
/// sees it break, rather than end.
pub struct Incoming {
    pub request: Request,
    is_whole: bool,
}

impl Incoming {
    /// Waits for the next request; None when the connection ends, or `stop` says so.
    pub fn read(stream: &TcpStream, stop: &dyn Fn() -> bool) -> Option<Self> {
        stream.set_read_timeout(Some(Duration::from_millis(100))).ok()?;
        let head = peek_head(stream, stop)?;
        let text = String::from_utf8_lossy(&head).into_owned();
        let mut request = parse_head(&text)?;
        let length: usize = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        // All but the last byte is taken, which is only looked at.
        let mut bytes = vec![0; head.len() + length];
        let last = bytes.len() - 1;
        read_exact(stream, &mut bytes[..last], stop)?;
        let mut byte = [0];
        loop {
            match Read::of(stream.peek(&mut byte), stop) {
                Read::Some(_) => break,
                Read::Nothing => {}
                Read::End => return None,
            }
        }
        bytes[last] = byte[0];
        request.body = bytes.split_off(head.len());
        Some(Self { request, is_whole: false })
    }

    /// Takes the last byte too: from here on the connection can go on.
    pub fn finish(&mut self, mut stream: &TcpStream) {
        if !self.is_whole {
            let _ = stream.read_exact(&mut [0]);
            self.is_whole = true;
        }
    }
}

/// What a read that waits for a moment has found.
enum Read {
    Some(usize),
    Nothing,
    End,
}

impl Read {
    fn of(read: std::io::Result<usize>, stop: &dyn Fn() -> bool) -> Self {
        match read {
            Ok(0) => Self::End,
            Ok(count) => Self::Some(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => Self::Nothing,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && !stop() => {
                Self::Nothing
            }
            Err(_) => Self::End,
        }
    }
}

fn read_exact(mut stream: &TcpStream, buffer: &mut [u8], stop: &dyn Fn() -> bool) -> Option<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        match Read::of(stream.read(&mut buffer[filled..]), stop) {
            Read::Some(count) => filled += count,
            Read::Nothing => {}
            Read::End => return None,
        }
    }
    Some(())
}

/// The head of a request, left unread.
fn peek_head(stream: &TcpStream, stop: &dyn Fn() -> bool) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = match Read::of(stream.peek(&mut buffer), stop) {
            Read::Some(count) => count,
            Read::Nothing => continue,
            Read::End => return None,
        };
        if let Some(end) = end_of_head(&buffer[..count]) {
            return Some(buffer[..end].to_vec());
        }
        if count == buffer.len() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|start| start + 4)
}

fn parse_head(text: &str) -> Option<Request> {
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(Request { method, target, headers: parse_headers(lines), body: Vec::new() })
}

fn parse_headers<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

/// One request to an address such as `127.0.0.1:4000`, on a connection of its own.
pub fn send(address: &str, request: &Request) -> std::io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let first = format!("{} {} HTTP/1.1", request.method, request.target);
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let own = [format!("host: {address}"), "connection: close".to_owned()];
    let length = format!("content-length: {}", request.body.len());
    let lines: Vec<String> = [first].into_iter().chain(own).chain(headers).chain([length]).collect();
    let head = format!("{}\r\n\r\n", lines.join("\r\n"));
    stream.write_all(&[head.as_bytes(), &request.body].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse_response(&answer).ok_or_else(|| std::io::Error::other("the emulator's answer is not HTTP"))
}

fn parse_response(bytes: &[u8]) -> Option<Response> {
    let end = end_of_head(bytes)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = parse_headers(lines);
    let is_chunked = find(&headers, "transfer-encoding").is_some_and(|value| value == "chunked");
    let body = if is_chunked { join_chunks(&bytes[end..])? } else { bytes[end..].to_vec() };
    Some(Response { status, headers, body })
}

fn join_chunks(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let size =
            usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?.split(';').next()?, 16).ok()?;
        body.extend(bytes.get(end + 2..end + 2 + size)?);
        bytes = bytes.get(end + 4 + size..)?;
        if size == 0 {
            return Some(body);
        }
    }
}
