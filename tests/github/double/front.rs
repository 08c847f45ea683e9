//! The front: what `orch` takes for GitHub.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::emulator::{BOT, Emulator, OWNER, PEOPLE, alias, token};
use super::faults::{Fault, Faults};
use super::quota::{Quota, Quotas, counted};
use super::recorded::{Recorded, Sent};
use super::tables::{Asked, Run, Tables, decode};
use super::tools::Tools;
use super::wire::{Incoming, Request, Response, send};

/// What the threads of all connections share.
pub struct World {
    pub emulator: Emulator,
    pub tools: Tools,
    /// Before every path of REST: nothing, or `/api/v3` for GitHub Enterprise Server.
    pub prefix: &'static str,
    /// The address of the front itself, with the prefix.
    pub url: String,
    pub tables: Mutex<Tables>,
    pub recorded: Mutex<Vec<Recorded>>,
    pub faults: Faults,
    pub quota: Mutex<Quotas>,
    asked: AtomicUsize,
    /// How many requests the emulator was sent.
    sent: AtomicUsize,
    /// How often something may have changed.
    pub writes: AtomicUsize,
    stop: AtomicBool,
}

/// What is answered, and whether it was done.
struct Outcome {
    response: Response,
    is_done: bool,
    invalid: Vec<String>,
}

impl World {
    pub fn new(tools: &Tools, port: u16, prefix: &'static str) -> Self {
        Self {
            emulator: Emulator::start(tools),
            tools: tools.clone(),
            prefix,
            url: format!("http://127.0.0.1:{port}{prefix}"),
            tables: Mutex::default(),
            recorded: Mutex::default(),
            faults: Faults::default(),
            quota: Mutex::new(Quotas::whole()),
            asked: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
            writes: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        }
    }

    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    pub fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub fn graphql_path(&self) -> &'static str {
        if self.prefix.is_empty() { "/graphql" } else { "/api/graphql" }
    }

    /// One connection, until it ends.
    pub fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        let stop = || self.stops();
        while let Some(mut incoming) = Incoming::read(stream, &stop) {
            if self.one(stream, &mut incoming).is_none() {
                return;
            }
        }
    }

    /// One request. None: the connection ends.
    fn one(&self, mut stream: &TcpStream, incoming: &mut Incoming) -> Option<()> {
        let mut request = incoming.request.clone();
        if request.header("transfer-encoding").is_some() {
            let response = Response { status: 411, ..Response::default() };
            let _ = stream.write_all(&response.bytes());
            return None;
        }
        if request.target == self.graphql_path() {
            "/graphql".clone_into(&mut request.target);
        } else if let Some(rest) = request.target.strip_prefix(self.prefix) {
            request.target = rest.to_owned();
        } else {
            incoming.finish(stream);
            return stream.write_all(&refusal(404, "Not Found").bytes()).ok();
        }
        if request.header("x-double").is_some() {
            incoming.finish(stream);
            return stream.write_all(&self.rest(&request, OWNER).bytes()).ok();
        }
        let place = request.target.split('?').next().unwrap_or_default().to_owned();
        let fault = self.faults.take(&request.method, &place);
        let number = self.note(&request, fault);
        let outcome = match fault {
            Some(fault) if !fault.is_done() => None,
            _ => Some(self.answer(&request)),
        };
        let noted = |change: &dyn Fn(&mut Recorded)| {
            let mut recorded = self.recorded.lock().unwrap();
            recorded.iter_mut().rev().find(|one| one.number == number).map(change);
        };
        if let Some(outcome) = &outcome {
            noted(&|one| {
                one.is_done = outcome.is_done;
                one.invalid.clone_from(&outcome.invalid);
            });
        }
        let tell = |status: u16| noted(&|one| one.status = Some(status));
        match (fault, outcome) {
            (Some(Fault::SilentBefore | Fault::SilentAfter), _) => {
                incoming.finish(stream);
                self.wait_for_end(stream);
                None
            }
            // With its last byte unread, closing the connection resets it.
            (Some(Fault::ResetBefore | Fault::ResetAfter), _) => None,
            (Some(Fault::Truncated), Some(outcome)) => {
                incoming.finish(stream);
                let bytes = outcome.response.bytes();
                let cut = bytes.len() - outcome.response.body.len().div_ceil(2).max(1);
                tell(outcome.response.status);
                let _ = stream.write_all(&bytes[..cut]);
                let _ = stream.shutdown(Shutdown::Both);
                None
            }
            (fault, outcome) => {
                let response = match (fault.and_then(wrong), outcome) {
                    (Some(response), _) => response,
                    (None, Some(outcome)) => outcome.response,
                    (None, None) => return None,
                };
                incoming.finish(stream);
                tell(response.status);
                stream.write_all(&response.bytes()).ok()
            }
        }
    }

    fn note(&self, request: &Request, fault: Option<Fault>) -> usize {
        let headers = request.headers.iter().filter(|(name, _)| name != "authorization").cloned().collect();
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        self.recorded.lock().unwrap().push(Recorded {
            number,
            method: request.method.clone(),
            path: request.target.clone(),
            login: match Caller::of(request) {
                Caller::Known(login) => Some(login),
                Caller::Nobody | Caller::Stranger => None,
            },
            headers,
            body: Sent::of(&request.body),
            is_done: false,
            status: None,
            fault,
            invalid: Vec::new(),
        });
        number
    }

    /// Until the client has had enough.
    fn wait_for_end(&self, mut stream: &TcpStream) {
        let mut byte = [0];
        while !self.stops() {
            match std::io::Read::read(&mut stream, &mut byte) {
                Ok(0) => return,
                Err(error)
                    if !matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    return;
                }
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// What GitHub answers, with its limits and conditional requests.
    fn answer(&self, request: &Request) -> Outcome {
        let refused = |response| Outcome { response, is_done: false, invalid: Vec::new() };
        if request.header("user-agent").is_none_or(str::is_empty) {
            return refused(refusal(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            ));
        }
        let login = match Caller::of(request) {
            Caller::Known(login) => login,
            Caller::Nobody => return refused(refusal(401, "Requires authentication")),
            Caller::Stranger => return refused(refusal(401, "Bad credentials")),
        };
        if request.target == "/graphql" {
            return self.graphql(request, &login);
        }
        if !self.quota.lock().unwrap().core.take(1) {
            let quota = self.quota.lock().unwrap().core;
            return refused(counted(refusal(403, "API rate limit exceeded for user ID 1."), quota, "core"));
        }
        let mut response = self.rest(request, &login);
        if request.method == "GET" && response.status == 200 {
            let etag = etag(&response.body);
            if request.header("if-none-match") == Some(&etag) {
                // What has not changed costs nothing.
                self.quota.lock().unwrap().core.remaining += 1;
                response = Response { status: 304, ..Response::default() };
            }
            response.headers.push(("etag".to_owned(), etag));
        }
        let is_done = response.status < 400;
        let quota = self.quota.lock().unwrap().core;
        Outcome { response: counted(response, quota, "core"), is_done, invalid: Vec::new() }
    }

    /// REST without limits: from the tables, or from the emulator.
    pub fn rest(&self, request: &Request, login: &str) -> Response {
        if request.method != "GET" {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        let asked = Asked::new(request, login);
        self.special(&asked).unwrap_or_else(|| {
            let mut response = self.emulate(request, login);
            self.correct(&asked, &mut response);
            response
        })
    }

    /// The emulator's answer, with the front's addresses in it and without milliseconds.
    pub fn emulate(&self, request: &Request, login: &str) -> Response {
        let token = alias(login, self.sent.fetch_add(1, Ordering::SeqCst));
        let mut headers = vec![
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("user-agent".to_owned(), "front".to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        headers.extend(request.header("accept").map(|accept| ("accept".to_owned(), accept.to_owned())));
        let target = with_milliseconds(&request.target);
        let asked = Request { target, headers, ..request.clone() };
        let answer =
            send(&self.emulator.rest, &asked).unwrap_or_else(|error| refusal(500, &error.to_string()));
        // It calls itself by one name in bodies, and by the other in links.
        let port = self.emulator.rest.rsplit(':').next().unwrap_or_default();
        let names = [format!("http://localhost:{port}"), format!("http://{}", self.emulator.rest)];
        let here = |text: &str| names.iter().fold(text.to_owned(), |text, own| text.replace(own, &self.url));
        let headers = answer
            .headers
            .iter()
            .filter(|(name, _)| ["content-type", "link", "location"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), here(value)))
            .collect();
        let body = match serde_json::from_str::<Value>(&here(&String::from_utf8_lossy(&answer.body))) {
            Ok(mut value) => {
                to_seconds(&mut value);
                value.to_string().into_bytes()
            }
            Err(_) => answer.body,
        };
        Response { status: answer.status, headers, body }
    }

    fn graphql(&self, request: &Request, login: &str) -> Outcome {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let quota = self.quota.lock().unwrap().graphql;
        let reset = jiff::Timestamp::from_second(quota.reset).unwrap().to_string();
        let tables = self.tables.lock().unwrap();
        let body = json!({
            "query": sent["query"].as_str().unwrap_or_default(),
            "variables": sent["variables"],
            "login": login,
            "version": self.writes.load(Ordering::SeqCst),
            "base": self.url,
            "tables": { "statuses": tables.statuses, "deployments": tables.deployments, "runs": tables.runs.iter().map(Run::brief).collect::<Vec<_>>() },
            "quota": { "limit": quota.limit, "remaining": quota.remaining, "reset": reset },
        });
        drop(tables);
        let inner = Request {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        };
        let answer = send(&self.emulator.graphql, &inner).unwrap();
        let found: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(answer.status == 200, "GraphQL of the double: {found}");
        let invalid: Vec<String> = serde_json::from_value(found["invalid"].clone()).unwrap();
        let cost = u32::try_from(found["cost"].as_u64().unwrap_or(1)).unwrap();
        let mut quotas = self.quota.lock().unwrap();
        if !quotas.graphql.take(cost) {
            let refused =
                counted(refusal(403, "API rate limit exceeded for user ID 1."), quotas.graphql, "graphql");
            return Outcome { response: refused, is_done: false, invalid };
        }
        let response = counted(Response::json(200, &found["reply"]), quotas.graphql, "graphql");
        Outcome { response, is_done: invalid.is_empty(), invalid }
    }
}

/// Whose token came with a request.
enum Caller {
    Nobody,
    /// A token that nobody has.
    Stranger,
    Known(String),
}

impl Caller {
    fn of(request: &Request) -> Self {
        let Some(header) = request.header("authorization") else { return Self::Nobody };
        let is_kind = |kind: &str| kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("token");
        let given = header.split_once(' ').filter(|(kind, _)| is_kind(kind)).map_or("", |(_, given)| given);
        let mut known = PEOPLE.into_iter().chain([BOT, OWNER]);
        known
            .find(|login| token(login) == given)
            .map_or(Self::Stranger, |login| Self::Known(login.to_owned()))
    }
}

impl Response {
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        let body = if status == 204 { Vec::new() } else { body.to_string().into_bytes() };
        Self { status, headers, body }
    }
}

/// As GitHub refuses.
pub fn refusal(status: u16, message: &str) -> Response {
    let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string() });
    Response::json(status, &body)
}

/// What a client is told instead.
fn wrong(fault: Fault) -> Option<Response> {
    let later = |mut response: Response, seconds: u32| {
        response.headers.push(("retry-after".to_owned(), seconds.to_string()));
        response
    };
    let secondary =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    Some(match fault {
        Fault::ErrorAfter => Response { status: 500, ..Response::default() },
        Fault::BadGateway => refusal(502, "Server Error"),
        Fault::Unauthorized => refusal(401, "Bad credentials"),
        Fault::Forbidden => refusal(403, "Resource not accessible by integration"),
        Fault::NotAnApp => refusal(403, "You must authenticate via a GitHub App."),
        Fault::SecondaryLimit(seconds) => later(refusal(403, secondary), seconds),
        Fault::TooMany(seconds) => later(refusal(429, secondary), seconds),
        Fault::PrimaryLimit(seconds) => {
            let reset = jiff::Timestamp::now().as_second() + i64::from(seconds);
            let none = Quota { limit: 5_000, remaining: 0, reset };
            counted(refusal(403, "API rate limit exceeded for user ID 1."), none, "core")
        }
        Fault::SilentBefore
        | Fault::SilentAfter
        | Fault::ResetBefore
        | Fault::ResetAfter
        | Fault::Truncated => {
            return None;
        }
    })
}

fn etag(body: &[u8]) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    std::hash::Hasher::write(&mut hasher, body);
    format!("W/\"{:016x}\"", std::hash::Hasher::finish(&hasher))
}

/// The emulator compares times as text, and its own have milliseconds.
fn with_milliseconds(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let longer = |pair: &str| match pair.strip_prefix("since=").map(decode) {
        Some(time) if time.len() == 20 && time.ends_with('Z') => format!("since={}.000Z", &time[..19]),
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(longer).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// GitHub's times are in whole seconds.
fn to_seconds(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(to_seconds),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name.ends_with("_at") || name == "date" => {
                        if text.len() == 24 && text.ends_with('Z') {
                            *text = format!("{}Z", &text[..19]);
                        }
                    }
                    _ => to_seconds(value),
                }
            }
        }
        _ => {}
    }
}
