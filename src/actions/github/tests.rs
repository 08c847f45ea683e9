//! What each action sends, and what it makes of what comes back.

mod lists;
mod merge;
mod review;

use serde_json::{Map, Value, json};

use crate::actions::tests::NoHttp;
use crate::actions::{Failure, World, find};
use crate::adapters::workspace::DiskWorkspace;
use crate::expr::Sink;
use crate::forge::Workplace;
use crate::forge::marker::Markers;
use crate::forge::testing::{Asked, Desk, FakeForge, answer, status as refusal};
use crate::model::{Permissions, Time};
use crate::ports::{Answer, Call, ForgeError};

const SHA: &str = "0123456789012345678901234567890123456789";

type Reply = Result<Answer, ForgeError>;

/// What an action made of what was answered, one request after the other; and the writes that it sent.
fn act(
    action: &str,
    args: &Value,
    answers: impl IntoIterator<Item = Reply>,
) -> (Result<Map<String, Value>, Failure>, Vec<Call>) {
    run(action, args, FakeForge::scripted(answers))
}

fn run(action: &str, args: &Value, forge: FakeForge) -> (Result<Map<String, Value>, Failure>, Vec<Call>) {
    let desk = Desk::with(forge);
    let told = perform(&workplace(&desk), action, args);
    (told, writes(&desk))
}

/// Where the steps of one tick work.
fn workplace(desk: &Desk) -> Workplace<'_> {
    Workplace::new(desk.client(), "acme/app".parse().unwrap(), Markers::new("lineage", None))
}

fn perform(place: &Workplace<'_>, action: &str, args: &Value) -> Result<Map<String, Value>, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let files = DiskWorkspace::open(folder.path()).unwrap();
    let world = World {
        files: &files,
        http: &NoHttp,
        github: Ok(place),
        run: &crate::model::RunId("deploy#7".into()),
        step: "do",
        now: Time::from_second(1_795_000_000),
        begun: None,
        key: "lineage/run#1/step",
        permissions: &Permissions::default(),
        say: &|_| {},
        secret: &|name| Err(format!("no {name}")),
    };
    let action = find(action).unwrap();
    action.check(args).unwrap();
    action.perform(args, None, &world)
}

fn writes(desk: &Desk) -> Vec<Call> {
    let writes = desk.forge.asked().into_iter().filter_map(|asked| match asked {
        Asked::Rest(call) if !call.is_read() => Some(call),
        _ => None,
    });
    writes.collect()
}

fn ok(body: &Value) -> Reply {
    Ok(answer(body))
}

fn forbidden(message: &str, accepted: &str) -> Reply {
    Ok(Answer { accepted: Some(accepted.into()), ..refusal(403, &json!({ "message": message })) })
}

fn pull(change: impl FnOnce(&mut Value)) -> Value {
    let mut pull = json!({
        "number": 7, "state": "open", "draft": false, "merged": false, "mergeable": true, "user": { "id": 1 },
        "title": "t", "body": "", "html_url": "https://github.com/acme/app/pull/7", "labels": [],
        "head": { "ref": "fix", "sha": SHA, "repo": { "id": 5 } },
        "base": { "ref": "main", "repo": { "id": 5 } },
    });
    change(&mut pull);
    pull
}

#[test]
fn a_status_that_says_the_same_is_left_alone() {
    let args = json!({ "sha": SHA, "state": "success", "description": format!("{}\n{}", "a".repeat(100), "b".repeat(100)) });
    let said = format!("{} {}…", "a".repeat(100), "b".repeat(38));
    let list = |status: Value| ok(&json!({ "statuses": [{ "context": "other", "state": "error" }, status] }));
    let there =
        json!({ "id": 3, "context": "orch", "state": "success", "description": said, "target_url": null });
    let (told, writes) = act("github.status", &args, [list(there.clone())]);
    assert_eq!(
        (told.unwrap(), writes),
        (Map::from_iter([("id".into(), json!(3)), ("changed".into(), json!(false))]), vec![])
    );
    for (name, value) in
        [("state", json!("pending")), ("description", json!("x")), ("target_url", json!("https://x"))]
    {
        let mut other = there.clone();
        other[name] = value;
        let (told, writes) = act("github.status", &args, [list(other), ok(&json!({ "id": 4 }))]);
        assert_eq!((&told.unwrap()["changed"], writes.len()), (&json!(true), 1), "{name}");
        assert_eq!(writes[0].path, format!("/repos/acme/app/statuses/{SHA}"));
        assert_eq!(
            writes[0].body,
            Some(json!({ "state": "success", "context": "orch", "description": said }))
        );
    }
}

#[test]
fn refusals_say_what_to_do() {
    let none = || ok(&json!({ "statuses": [], "check_runs": [], "workflow_runs": [] }));
    let status = json!({ "sha": SHA, "state": "error" });
    let check = json!({ "sha": SHA, "name": "lint", "status": "queued" });
    let not_for_apps = "Resource not accessible by integration";
    for (action, args, before, refusal, message) in [
        (
            "github.status",
            &status,
            vec![none()],
            forbidden(not_for_apps, "statuses=write"),
            "`statuses: write`",
        ),
        (
            "github.check",
            &check,
            vec![ok(&json!({ "id": 5 })), none()],
            forbidden("You must authenticate via a GitHub App.", ""),
            "`github.status` instead",
        ),
        (
            "github.merge",
            &json!({ "number": 7 }),
            vec![ok(&pull(|_| ()))],
            forbidden(not_for_apps, "contents=write"),
            "`contents: write`",
        ),
        (
            "github.rerun",
            &json!({ "run": 7 }),
            vec![ok(&json!({ "run_attempt": 1, "status": "completed", "conclusion": "failure" }))],
            forbidden(not_for_apps, "actions=write"),
            "`actions: write`",
        ),
        (
            "github.dispatch",
            &json!({ "workflow": "a.yml", "ref": "main" }),
            vec![],
            forbidden(not_for_apps, "actions=write"),
            "`actions: write`",
        ),
        (
            "github.dispatch",
            &json!({ "workflow": "a.yml", "ref": "main", "key": true }),
            vec![ok(&json!({ "id": 5 })), none()],
            Ok(refusal(422, &json!({ "message": "Unexpected inputs provided: [\"orch_key\"]" }))),
            "must declare the input `orch_key`",
        ),
        (
            "github.pull_request",
            &json!({ "head": "fix", "base": "main", "title": "t" }),
            vec![ok(&json!([])), ok(&json!({ "id": 5 }))],
            forbidden(
                "GitHub Actions is not permitted to create or approve pull requests.",
                "pull_requests=write",
            ),
            "settings for Actions",
        ),
    ] {
        // A pull request is looked for once more, since somebody else may have been quicker.
        let after = ok(&json!([]));
        let (told, writes) = act(action, args, before.into_iter().chain([refusal, after]));
        let failure = told.unwrap_err();
        assert!(
            failure.is_final && !failure.is_unknown && failure.message.contains(message),
            "{action}: {failure}"
        );
        assert_eq!(writes.len(), 1, "{action}");
    }
}

#[test]
fn nothing_is_sent_with_a_secret() {
    for (action, args) in [
        (
            "github.status",
            json!({ "sha": SHA, "state": "error", "description": "\u{10f5e1}TOKEN\u{10f5e2}" }),
        ),
        (
            "github.dispatch",
            json!({ "event_type": "x", "client_payload": { "a": "\u{10f5e1}TOKEN\u{10f5e2}" } }),
        ),
    ] {
        let (told, writes) = act(action, &args, []);
        assert!(told.unwrap_err().message.contains("secret") && writes.is_empty(), "{action}");
    }
}

#[test]
fn strangers_neither_approve_nor_block() {
    let review = |id: u64, login: &str, state: &str| json!({ "user": { "id": id, "login": login }, "state": state, "commit_id": SHA });
    let reviews = json!([
        review(1, "author", "APPROVED"),
        review(2, "stranger", "APPROVED"),
        review(3, "reader", "CHANGES_REQUESTED"),
        review(4, "ben", "CHANGES_REQUESTED"),
        review(4, "ben", "APPROVED"),
        review(4, "ben", "COMMENTED"),
        review(5, "cleo", "APPROVED"),
        review(5, "cleo", "DISMISSED"),
    ]);
    let forge = move |is_fork: bool| {
        let reviews = reviews.clone();
        FakeForge::by(move |asked| {
            let Asked::Rest(call) = asked else { panic!("{asked:?}") };
            let path = call.path.split('?').next().unwrap();
            match path.trim_start_matches("/repos/acme/app/") {
                "pulls/7" => ok(&pull(|pull| {
                    if is_fork {
                        pull["head"]["repo"] = json!({ "id": 6 });
                    }
                })),
                "pulls/7/reviews" => ok(&reviews),
                "pulls/7/merge" => ok(&json!({ "sha": "abc", "merged": true })),
                "collaborators/ben/permission" => ok(&json!({ "permission": "write" })),
                "collaborators/reader/permission" => ok(&json!({ "permission": "read" })),
                _ => Ok(refusal(404, &json!({ "message": "Not Found" }))),
            }
        })
    };
    for (args, is_fork, why) in [
        (json!({ "number": 7, "approvals": 1 }), true, json!([])),
        (json!({ "number": 7, "approvals": 2 }), false, json!(["it has 1 of 2 approvals"])),
        (json!({ "number": 7 }), true, json!(["it comes from a fork, which takes `approvals` of 1 or more"])),
        (
            json!({ "number": 7, "approvals": 0 }),
            true,
            json!(["it comes from a fork, which takes `approvals` of 1 or more"]),
        ),
        (json!({ "number": 7, "method": "rebase", "title": "T", "text": "x" }), false, json!([])),
    ] {
        let (told, writes) = run("github.merge", &args, forge(is_fork));
        assert_eq!(told.unwrap()["why"], why, "{args}");
        assert_eq!(writes.len(), usize::from(why == json!([])));
        for call in writes {
            let body = call.body.unwrap();
            assert_eq!((&body["sha"], &body["commit_title"]), (&json!(SHA), &args["title"]));
        }
    }
}

#[test]
fn what_github_does_not_merge_is_left() {
    let message = "At least 1 approving review is required";
    let (told, writes) = act(
        "github.merge",
        &json!({ "number": 7 }),
        [ok(&pull(|_| ())), Ok(refusal(405, &json!({ "message": message })))],
    );
    let told = told.unwrap();
    assert_eq!(told["why"], json!([format!("GitHub does not merge it: {message}")]));
    assert_eq!((&told["merged"], writes.len()), (&json!(false), 1));
    for (change, why) in [
        (
            Box::new(|pull: &mut Value| pull["draft"] = json!(true)) as Box<dyn Fn(&mut Value)>,
            "it is a draft",
        ),
        (Box::new(|pull| pull["state"] = json!("closed")), "it is closed"),
        (Box::new(|pull| pull["mergeable"] = json!(false)), "it conflicts with `main`"),
    ] {
        let (told, writes) = act("github.merge", &json!({ "number": "7" }), [ok(&pull(|pull| change(pull)))]);
        assert_eq!((&told.unwrap()["why"], writes.len()), (&json!([why]), 0));
    }
    // A branch that was pushed to since stays.
    let merged = pull(|pull| {
        pull["merged"] = json!(true);
        pull["merge_commit_sha"] = json!("abc");
    });
    let tip = ok(&json!({ "object": { "sha": "another" } }));
    let (told, writes) =
        act("github.merge", &json!({ "number": 7, "delete_branch": true }), [ok(&merged), tip]);
    assert_eq!((&told.unwrap()["sha"], writes.len()), (&json!("abc"), 0));
}

#[test]
fn older_servers_are_not_asked_for_the_run() {
    let args = json!({ "workflow": "deploy.yml", "ref": "main", "inputs": { "n": 3 } });
    let old = Ok(refusal(
        422,
        &json!({ "message": "Invalid request.\n\n\"return_run_details\" is not a permitted key." }),
    ));
    let (told, writes) = act("github.dispatch", &args, [old, Ok(refusal(204, &Value::Null))]);
    assert_eq!(told.unwrap()["run"], Value::Null);
    assert_eq!(writes[1].body, Some(json!({ "ref": "main", "inputs": { "n": "3" } })));
    assert_eq!(writes.len(), 2);
}

#[test]
fn a_start_with_a_key_is_found_by_it() {
    let args = json!({ "event_type": "deploy", "client_payload": { "to": "x" }, "key": true });
    let id = || ok(&json!({ "id": 5 }));
    let none = ok(&json!({ "workflow_runs": [] }));
    let (told, writes) = act("github.dispatch", &args, [id(), none, Ok(refusal(204, &Value::Null))]);
    assert_eq!(told.unwrap()["dispatched"], true);
    let key = writes[0].body.as_ref().unwrap()["client_payload"]["orch_key"].as_str().unwrap().to_owned();
    assert!(key.len() == 20 && !key.contains("lineage"), "{key}");
    let runs = json!({ "workflow_runs": [{ "id": 1, "display_title": "other" }, { "id": 2, "display_title": format!("deploy {key}") }] });
    let (told, writes) = act("github.dispatch", &args, [id(), ok(&runs)]);
    let told = told.unwrap();
    assert_eq!((&told["run"], &told["dispatched"], writes.len()), (&json!(2), &json!(false), 0));
}

#[test]
fn arguments_that_contradict_are_wrong() {
    let many = |count: usize| (0..count).map(|at| (format!("p{at}"), json!("x"))).collect::<Map<_, _>>();
    for (is_keyed, most, inputs) in [(true, 9, 24), (false, 10, 25)] {
        for (name, args, most) in [
            ("client_payload", json!({ "event_type": "x", "key": is_keyed }), most),
            ("inputs", json!({ "workflow": "a.yml", "ref": "main", "key": is_keyed }), inputs),
        ] {
            let check = |count: usize| {
                let mut args = args.clone();
                args[name] = json!(many(count));
                find("github.dispatch").unwrap().check(&args)
            };
            assert_eq!(check(most), Ok(()), "{name}");
            let error = check(most + 1).unwrap_err();
            let is_told = error.message.contains("`key: true` adds `orch_key`");
            assert_eq!((error.path, is_told), (vec![name.to_owned()], is_keyed), "{}", error.message);
        }
    }
    for (action, args, message) in [
        (
            "github.status",
            json!({ "sha": "main", "state": "error" }),
            "`main` is not the full hash of a commit",
        ),
        ("github.status", json!({ "sha": SHA, "state": "good" }), "unknown variant `good`"),
        (
            "github.status",
            json!({ "sha": SHA, "state": "error", "context": "" }),
            "expected a text of one line",
        ),
        ("github.check", json!({ "sha": SHA, "name": "x" }), "missing key `conclusion`"),
        (
            "github.check",
            json!({ "sha": SHA, "name": "x", "status": "queued", "conclusion": "success" }),
            "keep one",
        ),
        ("github.dispatch", json!({ "inputs": {} }), "missing key `workflow` or `event_type`"),
        ("github.dispatch", json!({ "workflow": "a.yml", "ref": "main", "event_type": "x" }), "keep one of"),
        ("github.dispatch", json!({ "event_type": "x", "inputs": {} }), "is for a `workflow`"),
        ("github.dispatch", json!({ "workflow": "a", "ref": "b", "client_payload": {} }), "takes `inputs`"),
        ("github.merge", json!({ "number": 7, "checks": "some" }), "expected `all`, or a list"),
        ("github.rerun", json!({ "run": 1.5 }), "`1.5` is not a number of GitHub's"),
    ] {
        let error = find(action).unwrap().check(&args).unwrap_err();
        assert!(error.message.contains(message), "{action} {args}: {error}");
    }
}

#[test]
fn what_people_read_is_quoted_as_markdown() {
    for (action, path, sink) in [
        ("github.check", "summary", Sink::Markdown),
        ("github.check", "title", Sink::Plain),
        ("github.pull_request", "text", Sink::Markdown),
        ("github.pull_request", "title", Sink::Plain),
        ("github.status", "description", Sink::Plain),
    ] {
        assert_eq!(find(action).unwrap().sink(&json!({}), &[path]), sink, "{action}.{path}");
    }
}
