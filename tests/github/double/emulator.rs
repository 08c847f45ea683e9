//! `emulate`, a stateful emulator of GitHub's REST API that nobody here wrote, as a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::tools::Tools;
use super::wire::{Request, send};

/// Who there is: the bot, which owns the repository, and people.
pub const BOT: &str = "orch-bot";
pub const PEOPLE: [&str; 5] = ["ada", "ben", "cleo", "dora", "eve"];
/// The repository that everybody may write to; its branch `main` has one commit.
pub const OWNER: &str = "acme";
pub const NAME: &str = "app";

/// The emulator lets a token send 5,000 requests; each login has as many tokens as it takes.
const TOKENS: usize = 40;

/// One emulator with its seed. It ends with this value, whatever ends that; if the test is killed, the emulator's
/// input ends, and it with it.
pub struct Emulator {
    child: Child,
    _input: ChildStdin,
    /// Addresses such as `127.0.0.1:4000`.
    pub rest: String,
    pub graphql: String,
}

impl Emulator {
    /// Ready to be asked; on ports that are free.
    pub fn start(tools: &Tools) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("seed.json");
        std::fs::write(&seed, seed_of_users().to_string()).unwrap();
        let mut child = tools
            .node("emulator.mjs")
            .arg(&seed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(addresses) = serde_json::from_str::<Value>(&line) else {
            let mut text = String::new();
            let _ = std::io::Read::read_to_string(&mut errors, &mut text);
            panic!("the emulator did not start: {line}{text}");
        };
        // Nobody reads on; what it still complains about must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        let address = |name: &str| {
            let url = addresses[name].as_str().unwrap();
            url.trim_start_matches("http://").trim_end_matches('/').to_owned()
        };
        let emulator = Self { child, _input: input, rest: address("rest"), graphql: address("graphql") };
        emulator.let_in();
        emulator
    }

    /// Everybody may write to the repository, and the bot may do all.
    fn let_in(&self) {
        for login in PEOPLE.into_iter().chain([BOT]) {
            let permission = if login == BOT { "admin" } else { "push" };
            let request = Request {
                method: "PUT".to_owned(),
                target: format!("/repos/{OWNER}/{NAME}/collaborators/{login}"),
                headers: vec![
                    ("authorization".to_owned(), format!("Bearer {}", alias(OWNER, 0))),
                    ("content-type".to_owned(), "application/json".to_owned()),
                ],
                body: json!({ "permission": permission }).to_string().into_bytes(),
            };
            let answer = send(&self.rest, &request).unwrap();
            assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        }
    }

    /// The process id, for tests that it ends.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What a client sends as its token, to be `login`.
pub fn token(login: &str) -> String {
    format!("ghp_{login}")
}

/// The token that the emulator is sent instead: the next one of the same login when one is used up.
pub fn alias(login: &str, sent: usize) -> String {
    format!("{}-{}", token(login), sent / 4_500 % TOKENS)
}

fn seed_of_users() -> Value {
    let logins = || PEOPLE.into_iter().chain([BOT, OWNER]);
    let mut tokens = serde_json::Map::new();
    for login in logins() {
        for turn in 0..TOKENS {
            tokens.insert(alias(login, turn * 4_500), json!({ "login": login, "scopes": ["repo", "user"] }));
        }
    }
    let users: Vec<Value> =
        logins().map(|login| json!({ "login": login, "email": format!("{login}@example.com") })).collect();
    json!({
        "tokens": tokens,
        "github": { "users": users, "repos": [{ "owner": OWNER, "name": NAME, "auto_init": true }] },
    })
}
