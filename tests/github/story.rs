//! The whole double by one client: issues, labels, comments, a pull request from its first commit to its merge,
//! statuses, dispatches, and GraphQL that shows the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::double::{BOT, GitHub, NAME, OWNER, Oracle, Tools, root};

const REPOSITORY: &str = "/repos/acme/app";

fn at(client: &Client, method: &str, path: &str, body: Value) -> super::client::Answer {
    client.send(method, &format!("{REPOSITORY}{path}"), body).unwrap()
}

/// The path of the next page, from a `Link` header.
fn next(link: &str, base: &str) -> Option<String> {
    let part = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let url = part.trim().trim_start_matches('<').split('>').next()?;
    Some(url.strip_prefix(base).unwrap_or_else(|| panic!("{url} is not below {base}")).to_owned())
}

fn story(github: &GitHub) {
    let client = Client::patient(github);
    // Issues, in pages.
    for number in 0..5 {
        let made =
            at(&client, "POST", "/issues", json!({ "title": format!("issue {number}"), "labels": ["orch"] }));
        assert_eq!(made.status, 201);
    }
    let (mut path, mut titles) = (Some(format!("{REPOSITORY}/issues?state=open&per_page=2")), Vec::new());
    while let Some(this) = path {
        let page = client.send("GET", &this, Value::Null).unwrap();
        titles.extend(page.body.as_array().unwrap().iter().map(|issue| issue["title"].clone()));
        path = next(page.header("link"), &github.url());
    }
    assert_eq!(titles.len(), 5);
    assert_eq!(at(&client, "POST", "/labels", json!({ "name": "late", "color": "ff0000" })).status, 201);
    assert_eq!(at(&client, "POST", "/issues/1/labels", json!({ "labels": ["late"] })).status, 200);
    assert_eq!(at(&client, "POST", "/issues/1/comments", json!({ "body": "hello" })).status, 201);
    assert_eq!(at(&client, "PATCH", "/issues/1", json!({ "state": "closed" })).body["state"], "closed");

    // A pull request.
    let number = github.open_pull("ada", "fix/it", &[("src/a.rs", "fn a() {}\n"), ("docs/b.md", "b\n")]);
    let pull = format!("/pulls/{number}");
    let found = at(&client, "GET", &pull, Value::Null).body;
    assert_eq!((&found["changed_files"], &found["additions"]), (&json!(2), &json!(2)));
    let files = at(&client, "GET", &format!("{pull}/files"), Value::Null).body;
    assert_eq!(files.as_array().unwrap().len(), 2);
    let again = json!({ "title": "again", "head": "fix/it", "base": "main" });
    assert_eq!(at(&client, "POST", "/pulls", again).status, 422);
    let absent = json!({ "title": "absent", "head": "nowhere", "base": "main" });
    assert_eq!(at(&client, "POST", "/pulls", absent).status, 422);
    let reviewers = json!({ "reviewers": ["ben"] });
    assert_eq!(at(&client, "POST", &format!("{pull}/requested_reviewers"), reviewers).status, 201);
    github.at("ben", "POST", &format!("{pull}/reviews"), json!({ "event": "APPROVE", "body": "" }));
    // Its head moves.
    let old = found["head"]["sha"].as_str().unwrap().to_owned();
    let head = github.write("ada", "fix/it", "src/a.rs", "fn a() { b() }\n");
    assert_eq!(at(&client, "GET", &pull, Value::Null).body["head"]["sha"], json!(head));
    let status = json!({ "state": "success", "context": "orch", "description": "ready" });
    assert_eq!(at(&client, "POST", &format!("/statuses/{head}"), status).status, 201);
    let check = json!({ "name": "build", "head_sha": head, "status": "completed", "conclusion": "failure" });
    assert_eq!(at(&client, "POST", "/check-runs", check).status, 201);

    let repository = format!("{OWNER}/{NAME}");
    github.tables(|tables| tables.add_run(&repository, "ci.yml", "fix/it", &head).complete("success"));

    let query = fs::read_to_string(root().join("tests/github/queries/good/pulls.graphql")).unwrap();
    let answer = client.graphql(&query, json!({ "owner": OWNER, "name": NAME }));
    assert_eq!(answer.body["errors"], Value::Null, "{}", answer.body);
    let shown = &answer.body["data"]["repository"]["pullRequests"];
    assert_eq!(shown["totalCount"], 1);
    let shown = &shown["nodes"][0];
    assert_eq!((&shown["author"]["login"], &shown["headRefOid"]), (&json!("ada"), &json!(head)));
    assert_eq!(shown["reviews"]["nodes"][0]["state"], "APPROVED");
    assert_eq!(shown["reviews"]["nodes"][0]["commit"]["oid"], json!(old));
    assert_eq!(shown["files"]["totalCount"], 2);
    let rollup = &shown["commits"]["nodes"][0]["commit"]["statusCheckRollup"];
    assert_eq!(rollup["state"], "FAILURE");
    let contexts = rollup["contexts"]["nodes"].as_array().unwrap();
    assert_eq!(contexts.len(), 3);
    let of_actions = |one: &&Value| one["checkSuite"]["workflowRun"]["workflow"]["name"] == "ci";
    assert_eq!(contexts.iter().filter(of_actions).count(), 1);

    // Merging: not with the old head, once with the new one, not twice.
    let merge = format!("{pull}/merge");
    assert_eq!(at(&client, "PUT", &merge, json!({ "sha": old })).status, 409);
    assert_eq!(at(&client, "PUT", &merge, json!({ "sha": head, "merge_method": "squash" })).status, 200);
    assert_eq!(at(&client, "PUT", &merge, json!({ "sha": head })).status, 405);
    assert_eq!(at(&client, "GET", &pull, Value::Null).body["merged"], json!(true));

    // Dispatches.
    github.tables(|tables| tables.add_workflow(&repository, "agent.yml"));
    let dispatch = json!({ "ref": "main", "inputs": { "task": "T-1" } });
    let workflow = "/actions/workflows/agent.yml/dispatches";
    assert_eq!(at(&client, "POST", workflow, dispatch).status, 204);
    assert_eq!(
        at(&client, "POST", "/actions/workflows/no.yml/dispatches", json!({ "ref": "main" })).status,
        404
    );
    assert_eq!(at(&client, "POST", workflow, json!({ "ref": "no" })).status, 422);
    assert_eq!(at(&client, "POST", "/dispatches", json!({ "event_type": "orch" })).status, 204);
    let runs = at(&client, "GET", "/actions/runs?event=workflow_dispatch", Value::Null).body;
    assert_eq!((&runs["total_count"], &runs["workflow_runs"][0]["actor"]["login"]), (&json!(1), &json!(BOT)));
    let sent = github.tables(|tables| tables.dispatches.clone());
    assert_eq!((sent.len(), &sent[0]["inputs"]["task"]), (2, &json!("T-1")));

    let recorded = github.recorded();
    assert_eq!(recorded.len(), 30);
    assert!(recorded.iter().all(|one| one.login.as_deref() == Some(BOT)));
    github.assert_valid();
    let oracle = Oracle::shared(&Tools::find().unwrap());
    for one in recorded.iter().filter(|one| one.is_done && one.place() != "/graphql") {
        let status = one.status.unwrap();
        assert!(oracle.answers_with(&one.method, &one.path, status), "{} {}: {status}", one.method, one.path);
    }
}

#[test]
fn a_story_as_on_github() {
    let Some(github) = GitHub::start() else { return };
    story(&github);
}

#[test]
fn a_story_as_on_github_enterprise() {
    let Some(github) = GitHub::enterprise() else { return };
    assert!(github.url().ends_with("/api/v3") && github.graphql_url().ends_with("/api/graphql"));
    story(&github);
    let client = Client::patient(&github);
    let outside = github.url().replace("/api/v3", "/user");
    assert_eq!(client.with("GET", &outside, Value::Null, &[]).unwrap().status, 404);
}

#[test]
fn pull_requests_are_issues_too() {
    let Some(github) = GitHub::start() else { return };
    let (client, oracle) = (Client::patient(&github), Oracle::shared(&Tools::find().unwrap()));
    let send = |method: &str, path: &str, body: Value| {
        let path = format!("{REPOSITORY}{path}");
        let answer = client.send(method, &path, body).unwrap();
        let found = oracle.check_reply(method, &path, answer.status, &answer.body);
        assert!(found.is_empty(), "{method} {path}: {found:#?}");
        answer.body
    };
    let numbers = |path: &str| -> Vec<u64> {
        let all = client.send("GET", &format!("{REPOSITORY}{path}"), Value::Null).unwrap().body;
        all.as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(send("POST", "/issues", json!({ "title": "an issue", "labels": ["late"] }))["number"], 1);
    let pull = github.open_pull("ada", "fix", &[("a.txt", "a\n")]);
    send("POST", "/milestones", json!({ "title": "soon" }));
    send("POST", &format!("/issues/{pull}/assignees"), json!({ "assignees": ["ben", "cleo", "nobody"] }));
    send("DELETE", &format!("/issues/{pull}/assignees"), json!({ "assignees": ["cleo"] }));
    let change = json!({ "milestone": 1, "title": "renamed", "labels": ["late"] });
    let found = send("PATCH", &format!("/issues/{pull}"), change);
    assert!(found["pull_request"].is_object() && found["title"] == "renamed");
    let found = send("GET", &format!("/issues/{pull}"), Value::Null);
    assert_eq!(
        (&found["assignees"][0]["login"], &found["milestone"]["title"]),
        (&json!("ben"), &json!("soon"))
    );
    let whole = at(&client, "GET", &format!("/pulls/{pull}"), Value::Null).body;
    assert_eq!((&whole["assignees"], &whole["labels"][0]["name"]), (&found["assignees"], &json!("late")));

    assert_eq!(numbers("/issues"), [2, 1]);
    assert_eq!(numbers("/issues?direction=asc&per_page=1&page=2"), [2]);
    assert_eq!(numbers("/issues?assignee=ben&labels=late&milestone=1&creator=ada"), [2]);
    assert_eq!(numbers("/issues?assignee=none"), [1]);
    // What was changed in a second is found since that second.
    let since = at(&client, "GET", "/issues/1", Value::Null).body["updated_at"].as_str().unwrap().to_owned();
    assert!(since.len() == 20 && numbers(&format!("/issues?since={since}")).contains(&1), "{since}");
    let told = send("POST", "/issues/1/comments", json!({ "body": "b" }))["created_at"].clone();
    let path = |time: &str| format!("{REPOSITORY}/issues/1/comments?since={time}");
    let count =
        |time: &str| client.send("GET", &path(time), Value::Null).unwrap().body.as_array().unwrap().len();
    assert_eq!((count(told.as_str().unwrap()), count("2099-01-01T00:00:00Z")), (1, 0));
    assert_eq!(send("PATCH", &format!("/issues/{pull}"), json!({ "state": "closed" }))["state"], "closed");
    assert_eq!((numbers("/issues"), numbers("/issues?state=closed")), (vec![1], vec![2]));
    github.assert_valid();
}

#[test]
fn what_has_not_changed_costs_nothing() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    let url = format!("{}{REPOSITORY}/issues", github.url());
    let first = client.with("GET", &url, Value::Null, &[]).unwrap();
    let etag = first.header("etag").to_owned();
    let left = first.header("x-ratelimit-remaining").to_owned();
    let again = client.with("GET", &url, Value::Null, &[("if-none-match", &etag)]).unwrap();
    assert_eq!((again.status, again.header("x-ratelimit-remaining")), (304, left.as_str()));
    github.at("ada", "POST", "/issues", json!({ "title": "new" }));
    let changed = client.with("GET", &url, Value::Null, &[("if-none-match", &etag)]).unwrap();
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), etag);
}

#[test]
fn the_hour_can_be_used_up_and_strangers_are_refused() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    github.leave(1, 60);
    let status = || client.send("GET", REPOSITORY, Value::Null).unwrap().status;
    assert_eq!([status(), status()], [200, 403]);
    github.leave(100, 60);
    assert_eq!(status(), 200);
    let url = format!("{}/user", github.url());
    let nobody = client.with("GET", &url, Value::Null, &[("authorization", "Bearer nope")]);
    assert_eq!(nobody.unwrap().status, 401);
}

#[test]
fn queries_that_are_wrong_are_refused_and_remembered() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    let absent = r#"query { repository(owner: "acme", name: "no") { name } }"#;
    let answer = client.graphql(absent, json!({}));
    assert_eq!(
        (&answer.body["errors"][0]["type"], &answer.body["data"]["repository"]),
        (&json!("NOT_FOUND"), &Value::Null)
    );
    github.assert_valid();
    let query = |field: &str| format!(r#"query {{ repository(owner: "acme", name: "app") {{ {field} }} }}"#);
    for (field, part) in [
        ("pullRequests(first: 10) { nodes { titel } }", "titel"),
        ("pullRequests { totalCount }", "must provide"),
        (
            "issues(first: 100) { nodes { comments(first: 100) { nodes { reactions(first: 100) { totalCount } } } } }",
            "500,000",
        ),
        ("sshUrl", "not served by this double"),
    ] {
        github.forget();
        let answer = client.graphql(&query(field), json!({}));
        assert!(answer.body["errors"].is_array(), "{}", answer.body);
        let invalid = github.invalid();
        assert!(invalid.len() == 1 && invalid[0].contains(part), "{field}: {invalid:?}");
    }
}

/// What the double answers is held to the schema too.
#[test]
fn answers_that_the_schema_does_not_know_are_found() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    let head = github.head("main");
    github.at(BOT, "POST", &format!("/statuses/{head}"), json!({ "state": "success" }));
    let query = r#"query { repository(owner: "acme", name: "app") { defaultBranchRef { target {
        ... on Commit { status { contexts { state createdAt } } } } } } }"#;
    assert_eq!(client.graphql(query, json!({})).body["errors"], Value::Null);
    github.assert_valid();
    for (name, value, part) in
        [("state", "green", "GREEN"), ("created_at", "yesterday", "DateTime cannot represent")]
    {
        github.forget();
        let before = github.tables(|tables| std::mem::replace(&mut tables.statuses[0][name], json!(value)));
        client.graphql(query, json!({}));
        let invalid = github.invalid();
        assert!(invalid.len() == 1 && invalid[0].contains(part), "{invalid:?}");
        github.tables(|tables| tables.statuses[0][name] = before);
    }
}

/// However its test ended: then its input ends.
#[test]
fn the_emulator_ends_with_its_input() {
    let Some(tools) = Tools::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    fs::write(&seed, r#"{"tokens": {}, "github": {}}"#).unwrap();
    let mut child =
        tools.node("emulator.mjs").arg(&seed).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(child.wait().unwrap().success(), "it did not end by itself");
}

#[test]
fn where_the_tools_are_missing_that_is_said() {
    let run = |all: bool| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["payloads::", "--nocapture"]).env("ORCH_TEST_GITHUB_TOOLS", "/nowhere");
        command.env_remove("ORCH_TEST_REQUIRE_ALL");
        if all {
            command.env("ORCH_TEST_REQUIRE_ALL", "1");
        }
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (passed, told) = run(false);
    let line = "skipped: payloads::all_examples_of_webhooks_are_there: /nowhere is not there: run tests/github/tools/install";
    assert!(passed && told.contains(line), "{told}");
    let (passed, told) = run(true);
    assert!(!passed && told.contains("run tests/github/tools/install"), "{told}");
}

#[test]
fn the_emulator_ends_with_its_test() {
    let Some(github) = GitHub::start() else { return };
    let process = format!("/proc/{}", github.emulator().process());
    let is_there = || std::path::Path::new(&process).exists();
    assert!(is_there() || !cfg!(target_os = "linux"));
    let test = std::thread::spawn(move || {
        let _github = github;
        panic!("a test that fails");
    });
    assert!(test.join().is_err());
    let started = Instant::now();
    while is_there() {
        assert!(started.elapsed() < Duration::from_secs(10), "{process} is still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// As many as one page holds, and one more: pages hold together.
#[test]
fn pull_requests_come_in_pages() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    github.open_pulls(101);
    let query = fs::read_to_string(root().join("tests/github/queries/good/pulls.graphql")).unwrap();
    let page = |after: Value| {
        let answer = client.graphql(&query, json!({ "owner": OWNER, "name": NAME, "after": after }));
        assert_eq!(answer.body["errors"], Value::Null, "{}", answer.body);
        (answer.body["data"]["repository"]["pullRequests"].clone(), answer.body["data"]["rateLimit"].clone())
    };
    let (first, bill) = page(Value::Null);
    let (second, _) = page(first["pageInfo"]["endCursor"].clone());
    assert_eq!((&bill["cost"], &bill["remaining"]), (&json!(7), &json!(4_993)));
    assert_eq!(
        (&first["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasNextPage"]),
        (&json!(true), &json!(false))
    );
    let pages = [&first, &second].map(|page| page["nodes"].as_array().unwrap().clone());
    assert_eq!(pages.each_ref().map(Vec::len), [100, 1]);
    let heads: BTreeSet<String> = pages.concat().iter().map(|pull| pull["headRefName"].to_string()).collect();
    assert_eq!(heads.len(), 101);
    assert!(pages.concat().iter().all(|pull| pull["files"]["totalCount"] == 1));
    github.assert_valid();
}

/// A query that wants what the double does not serve would fail elsewhere, and look like a fault of `orch`.
#[test]
fn every_query_is_served() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    let pull = github.open_pull("ada", "fix", &[("a.txt", "a\n")]);
    let head = github.head("fix");
    github.at(BOT, "POST", "/check-runs", json!({ "name": "build", "head_sha": head }));
    github.at(BOT, "POST", &format!("/statuses/{head}"), json!({ "state": "pending" }));
    github.at("ben", "POST", &format!("/pulls/{pull}/reviews"), json!({ "event": "APPROVE" }));
    github.at(BOT, "POST", &format!("/pulls/{pull}/requested_reviewers"), json!({ "reviewers": ["cleo"] }));
    github.at(BOT, "POST", &format!("/issues/{pull}/labels"), json!({ "labels": ["late"] }));
    // All variables that any of them has.
    let order = json!({ "field": "UPDATED_AT", "direction": "DESC" });
    let variables = json!({ "owner": OWNER, "name": NAME, "number": pull, "first": 100, "order": order });
    let queries = files("tests/github/queries/good").into_iter().chain(files("src/forge/queries"));
    for path in queries {
        let answer = client.graphql(&fs::read_to_string(&path).unwrap(), variables.clone());
        assert_eq!(answer.body["errors"], Value::Null, "{}: {}", path.display(), answer.body);
    }
    github.assert_valid();
}

/// The queries of a folder, which may be missing.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "graphql")).collect()
}
