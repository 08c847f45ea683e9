//! A git server for tests: smart HTTP on the loopback interface, `git http-backend` as CGI. It is git's own
//! server code, so refused pushes, hooks and lost races are the real ones.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "test support, not all of it used everywhere"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Serves all repositories below a folder until the test process ends.
pub struct GitHttp {
    port: u16,
    faults: Arc<Faults>,
}

/// What the server does wrong when told.
#[derive(Default)]
pub struct Faults {
    /// The first one that fits a request is taken, as often as it says.
    harms: Mutex<Vec<(Asked, Harm, u32)>>,
    /// Ends every connection before anything is read from it.
    down: AtomicBool,
    /// The credentials that every request must show, as in its header; none: anybody may.
    wanted: Mutex<Option<String>>,
    /// How often it was asked, before a fetch, where the references of a repository are; by its address.
    looks: Mutex<BTreeMap<String, u32>>,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Where the references are, before a fetch.
    LookToFetch,
    Fetch,
    /// Where the references are, before a push.
    LookToPush,
    Push,
}

pub const ASKED: [Asked; 4] = [Asked::LookToFetch, Asked::Fetch, Asked::LookToPush, Asked::Push];

/// What is done wrong about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The connection ends, and nothing was done.
    DropBefore,
    /// The connection ends after it was done. Clients may send it again by themselves.
    DropAfter,
    /// Silence, and nothing is done.
    HangBefore,
    /// It is done, and then silence.
    HangAfter,
    /// Status 500, and nothing was done.
    ErrorBefore,
    /// It was done, and status 500.
    ErrorAfter,
    /// The reply comes in small pieces.
    Slow,
    /// The reply ends half-way.
    Truncate,
    /// Not allowed: status 403.
    Forbidden,
    /// Credentials are asked for: status 401.
    Unauthorized,
}

pub const HARMS: [Harm; 10] = [
    Harm::DropBefore,
    Harm::DropAfter,
    Harm::HangBefore,
    Harm::HangAfter,
    Harm::ErrorBefore,
    Harm::ErrorAfter,
    Harm::Slow,
    Harm::Truncate,
    Harm::Forbidden,
    Harm::Unauthorized,
];

impl Faults {
    fn take(&self, asked: Asked) -> Option<Harm> {
        let mut harms = self.harms.lock().unwrap();
        let (_, harm, left) = harms.iter_mut().find(|(about, _, left)| *about == asked && *left > 0)?;
        *left -= 1;
        Some(*harm)
    }
}

impl GitHttp {
    pub fn serve(root: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let root = root.canonicalize().unwrap();
        let faults = Arc::new(Faults::default());
        let shared = Arc::clone(&faults);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.down.load(Ordering::SeqCst) {
                    continue;
                }
                let (root, faults) = (root.clone(), Arc::clone(&shared));
                std::thread::spawn(move || answer(&stream, &root, &faults));
            }
        });
        Self { port, faults }
    }

    /// The address of a repository by its path below the root.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    /// Does `harm` to the next requests of a kind.
    pub fn harm(&self, asked: Asked, harm: Harm, times: u32) {
        self.faults.harms.lock().unwrap().push((asked, harm, times));
    }

    /// Serves nobody any more who does not show these credentials: `Basic …`.
    pub fn want(&self, authorization: &str) {
        *self.faults.wanted.lock().unwrap() = Some(authorization.to_owned());
    }

    /// Refuses all connections from now on.
    pub fn go_down(&self) {
        self.faults.down.store(true, Ordering::SeqCst);
    }

    /// How often somebody began to fetch from a repository, by its path below the root.
    pub fn looks(&self, name: &str) -> u32 {
        self.faults.looks.lock().unwrap().get(name).copied().unwrap_or_default()
    }

    /// Does everything right again.
    pub fn heal(&self) {
        self.faults.harms.lock().unwrap().clear();
        self.faults.down.store(false, Ordering::SeqCst);
    }
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

fn answer(stream: &TcpStream, root: &Path, faults: &Faults) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader, stream) {
        let Some(reply) = reply(&request, root, faults) else { return };
        let whole = reply.bytes.len();
        let sent = match reply.harm {
            Some(Harm::Truncate) => (&mut &*stream).write_all(&reply.bytes[..whole - whole / 3 - 1]),
            Some(Harm::Slow) => reply.bytes.chunks(whole / 8 + 1).try_for_each(|piece| {
                std::thread::sleep(Duration::from_millis(20));
                (&mut &*stream).write_all(piece)
            }),
            _ => (&mut &*stream).write_all(&reply.bytes),
        };
        if sent.is_err() || reply.harm == Some(Harm::Truncate) {
            return;
        }
    }
}

struct Reply {
    bytes: Vec<u8>,
    harm: Option<Harm>,
}

/// None: nothing is answered, and the connection ends.
fn reply(request: &Request, root: &Path, faults: &Faults) -> Option<Reply> {
    let asked = asked(request);
    if asked == Some(Asked::LookToFetch)
        && let Some((name, _)) = request.target.trim_start_matches('/').split_once("/info/refs")
    {
        *faults.looks.lock().unwrap().entry(name.to_owned()).or_default() += 1;
    }
    let harm = asked.and_then(|asked| faults.take(asked));
    let status = |line: &str| {
        let bytes = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").into_bytes();
        Some(Reply { bytes, harm })
    };
    match harm {
        Some(Harm::DropBefore) => return None,
        Some(Harm::HangBefore) => hang(),
        Some(Harm::ErrorBefore) => return status("500 Internal Server Error"),
        Some(Harm::Forbidden) => return status("403 Forbidden"),
        Some(Harm::Unauthorized) => {
            return status("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"");
        }
        _ => {}
    }
    let wanted = faults.wanted.lock().unwrap().clone();
    if wanted.is_some_and(|wanted| wanted != request.header("authorization")) {
        return status("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"");
    }
    let bytes = run_backend(request, root);
    match harm {
        Some(Harm::DropAfter) => None,
        Some(Harm::HangAfter) => {
            hang();
            None
        }
        Some(Harm::ErrorAfter) => status("500 Internal Server Error"),
        _ => Some(Reply { bytes, harm }),
    }
}

/// Longer than any client waits.
fn hang() {
    std::thread::sleep(Duration::from_mins(10));
}

fn asked(request: &Request) -> Option<Asked> {
    let is_push = request.target.contains("git-receive-pack");
    match request.method.as_str() {
        "GET" if is_push => Some(Asked::LookToPush),
        "GET" => Some(Asked::LookToFetch),
        "POST" if is_push => Some(Asked::Push),
        // The second version of the protocol asks for references in the same way as for objects.
        "POST" => Some(Asked::Fetch),
        _ => None,
    }
}

fn read_request(reader: &mut BufReader<&TcpStream>, mut stream: &TcpStream) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((key, value)) = line.trim().split_once(':') else { break };
        headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, target, headers, body: Vec::new() };
    if request.header("expect").eq_ignore_ascii_case("100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    request.body = if request.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
        read_chunks(reader)?
    } else {
        let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        body
    };
    Some(request)
}

fn read_chunks(reader: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
        let start = body.len();
        body.resize(start + size, 0);
        reader.read_exact(&mut body[start..]).ok()?;
        reader.read_line(&mut line).ok()?;
        if size == 0 {
            return Some(body);
        }
    }
}

fn run_backend(request: &Request, root: &Path) -> Vec<u8> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", request.header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.header("content-encoding"))
        .env("GIT_PROTOCOL", request.header("git-protocol"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REMOTE_USER", "tester")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let body = request.body.clone();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&body)));
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    writer.join().unwrap();
    child.wait().unwrap();
    http_reply(&out)
}

/// CGI's headers become HTTP's: `Status:` is the first line.
fn http_reply(cgi: &[u8]) -> Vec<u8> {
    let end = cgi.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(cgi.len());
    let body = cgi.get(end + 4..).unwrap_or_default();
    let (mut status, mut headers) = ("200 OK".to_owned(), String::new());
    for line in String::from_utf8_lossy(&cgi[..end]).lines() {
        match line.split_once(": ") {
            Some((key, value)) if key.eq_ignore_ascii_case("status") => value.clone_into(&mut status),
            _ => headers.extend([line, "\r\n"]),
        }
    }
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Runs `git` away from the settings of whoever runs the tests; gives its output.
pub fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = git_command(dir, arguments).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "git {arguments:?}: {out}{err}");
    out.trim_end().to_owned()
}

pub fn git_command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir).args(arguments);
    for (name, value) in HERMETIC {
        command.env(name, value);
    }
    command
}

/// What keeps `git` away from the settings of whoever runs the tests.
pub const HERMETIC: [(&str, &str); 6] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Test"),
    ("GIT_AUTHOR_EMAIL", "test@example.com"),
    ("GIT_COMMITTER_NAME", "Test"),
    ("GIT_COMMITTER_EMAIL", "test@example.com"),
];

/// A bare repository below `root` that takes pushes.
pub fn bare(root: &Path, name: &str) -> PathBuf {
    let path = root.join(name);
    git(root, &["init", "--quiet", "--bare", "--initial-branch=main", name]);
    git(&path, &["config", "http.receivepack", "true"]);
    path
}
