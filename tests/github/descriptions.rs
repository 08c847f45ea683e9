//! GitHub's own descriptions as judges: they refuse what is wrong, and pass what is right.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::client::Client;
use super::double::{BOT, GitHub, NAME, OWNER, Oracle, Run, Sent, Tools};
use super::story::files;

const REPOSITORY: &str = "/repos/acme/app";

fn check(oracle: &Oracle, method: &str, path: &str, body: Value) -> Vec<String> {
    let path = path.replace('~', REPOSITORY);
    let body = if body.is_null() { Sent::Nothing } else { Sent::Json(body) };
    oracle.check(method, &path, &body)
}

#[test]
fn good_requests_pass() {
    let Some(tools) = Tools::find() else { return };
    let oracle = Oracle::shared(&tools);
    let sha = "0123456789012345678901234567890123456789";
    for (method, path, body) in [
        ("GET", "~", Value::Null),
        ("GET", "/rate_limit", Value::Null),
        (
            "GET",
            "~/issues?state=all&per_page=100&page=2&labels=orch,bug&since=2026-01-01T00:00:00Z",
            Value::Null,
        ),
        ("POST", "~/issues", json!({ "title": "x", "body": "y", "labels": ["orch"], "assignees": [] })),
        (
            "PATCH",
            "~/issues/3",
            json!({ "state": "closed", "state_reason": "not_planned", "milestone": null }),
        ),
        ("POST", "~/issues/3/labels", json!({ "labels": ["a"] })),
        ("DELETE", "~/issues/3/labels/a%20b", Value::Null),
        ("POST", "~/issues/3/assignees", json!({ "assignees": ["ada"] })),
        ("PATCH", "~/issues/comments/7", json!({ "body": "z" })),
        ("POST", "~/labels", json!({ "name": "orch", "color": "ff0000" })),
        ("GET", "~/pulls?state=open&sort=updated&direction=desc&head=acme:fix/a", Value::Null),
        ("PUT", "~/pulls/4/merge", json!({ "merge_method": "squash", "sha": sha })),
        ("PUT", "~/pulls/4/merge", Value::Null),
        ("POST", "~/pulls/4/requested_reviewers", json!({ "reviewers": ["ada"] })),
        ("POST", "~/pulls/4/reviews", json!({ "event": "APPROVE" })),
        (
            "POST",
            &format!("~/statuses/{sha}"),
            json!({ "state": "success", "context": "orch", "target_url": null }),
        ),
        (
            "POST",
            "~/check-runs",
            json!({ "name": "orch", "head_sha": sha, "status": "completed", "conclusion": "success",
            "output": { "title": "t", "summary": "s", "annotations": [{ "path": "a", "start_line": 1, "end_line": 1,
                "annotation_level": "warning", "message": "m" }] } }),
        ),
        ("GET", "~/commits/feature/a/check-runs?per_page=100", Value::Null),
        ("GET", "~/compare/main...feature/a", Value::Null),
        ("GET", "~/contents/a/b/c.txt?ref=main", Value::Null),
        ("GET", "~/git/ref/heads/feature/a", Value::Null),
        ("POST", "~/actions/workflows/ci.yml/dispatches", json!({ "ref": "main", "inputs": { "a": "b" } })),
        ("POST", "~/actions/workflows/17/dispatches", json!({ "ref": "main", "return_run_details": true })),
        ("POST", "~/actions/runs/9/rerun-failed-jobs", Value::Null),
        ("GET", "~/actions/runs?status=failure&event=push&exclude_pull_requests=true", Value::Null),
        ("POST", "~/dispatches", json!({ "event_type": "x", "client_payload": {} })),
        ("POST", "~/deployments", json!({ "ref": "main", "required_contexts": [] })),
    ] {
        let found = check(oracle, method, path, body.clone());
        assert!(found.is_empty(), "{method} {path} {body}: {found:#?}");
    }
}

#[test]
fn bad_requests_are_refused() {
    let Some(tools) = Tools::find() else { return };
    let oracle = Oracle::shared(&tools);
    for (method, path, body, part) in [
        ("GET", "~/issue", Value::Null, "there is no such path"),
        ("GET", "~/issues/3/4", Value::Null, "there is no such path"),
        ("PUT", "~/issues", json!({}), "there is no PUT"),
        ("GET", "~/issues?per_page=100&stat=all", Value::Null, "no parameter `stat`"),
        ("GET", "~/issues?state=opened", Value::Null, "parameter `state`"),
        ("GET", "~/issues?per_page=many", Value::Null, "parameter `per_page`"),
        ("GET", "~/issues?page=1&page=2", Value::Null, "there twice"),
        ("GET", "~/issues/three", Value::Null, "parameter `issue_number`"),
        ("GET", "/search/issues", Value::Null, "parameter `q` is missing"),
        ("POST", "~/issues", Value::Null, "its body is missing"),
        ("POST", "~/issues", json!({ "body": "x" }), "\"title\" is a required property"),
        ("POST", "~/issues", json!({ "title": { "a": 1 } }), "/title"),
        ("POST", "~/issues", json!({ "title": "x", "labels": "bug" }), "/labels"),
        ("POST", "~/issues", json!({ "title": "x", "label": ["bug"] }), "label"),
        ("PATCH", "~/issues/3", json!({ "state": "done" }), "/state"),
        ("PATCH", "~/issues/3", json!({ "title": null, "state": 1 }), "/state"),
        ("POST", "~/issues/3/labels", json!({ "label": ["a"] }), ""),
        // GitHub takes it, and does not describe it.
        ("POST", "~/issues/3/labels", json!(["a"]), ""),
        ("POST", "~/issues/3/comments", json!({ "body": null }), "/body"),
        ("POST", "~/labels", json!({ "name": "x", "colour": "ff0000" }), "colour"),
        ("PUT", "~/pulls/4/merge", json!({ "merge_method": "octopus" }), "/merge_method"),
        ("POST", "~/pulls/4/reviews", json!({ "event": "LGTM" }), "/event"),
        ("POST", "~/pulls", json!({ "title": "x", "head": "a" }), "\"base\" is a required property"),
        ("POST", "~/statuses/abc", json!({ "state": "ok" }), "/state"),
        (
            "POST",
            "~/check-runs",
            json!({ "name": "x", "head_sha": "y", "conclusion": "passed" }),
            "/conclusion",
        ),
        (
            "POST",
            "~/check-runs",
            json!({ "name": "x", "head_sha": "y", "output": { "title": "t" } }),
            "summary",
        ),
        ("POST", "~/dispatches", json!({ "event_type": "x".repeat(101) }), "/event_type"),
        (
            "POST",
            "~/actions/workflows/ci.yml/dispatches",
            json!({ "inputs": {} }),
            "\"ref\" is a required property",
        ),
        ("GET", "~/actions/runs?status=red", Value::Null, "parameter `status`"),
        ("DELETE", "~/git/refs/heads/a", json!({ "force": true }), "takes no body"),
    ] {
        let found = check(oracle, method, path, body.clone()).join("\n");
        assert!(!found.is_empty() && found.contains(part), "{method} {path} {body}: {found:?}");
    }
}

#[test]
fn bad_replies_are_refused() {
    let Some(tools) = Tools::find() else { return };
    let oracle = Oracle::shared(&tools);
    let label = json!({ "id": 1, "node_id": "n", "url": "u", "name": "x", "description": null, "color": "f", "default": false });
    let path = "/repos/acme/app/labels/x";
    assert_eq!(oracle.check_reply("GET", path, 200, &label), Vec::<String>::new());
    for (status, name, value, part) in [
        (200, "name", Value::Null, "/name"),
        (200, "id", json!("1"), "/id"),
        (206, "name", json!("x"), "status 206"),
    ] {
        let mut bad = label.clone();
        bad[name] = value;
        let found = oracle.check_reply("GET", path, status, &bad).join("\n");
        assert!(found.contains(part), "{found}");
    }
    assert!(!oracle.check_reply("GET", path, 200, &json!({})).is_empty());
}

/// Four bodies of the description say `nullable` without a type, and other judges let everything pass there.
#[test]
fn every_operation_of_the_description_can_be_judged() {
    let Some(tools) = Tools::find() else { return };
    let oracle = Oracle::shared(&tools);
    let counted = oracle.compile_all();
    assert_eq!(counted, 342);
}

/// The queries of `orch`, and those beside this file that show what is found.
#[test]
fn queries_are_valid_on_the_public_schema() {
    let Some(tools) = Tools::find() else { return };
    let judge = |paths: &[PathBuf]| {
        let output = tools.node("queries.mjs").args(paths).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.is_empty(), "{errors}");
        (output.status.success(), text)
    };
    let mut good = files("tests/github/queries/good");
    assert!(!good.is_empty());
    good.extend(files("src/forge/queries"));
    assert_eq!(judge(&good), (true, String::new()));
    let bad = files("tests/github/queries/bad");
    assert_eq!(bad.len(), 7);
    let (passed, text) = judge(&bad);
    assert!(!passed);
    for file in bad {
        assert!(
            text.contains(&format!("{}:", file.display())),
            "{} is not found bad: {text}",
            file.display()
        );
    }
}

/// What the front serves by itself has the shapes that GitHub describes.
#[test]
fn the_own_answers_of_the_double_are_as_described() {
    let Some(tools) = Tools::find() else { return };
    let Some(github) = GitHub::start() else { return };
    let oracle = Oracle::shared(&tools);
    let client = Client::patient(&github);
    let sha = github.head("main");
    let pull = github.open_pull("ada", "fix", &[("a.txt", "a\n")]);
    github.tables(|tables| tables.add_workflow(&format!("{OWNER}/{NAME}"), "ci.yml"));
    let run = github.tables(|tables| {
        let run: &mut Run = tables.add_run(&format!("{OWNER}/{NAME}"), "ci.yml", "main", &sha);
        run.complete("failure");
        run.id
    });
    let deployment = github.at(BOT, "POST", "/deployments", json!({ "ref": "main" }))["id"].clone();
    for (method, path, body) in [
        ("POST", format!("/statuses/{sha}"), json!({ "state": "pending", "context": "orch" })),
        (
            "POST",
            format!("/statuses/{sha}"),
            json!({ "state": "success", "context": "orch", "description": "d" }),
        ),
        ("GET", format!("/commits/{sha}/statuses"), Value::Null),
        ("GET", "/commits/main/status".to_owned(), Value::Null),
        ("GET", "/actions/workflows".to_owned(), Value::Null),
        ("GET", "/actions/workflows/ci.yml".to_owned(), Value::Null),
        ("GET", "/actions/workflows/ci.yml/runs?per_page=1".to_owned(), Value::Null),
        ("GET", "/actions/runs?status=failure".to_owned(), Value::Null),
        ("GET", format!("/actions/runs/{run}"), Value::Null),
        ("GET", format!("/actions/runs/{run}/jobs"), Value::Null),
        ("POST", format!("/actions/runs/{run}/rerun-failed-jobs"), Value::Null),
        ("POST", "/actions/workflows/ci.yml/dispatches".to_owned(), json!({ "ref": "main" })),
        (
            "POST",
            "/actions/workflows/ci.yml/dispatches".to_owned(),
            json!({ "ref": "main", "return_run_details": true }),
        ),
        ("POST", "/dispatches".to_owned(), json!({ "event_type": "x" })),
        (
            "POST",
            "/deployments".to_owned(),
            json!({ "ref": "main", "payload": { "a": 1 }, "description": "d" }),
        ),
        ("GET", "/deployments?environment=production".to_owned(), Value::Null),
        ("GET", format!("/deployments/{deployment}"), Value::Null),
        ("POST", format!("/deployments/{deployment}/statuses"), json!({ "state": "success" })),
        ("GET", format!("/deployments/{deployment}/statuses"), Value::Null),
        ("GET", format!("/pulls/{pull}/files"), Value::Null),
    ] {
        let path = format!("{REPOSITORY}{path}");
        let answer = client.send(method, &path, body).unwrap();
        let found = oracle.check_reply(method, &path, answer.status, &answer.body);
        assert!(
            answer.status < 300 && found.is_empty(),
            "{method} {path}: {} {found:#?} {}",
            answer.status,
            answer.body
        );
    }
    github.assert_valid();
}
