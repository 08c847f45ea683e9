//! What tests hold: GitHub as they start it, harm it, act in it, and see what it was asked.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::emulator::{BOT, Emulator, NAME, OWNER, PEOPLE, token};
use super::faults::{Fault, When, path_fits};
use super::front::World;
use super::openapi::Oracle;
use super::quota::Quota;
use super::recorded::{Recorded, Sent};
use super::tables::Tables;
use super::tools::Tools;
use super::wire::{Request, Response};

/// GitHub, until it is dropped.
pub struct GitHub {
    world: Arc<World>,
    port: u16,
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
        let world = Arc::new(World::new(tools, port, prefix));
        let shared = Arc::clone(&world);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stops() {
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

impl GitHub {
    /// So many open pull requests, one file each, by all people in turn: `pull-0` and so on. Made without the checks
    /// of [`GitHub::open_pull`], which take longer the more there are.
    pub fn open_pulls(&self, count: usize) {
        self.open_pulls_from(0, count);
    }

    /// So many more, after the first ones.
    pub fn open_pulls_from(&self, first: usize, count: usize) {
        let main = self.head("main");
        let quick = |login: &str, method: &str, path: &str, body: Value| {
            let request = Request {
                method: method.to_owned(),
                target: format!("/repos/{OWNER}/{NAME}{path}"),
                headers: Vec::new(),
                body: body.to_string().into_bytes(),
            };
            let response = self.world.emulate(&request, login);
            assert!(response.status < 300, "{path}: {}", String::from_utf8_lossy(&response.body));
        };
        for (number, login) in (first..first + count).zip(PEOPLE.into_iter().cycle()) {
            let branch = format!("pull-{number}");
            quick(login, "POST", "/git/refs", json!({ "ref": format!("refs/heads/{branch}"), "sha": main }));
            let content = base64(format!("{number}\n").as_bytes());
            let file = json!({ "message": format!("write {number}"), "content": content, "branch": branch });
            quick(login, "PUT", &format!("/contents/src/file-{number}.txt"), file);
            let pull = json!({ "title": format!("pull {number}"), "head": branch, "base": "main" });
            quick(login, "POST", "/pulls", pull);
        }
        // Who asks after this must not be told of before.
        self.tables(|_| ());
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.world.stop();
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
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
