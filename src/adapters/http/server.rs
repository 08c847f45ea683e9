//! A server on the loopback interface that behaves badly when its path says so, and counts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Serves until the test process ends.
pub(in crate::adapters) struct Server {
    pub(in crate::adapters) port: u16,
    /// The requests so far: first line and headers, a blank line, body.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `wrap` makes a connection into one with TLS, or leaves it.
    pub(in crate::adapters) fn start<S, W>(wrap: W) -> Self
    where
        S: Read + Write,
        W: Fn(TcpStream) -> S + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, wrap) = (Arc::clone(&seen), Arc::new(wrap));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (noted, wrap) = (Arc::clone(&noted), Arc::clone(&wrap));
                // A client that leaves in between is what some tests are about.
                thread::spawn(move || serve(&mut BufReader::new(wrap(stream.unwrap())), &noted));
            }
        });
        Self { port, seen }
    }

    pub(in crate::adapters) fn plain() -> Self {
        Self::start(|stream| stream)
    }

    pub(in crate::adapters) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(in crate::adapters) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve<S: Read + Write>(stream: &mut BufReader<S>, noted: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request)? == 0 {
            return Ok(());
        }
    }
    let length = request.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    noted.lock().unwrap().push(request);
    answer(stream.get_mut(), &path)
}

fn answer(stream: &mut impl Write, path: &str) -> std::io::Result<()> {
    let mut say = |text: &str| stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    match path.split_once('?').unwrap_or((path, "")) {
        ("/ok", _) => say("HTTP/1.1 200 OK\r\nX-One: 1\r\nX-ONE: 2\r\nContent-Length: 5\r\n\r\nhello"),
        ("/fails", _) => say("HTTP/1.1 500 Oh no\r\nContent-Length: 2\r\n\r\nno"),
        ("/hangs-up", _) => Ok(()),
        ("/half-a-head", _) => say("HTTP/1.1 200 OK\r\nContent-Le"),
        ("/half-a-body", _) => say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        ("/not-http", _) => say("220 mail.example ESMTP\r\n"),
        ("/never", _) => {
            thread::sleep(Duration::from_mins(1));
            Ok(())
        }
        ("/drips", _) => {
            say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
            (0..600).try_for_each(|_| {
                thread::sleep(Duration::from_millis(100));
                say("x")
            })
        }
        ("/bytes", count) => {
            let body = "x".repeat(count.parse().unwrap());
            say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {count}\r\n\r\n{body}"))
        }
        ("/endless", _) => {
            say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            loop {
                say(&chunk)?;
            }
        }
        // Whatever the test wrote.
        ("/raw", digits) => say(&text_of(digits)),
        ("/to", place) => say(&format!("HTTP/1.1 307 Go\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n")),
        _ => say("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
    }
}

/// A path that is answered with this text.
pub(in crate::adapters) fn raw(answer: &str) -> String {
    let digits: Vec<_> = answer.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("/raw?{}", digits.concat())
}

fn text_of(digits: &str) -> String {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect()).unwrap()
}
