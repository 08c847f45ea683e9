//! The front: what `orch` takes for GitHub.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::emulator::{BOT, Emulator, NAME, OWNER, alias, token};
use super::faults::{Fault, Faults, When, path_fits};
use super::openapi::Oracle;
use super::recorded::{Recorded, Sent};
use super::tables::{Asked, Tables};
use super::tools::Tools;
use super::wire::{Incoming, Request, Response, send};

/// GitHub, until it is dropped.
pub struct GitHub {
    world: Arc<World>,
    port: u16,
}

/// What the threads of all connections share.
pub struct World {
    emulator: Emulator,
    tools: Tools,
    /// Before every path of REST: nothing, or `/api/v3` for GitHub Enterprise Server.
    prefix: &'static str,
    /// The address of the front itself, with the prefix.
    pub url: String,
    pub tables: Mutex<Tables>,
    recorded: Mutex<Vec<Recorded>>,
    faults: Faults,
    quota: Mutex<Quotas>,
    sent: AtomicUsize,
    writes: AtomicUsize,
    stop: AtomicBool,
}

/// What is left of the hour.
#[derive(Debug, Clone, Copy)]
struct Quota {
    limit: u32,
    remaining: u32,
    /// Seconds since 1970.
    reset: i64,
}

struct Quotas {
    core: Quota,
    graphql: Quota,
}

impl Quota {
    fn whole() -> Self {
        Self { limit: 5_000, remaining: 5_000, reset: jiff::Timestamp::now().as_second() + 3_600 }
    }

    /// False: nothing is left.
    fn take(&mut self, cost: u32) -> bool {
        if jiff::Timestamp::now().as_second() >= self.reset {
            *self = Self::whole();
        }
        let is_left = self.remaining > 0;
        self.remaining = self.remaining.saturating_sub(cost);
        is_left
    }
}

impl GitHub {
    /// As github.com. None, which it says, where the tools are not installed.
    pub fn start() -> Option<Self> {
        Some(Self::with(&Tools::find()?, ""))
    }

    /// As a GitHub Enterprise Server: REST below `/api/v3`, GraphQL at `/api/graphql`.
    pub fn enterprise() -> Option<Self> {
        Some(Self::with(&Tools::find()?, "/api/v3"))
    }

    fn with(tools: &Tools, prefix: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = Arc::new(World {
            emulator: Emulator::start(tools),
            tools: tools.clone(),
            prefix,
            url: format!("http://127.0.0.1:{port}{prefix}"),
            tables: Mutex::default(),
            recorded: Mutex::default(),
            faults: Faults::default(),
            quota: Mutex::new(Quotas { core: Quota::whole(), graphql: Quota::whole() }),
            sent: AtomicUsize::new(0),
            writes: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&world);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let world = Arc::clone(&shared);
                std::thread::spawn(move || world.serve(&stream));
            }
        });
        Self { world, port }
    }

    /// The base of REST.
    pub fn url(&self) -> String {
        self.world.url.clone()
    }

    pub fn graphql_url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.world.graphql_path())
    }

    /// What `orch` needs in its environment to take this for GitHub, as the bot and for the one repository.
    pub fn env(&self) -> [(&'static str, String); 3] {
        [
            ("GITHUB_API_URL", self.url()),
            ("ORCH_GITHUB_TOKEN", token(BOT)),
            ("GITHUB_REPOSITORY", format!("{OWNER}/{NAME}")),
        ]
    }

    /// The process of the emulator.
    pub fn emulator(&self) -> &Emulator {
        &self.world.emulator
    }

    // ---- what goes wrong ----

    pub fn fault(&self, when: When, fault: Fault) {
        self.world.faults.set(when, fault);
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.world.faults.heal();
    }

    /// Leaves so many requests of REST until `seconds` from now.
    pub fn leave(&self, remaining: u32, seconds: i64) {
        let reset = jiff::Timestamp::now().as_second() + seconds;
        self.world.quota.lock().unwrap().core = Quota { limit: 5_000, remaining, reset };
    }

    // ---- what it was asked ----

    /// Everything since the start, or since `forget`.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.world.recorded.lock().unwrap().clone()
    }

    pub fn forget(&self) {
        self.world.recorded.lock().unwrap().clear();
    }

    /// How many requests were sent; paths as in [`When::new`].
    pub fn sent(&self, method: &str, path: &str) -> usize {
        self.count(method, path, |_| true)
    }

    /// How many of them were done.
    pub fn done(&self, method: &str, path: &str) -> usize {
        self.count(method, path, |one| one.is_done)
    }

    fn count(&self, method: &str, path: &str, holds: impl Fn(&Recorded) -> bool) -> usize {
        let fits = |one: &&Recorded| {
            (method == "*" || one.method == method) && path_fits(path, one.place()) && holds(one)
        };
        self.world.recorded.lock().unwrap().iter().filter(fits).count()
    }

    /// All that GitHub's descriptions say against what was asked: one line each.
    pub fn invalid(&self) -> Vec<String> {
        let oracle = Oracle::shared(&self.world.tools);
        let mut found = Vec::new();
        for one in self.recorded() {
            let place = format!("{} {}", one.method, one.path);
            let problems = match one.place() {
                "/graphql" => one.invalid.clone(),
                _ => oracle.check(&one.method, &one.path, &one.body),
            };
            found.extend(problems.into_iter().map(|problem| format!("{place}: {problem}")));
            if one.body != Sent::Nothing
                && !one.header("content-type").is_some_and(|kind| kind.starts_with("application/json"))
            {
                found.push(format!("{place}: its body is not said to be JSON"));
            }
        }
        found
    }

    /// Fails if there was nothing to check, or something was wrong.
    pub fn assert_valid(&self) {
        assert!(!self.recorded().is_empty(), "nothing was asked");
        let found = self.invalid();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    // ---- what others do there ----

    /// Somebody's request, which is not recorded and does not go wrong: its body. Fails if it is refused.
    pub fn act(&self, login: &str, method: &str, path: &str, body: Value) -> Value {
        let response = self.try_act(login, method, path, body.clone());
        let text = String::from_utf8_lossy(&response.body);
        assert!(response.status < 400, "{login}: {method} {path} {body}: {} {text}", response.status);
        serde_json::from_slice(&response.body).unwrap_or_default()
    }

    /// The same, with whatever comes back.
    pub fn try_act(&self, login: &str, method: &str, path: &str, body: Value) -> Response {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request =
            Request { method: method.to_owned(), target: path.to_owned(), headers: Vec::new(), body: bytes };
        self.world.rest(&request, login)
    }

    /// What a path of the repository holds: `look("/issues?state=all")`.
    pub fn look(&self, path: &str) -> Value {
        self.act(OWNER, "GET", &format!("/repos/{OWNER}/{NAME}{path}"), Value::Null)
    }

    /// Something done in the repository: `at("ada", "POST", "/issues", json!({"title": "x"}))`.
    pub fn at(&self, login: &str, method: &str, path: &str, body: Value) -> Value {
        self.act(login, method, &format!("/repos/{OWNER}/{NAME}{path}"), body)
    }

    /// Changes the tables of what the emulator lacks.
    pub fn tables<T>(&self, change: impl FnOnce(&mut Tables) -> T) -> T {
        self.world.writes.fetch_add(1, Ordering::SeqCst);
        change(&mut self.world.tables.lock().unwrap())
    }

    /// Where a branch is.
    pub fn head(&self, branch: &str) -> String {
        let found = self.look(&format!("/branches/{branch}"));
        found["commit"]["sha"].as_str().unwrap().to_owned()
    }

    /// Writes a file on a branch, which is made from `main` if it is not there; the new commit.
    pub fn write(&self, login: &str, branch: &str, path: &str, text: &str) -> String {
        let place = format!("/repos/{OWNER}/{NAME}");
        let known = self.try_act(login, "GET", &format!("{place}/branches/{branch}"), Value::Null);
        if known.status == 404 {
            let from = json!({ "ref": format!("refs/heads/{branch}"), "sha": self.head("main") });
            self.at(login, "POST", "/git/refs", from);
        }
        let file = format!("/contents/{path}");
        let there = self.try_act(login, "GET", &format!("{place}{file}?ref={branch}"), Value::Null);
        let there: Value = serde_json::from_slice(&there.body).unwrap_or_default();
        let mut body = json!({ "message": format!("write {path}"), "content": base64(text.as_bytes()), "branch": branch });
        if let Some(sha) = there["sha"].as_str() {
            body["sha"] = json!(sha);
        }
        self.at(login, "PUT", &file, body)["commit"]["sha"].as_str().unwrap().to_owned()
    }

    /// A pull request to `main` from a branch with these files: its number.
    pub fn open_pull(&self, login: &str, branch: &str, files: &[(&str, &str)]) -> u64 {
        for (path, text) in files {
            self.write(login, branch, path, text);
        }
        let body = json!({ "title": format!("pull {branch}"), "head": branch, "base": "main", "body": "" });
        self.at(login, "POST", "/pulls", body)["number"].as_u64().unwrap()
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.world.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// What is answered, and whether it was done.
struct Outcome {
    response: Response,
    is_done: bool,
    invalid: Vec<String>,
}

impl World {
    fn graphql_path(&self) -> &'static str {
        if self.prefix.is_empty() { "/graphql" } else { "/api/graphql" }
    }

    /// One connection, until it ends.
    fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        let stop = || self.stop.load(Ordering::SeqCst);
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
        let at = self.note(&request, fault);
        let outcome = match fault {
            Some(fault) if !fault.is_done() => None,
            _ => Some(self.answer(&request)),
        };
        {
            let mut recorded = self.recorded.lock().unwrap();
            if let (Some(one), Some(outcome)) = (recorded.get_mut(at), &outcome) {
                one.is_done = outcome.is_done;
                one.invalid.clone_from(&outcome.invalid);
            }
        }
        let tell = |status: u16| {
            if let Some(one) = self.recorded.lock().unwrap().get_mut(at) {
                one.status = Some(status);
            }
        };
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
        let mut recorded = self.recorded.lock().unwrap();
        recorded.push(Recorded {
            method: request.method.clone(),
            path: request.target.clone(),
            login: login(request).flatten(),
            headers,
            body: Sent::of(&request.body),
            is_done: false,
            status: None,
            fault,
            invalid: Vec::new(),
        });
        recorded.len() - 1
    }

    /// Until the client has had enough.
    fn wait_for_end(&self, mut stream: &TcpStream) {
        let mut byte = [0];
        while !self.stop.load(Ordering::SeqCst) {
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
        let Some(login) = login(request) else { return refused(refusal(401, "Bad credentials")) };
        let Some(login) = login else { return refused(refusal(401, "Requires authentication")) };
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
    fn rest(&self, request: &Request, login: &str) -> Response {
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
        let asked = Request { headers, ..request.clone() };
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
            "tables": { "statuses": tables.statuses, "deployments": tables.deployments },
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

/// Whose token it is. None: nobody's. Some(None): there is none.
fn login(request: &Request) -> Option<Option<String>> {
    let Some(header) = request.header("authorization") else { return Some(None) };
    let given = header
        .split_once(' ')
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("token"))?;
    let login = given.1.strip_prefix("ghp_")?;
    let is_known = login == BOT || login == OWNER || super::emulator::PEOPLE.contains(&login);
    is_known.then(|| Some(login.to_owned()))
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

fn counted(mut response: Response, quota: Quota, resource: &str) -> Response {
    let numbers = [
        ("limit", quota.limit.to_string()),
        ("remaining", quota.remaining.to_string()),
        ("used", (quota.limit - quota.remaining.min(quota.limit)).to_string()),
        ("reset", quota.reset.to_string()),
        ("resource", resource.to_owned()),
    ];
    response.headers.extend(numbers.map(|(name, value)| (format!("x-ratelimit-{name}"), value)));
    response
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

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0_u32, |sum, i| sum << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let index = usize::try_from(number >> (18 - 6 * i) & 63).unwrap();
            text.push(if i <= three.len() { LETTERS[index] as char } else { '=' });
        }
    }
    text
}
