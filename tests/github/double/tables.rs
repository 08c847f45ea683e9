//! What the emulator lacks, kept by the front: statuses of commits, dispatches, workflows with their runs, and
//! deployments. Each answers as GitHub's description of it says, which a test holds it to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::front::{World, refusal};
use super::issues::Extras;
use super::wire::{Request, Response};

/// A request taken apart.
pub struct Asked<'a> {
    pub request: &'a Request,
    pub method: &'a str,
    /// `owner/name`, where the path is below `/repos`.
    pub repository: String,
    /// What follows it in the path, decoded.
    pub rest: Vec<String>,
    pub query: BTreeMap<String, String>,
    pub body: Value,
    pub login: &'a str,
}

impl<'a> Asked<'a> {
    pub fn new(request: &'a Request, login: &'a str) -> Self {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut segments = path.trim_matches('/').split('/').map(decode);
        let mut repository = String::new();
        if path.starts_with("/repos/") {
            segments.next();
            repository =
                format!("{}/{}", segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        }
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        Self {
            request,
            method: &request.method,
            repository,
            rest: segments.collect(),
            query: query.map(|(name, value)| (decode(name), decode(value))).collect(),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            login,
        }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }

    /// Whether an object has what the query asks for, by the names in both.
    pub fn fits(&self, item: &Value, names: &[&str]) -> bool {
        names
            .iter()
            .all(|name| self.query.get(*name).is_none_or(|wanted| item[*name].as_str() == Some(wanted)))
    }

    /// The page of a list that the query asks for, and the header that says where the next one is.
    pub fn page(&self, world: &World, items: Vec<Value>) -> (Vec<Value>, Option<(String, String)>) {
        let number = |name: &str, otherwise: usize| {
            self.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        let (page, size) = (number("page", 1).max(1), number("per_page", 30).clamp(1, 100));
        let is_more = items.len() > page * size;
        let shown = items.into_iter().skip((page - 1) * size).take(size).collect();
        let place = self.request.target.split('?').next().unwrap_or_default();
        let mut query = self.query.clone();
        query.insert("page".to_owned(), (page + 1).to_string());
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let next = format!("<{}{place}?{}>; rel=\"next\"", world.url, query.join("&"));
        (shown, is_more.then(|| ("link".to_owned(), next)))
    }

    pub fn listed(&self, world: &World, items: Vec<Value>) -> Response {
        let (items, link) = self.page(world, items);
        let mut response = Response::json(200, &Value::Array(items));
        response.headers.extend(link);
        response
    }

    /// A list within an object, as Actions has them.
    pub fn counted(&self, world: &World, name: &str, items: Vec<Value>) -> Response {
        let total = items.len();
        let (items, link) = self.page(world, items);
        let mut response = Response::json(200, &json!({ "total_count": total, name: items }));
        response.headers.extend(link);
        response
    }
}

/// All tables. Objects are kept as they are shown.
#[derive(Debug, Default)]
pub struct Tables {
    next: u64,
    /// Each with `repository` and `sha` too.
    pub statuses: Vec<Value>,
    /// Each with `repository` and its own `statuses` too.
    pub deployments: Vec<Value>,
    /// Each with `repository`.
    pub workflows: Vec<Value>,
    pub runs: Vec<Run>,
    /// What `repository_dispatch` and `workflow_dispatch` were sent: `{repository, event, …body}`.
    pub dispatches: Vec<Value>,
    /// Where branches have gone since the emulator looked: it does not move a pull request's head.
    pub heads: BTreeMap<(String, String), String>,
    /// What the emulator cannot keep of pull requests, by repository and number.
    pub extras: BTreeMap<(String, String), Extras>,
    /// How many remarks check runs have: they add up, which the emulator does not know.
    pub remarks: BTreeMap<u64, u64>,
}

/// One run of a workflow.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: u64,
    pub repository: String,
    /// The file: `ci.yml`.
    pub workflow: String,
    pub branch: String,
    pub sha: String,
    /// `push`, `pull_request`, `workflow_dispatch` …
    pub event: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    pub conclusion: Option<String>,
    pub attempt: u32,
    pub actor: String,
    /// RFC 3339, in seconds.
    pub created: String,
    pub started: String,
    pub updated: String,
    /// Names and conclusions of its jobs.
    pub jobs: Vec<(String, Option<String>)>,
    /// What its workflow's `run-name` gives; without one, the message of the commit.
    pub title: Option<String>,
}

impl Tables {
    pub fn id(&mut self) -> u64 {
        self.next += 1;
        9_000_000 + self.next
    }

    /// A workflow file of a repository, as if it had been pushed.
    pub fn add_workflow(&mut self, repository: &str, file: &str) -> u64 {
        let id = self.id();
        self.workflows.push(json!({ "repository": repository, "id": id, "file": file }));
        id
    }

    /// One whose `run-name` is `deploy ${{ inputs.NAME }}`, or of a dispatch `${{ github.event.client_payload.NAME }}`.
    pub fn add_titled_workflow(&mut self, repository: &str, file: &str, input: &str) -> u64 {
        let id = self.id();
        self.workflows.push(json!({ "repository": repository, "id": id, "file": file, "title": input }));
        id
    }

    /// A run that began, `queued`: change it through what is given back.
    pub fn add_run(&mut self, repository: &str, workflow: &str, branch: &str, sha: &str) -> &mut Run {
        let (id, now) = (self.id(), now());
        self.runs.push(Run {
            id,
            repository: repository.to_owned(),
            workflow: workflow.to_owned(),
            branch: branch.to_owned(),
            sha: sha.to_owned(),
            event: "push".to_owned(),
            status: "queued".to_owned(),
            conclusion: None,
            attempt: 1,
            actor: super::emulator::OWNER.to_owned(),
            created: now.clone(),
            started: now.clone(),
            updated: now,
            jobs: vec![("build".to_owned(), None)],
            title: None,
        });
        self.runs.last_mut().unwrap()
    }

    pub fn run(&mut self, id: u64) -> &mut Run {
        self.runs.iter_mut().find(|run| run.id == id).unwrap()
    }
}

impl Run {
    /// What GraphQL is asked about it.
    pub fn brief(&self) -> Value {
        json!({
            "id": self.id,
            "number": self.id - 9_000_000,
            "event": self.event,
            "workflow": self.workflow.split('.').next(),
            "created_at": self.created,
            "updated_at": self.updated,
        })
    }

    /// It ends now, and all its jobs alike.
    pub fn complete(&mut self, conclusion: &str) {
        "completed".clone_into(&mut self.status);
        self.conclusion = Some(conclusion.to_owned());
        self.updated = now();
        for (_, of_job) in &mut self.jobs {
            *of_job = Some(conclusion.to_owned());
        }
    }
}

impl World {
    /// The answer to what the emulator has no table for. None: it has.
    pub fn special(&self, asked: &Asked) -> Option<Response> {
        if asked.repository.is_empty() {
            return None;
        }
        let rest: Vec<&str> = asked.rest.iter().map(String::as_str).collect();
        match (asked.method, &rest[..]) {
            (_, ["actions", rest @ ..]) => self.actions(asked, rest),
            ("POST", ["dispatches"]) => Some(self.repository_dispatch(asked)),
            ("POST", ["statuses", sha]) => Some(self.post_status(asked, sha)),
            ("GET", ["commits", sha @ .., "statuses"]) => Some(self.statuses(asked, &sha.join("/"))),
            ("GET", ["commits", sha @ .., "status"]) => Some(self.combined(asked, &sha.join("/"))),
            (_, ["deployments", rest @ ..]) => self.deployments(asked, rest),
            ("GET", ["issues"]) => self.list_issues(asked),
            ("GET", ["issues", "comments"]) => self.all_comments(asked),
            ("GET", ["issues", number, "comments"]) => self.comments_since(asked, number),
            (_, ["issues", number, rest @ ..]) => self.pull_as_issue(asked, number, rest),
            ("POST", ["pulls"]) => self.refuse_pull(asked),
            ("PUT", ["pulls", number, "merge"]) => self.refuse_merge(asked, number),
            ("GET", ["pulls", number, "files"]) => Some(self.files_of_pull(asked, number)),
            _ => None,
        }
    }

    /// What the emulator says of a path of the asked repository. None: it does not have it.
    pub fn read(&self, asked: &Asked, path: &str) -> Option<Value> {
        self.read_path(&format!("/repos/{}{path}", asked.repository))
    }

    pub fn read_path(&self, path: &str) -> Option<Value> {
        let request = Request { method: "GET".to_owned(), target: path.to_owned(), ..Request::default() };
        let response = self.emulate(&request, super::emulator::OWNER);
        (response.status == 200).then(|| serde_json::from_slice(&response.body).unwrap())
    }

    pub fn user(&self, login: &str) -> Value {
        let mut user = self.read_path(&format!("/users/{login}")).unwrap();
        // A user within another object has less.
        let shown = [
            "login",
            "id",
            "node_id",
            "avatar_url",
            "gravatar_id",
            "url",
            "html_url",
            "followers_url",
            "following_url",
            "gists_url",
            "starred_url",
            "subscriptions_url",
            "organizations_url",
            "repos_url",
            "events_url",
            "received_events_url",
            "type",
            "site_admin",
        ];
        user.as_object_mut().unwrap().retain(|name, _| shown.contains(&name.as_str()));
        user
    }

    /// The commit that a branch, a tag or a hash names.
    pub fn commit_of(&self, asked: &Asked, name: &str) -> Option<String> {
        let found = self.read(asked, &format!("/commits/{name}"))?;
        found["sha"].as_str().map(str::to_owned)
    }
}

pub fn now() -> String {
    let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).unwrap();
    now.to_string()
}

pub fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_{id}")
}

/// Whether an object has the `id` that a path names.
pub fn is_number(one: &Value, id: &str) -> bool {
    id.parse::<u64>().is_ok_and(|id| one["id"] == id)
}

pub fn not_found() -> Response {
    refusal(404, "Not Found")
}

pub fn unprocessable(message: &str) -> Response {
    refusal(422, message)
}

pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let letter = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(letter).collect()
}
