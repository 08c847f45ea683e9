//! What is looked for in lists: how far they are read, what is made of one that is longer, and by which name it is found.

use serde_json::{Value, json};

use super::*;
use crate::forge::marker::Place;

/// A page of a list without an end.
fn endless(call: &Call, body: &Value) -> Reply {
    let (path, page) = call.path.rsplit_once("&page=").unwrap_or((&call.path, "1"));
    let next = format!("{path}&page={}", page.parse::<u64>().unwrap() + 1);
    Ok(Answer { next: Some(next), ..answer(body) })
}

/// A GitHub by what is read and written, without queries of what it is asked about itself.
fn github(respond: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> FakeForge {
    FakeForge::by(move |asked| {
        let Asked::Rest(call) = asked else { panic!("{asked:?}") };
        match call.path.as_str() {
            "/user" => ok(&json!({ "id": 9, "login": "orch[bot]" })),
            "/repos/acme/app" | "/repos/acme/renamed" => ok(&json!({ "id": 5 })),
            _ => respond(call),
        }
    })
}

fn issue(number: u64, state: &str) -> Value {
    let place = Place { kind: "issue", repository: "5", within: None };
    let body = Markers::new("lineage", None).mark("It fails.", place, "deploy/do");
    json!({ "id": number, "number": number, "title": "t", "state": state, "user": { "id": 9 }, "body": body })
}

fn others() -> Value {
    let mut pull = issue(1, "open");
    pull["pull_request"] = json!({});
    json!([pull, { "id": 2, "number": 2, "user": { "id": 9 }, "body": "of another workflow" }])
}

#[test]
fn an_issue_is_looked_for_among_all_that_are_open_and_those_closed_last() {
    let args = json!({ "title": "t", "text": "It fails." });
    let act = |open: fn(&Call) -> Reply, closed: fn(&Call) -> Reply| {
        let forge = github(move |call| match (call.is_read(), call.path.contains("state=open")) {
            (false, _) => ok(&issue(50, "open")),
            (true, true) => open(call),
            (true, false) => {
                assert!(
                    call.path.contains("?creator=orch%5Bbot%5D&state=closed&sort=updated&direction=desc&")
                );
                closed(call)
            }
        });
        run("github.issue", &args, forge)
    };
    let none: fn(&Call) -> Reply = |_| ok(&others());
    let without_end: fn(&Call) -> Reply = |call| endless(call, &others());
    // The oldest that is open, whatever is closed; it says that already.
    let (told, writes) = act(|_| ok(&json!([issue(8, "open"), issue(7, "open")])), |call| panic!("{call:?}"));
    assert_eq!((&told.unwrap()["number"], writes.len()), (&json!(7), 0));
    // The one that was closed last is opened again.
    let (told, writes) = act(none, |call| endless(call, &json!([issue(6, "closed"), issue(3, "closed")])));
    assert_eq!((told.unwrap()["created"].clone(), writes.len()), (json!(false), 1));
    assert_eq!(writes[0].path, "/repos/acme/app/issues/6");
    // However many are closed, a new one is opened.
    let (told, writes) = act(none, without_end);
    assert_eq!((told.unwrap()["created"].clone(), writes.len()), (json!(true), 1));
    // With too many open ones it may be there.
    let (told, writes) = act(without_end, none);
    let failure = told.unwrap_err();
    assert!(failure.message.contains("more than 10 pages") && writes.is_empty(), "{failure}");
    assert!(failure.message.contains("close issues and pull requests that are over"), "{failure}");
}

#[test]
fn what_may_be_on_pages_that_are_not_read_is_not_written_again() {
    let runs = json!({ "workflow_runs": [{ "id": 1, "display_title": "another" }] });
    let checks = json!({ "check_runs": [{ "id": 1, "external_id": "another" }] });
    let statuses = json!({ "statuses": [{ "id": 1, "context": "another" }] });
    for (action, args, list, is_unknown, hint) in [
        (
            "github.dispatch",
            json!({ "event_type": "deploy", "key": true }),
            runs.clone(),
            true,
            "start it by hand if there is none",
        ),
        (
            "github.dispatch",
            json!({ "workflow": "a.yml", "ref": "main", "key": true }),
            runs,
            true,
            "start it by hand if there is none",
        ),
        (
            "github.check",
            json!({ "sha": SHA, "name": "lint", "status": "queued" }),
            checks,
            false,
            "under another `name`",
        ),
        (
            "github.status",
            json!({ "sha": SHA, "state": "error" }),
            statuses,
            false,
            "fewer different `context`s",
        ),
    ] {
        let (told, writes) = run(action, &args, github(move |call| endless(call, &list)));
        let failure = told.unwrap_err();
        assert!(failure.message.contains(hint) && writes.is_empty(), "{action}: {failure}");
        assert_eq!((failure.is_unknown, failure.is_final), (is_unknown, !is_unknown), "{action}");
    }
}

/// The key that is written in a repository of this name.
fn written(name: &str, action: &str, args: &Value, may_read: bool) -> Value {
    let forge = FakeForge::by(move |asked| {
        let Asked::Rest(call) = asked else { panic!("{asked:?}") };
        let rest = call.path.trim_start_matches("/repos/acme/");
        match rest.contains('/') {
            _ if !call.is_read() => ok(&json!({ "id": 3 })),
            true => ok(&json!({ "workflow_runs": [], "check_runs": [] })),
            false if may_read => ok(&json!({ "id": 5 })),
            false => forbidden("Resource not accessible by integration", ""),
        }
    });
    let desk = Desk::with(forge);
    let place = Workplace::new(desk.client(), name.parse().unwrap(), Markers::new("lineage", None));
    perform(&place, action, args).unwrap();
    let body = desk.bodies().remove(0);
    let keys = ["/client_payload/orch_key", "/external_id"].into_iter().find_map(|at| body.pointer(at));
    keys.unwrap().clone()
}

#[test]
fn a_repository_with_another_name_is_the_same() {
    for (action, args) in [
        ("github.dispatch", json!({ "event_type": "deploy", "key": true })),
        ("github.check", json!({ "sha": SHA, "name": "lint", "status": "queued" })),
    ] {
        let key = |name: &str, may_read: bool| written(name, action, &args, may_read);
        assert_eq!(key("acme/app", true), key("acme/renamed", true), "{action}");
        // Without a look at the number there is the name alone.
        assert_eq!(key("acme/app", false), key("acme/app", false), "{action}");
        assert_ne!(key("acme/app", false), key("acme/renamed", false), "{action}");
    }
}

#[test]
fn what_a_tick_has_read_is_not_sent_again() {
    let page = |call: &Call, comments: Value, next: bool| {
        let etag = format!("W/\"{}\"", call.path.len());
        if call.known.as_deref() == Some(&etag) {
            return Ok(refusal(304, &Value::Null));
        }
        let next = next.then(|| format!("{}&page=2", call.path));
        Ok(Answer { etag: Some(etag.into()), next, ..answer(&comments) })
    };
    let place = Place { kind: "comment", repository: "5", within: Some(7) };
    let ours = move |name: &str| {
        let body = Markers::new("lineage", None).mark("Fast.", place, &format!("deploy/{name}"));
        json!({ "id": 50, "user": { "id": 9 }, "body": body, "html_url": "u" })
    };
    let desk = Desk::with(github(move |call| {
        if call.path.ends_with("&page=2") {
            return page(call, json!([ours("one"), ours("two")]), false);
        }
        page(call, json!([{ "id": 1, "user": { "id": 1 }, "body": "Hello" }]), true)
    }));
    let place = workplace(&desk);
    for name in ["one", "two", "one"] {
        let told = perform(&place, "github.comment", &json!({ "number": 7, "text": "Fast.", "as": name }));
        assert_eq!(told.unwrap()["created"], false);
    }
    let asked = desk.forge.asked().into_iter().filter_map(|asked| match asked {
        Asked::Rest(call) if call.path.contains("/comments") => Some(call.known.is_some()),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [false, false, true, true, true, true]);
    assert!(writes(&desk).is_empty());
}
