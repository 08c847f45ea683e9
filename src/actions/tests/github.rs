//! Actions on GitHub, with a GitHub that answers from a script.

use serde_json::{Map, Value, json};

use crate::actions::{Failure, World, find};
use crate::adapters::workspace::DiskWorkspace;
use crate::expr::Sink;
use crate::forge::marker::{Markers, Place};
use crate::forge::testing::{Asked, Desk, FakeForge, answer, status};
use crate::forge::{Repository, Workplace};
use crate::model::{Permissions, RunId, Time};
use crate::ports::{Answer, ForgeError};

use super::working::NoHttp;

/// Done with these answers in this order; and the writes that were sent, as `METHOD path body`.
fn perform(
    action: &str,
    args: &Value,
    answers: impl IntoIterator<Item = Result<Answer, ForgeError>>,
) -> (Result<Map<String, Value>, Failure>, Vec<String>) {
    let desk = Desk::with(FakeForge::scripted(answers));
    let folder = tempfile::tempdir().unwrap();
    let files = DiskWorkspace::open(folder.path()).unwrap();
    let repository: Repository = "o/r".parse().unwrap();
    let workplace = Workplace::new(desk.client(), repository, Markers::new("l", None));
    let world = World {
        files: &files,
        http: &NoHttp,
        github: Ok(&workplace),
        run: &RunId("deploy#7".into()),
        step: "tell",
        now: Time::from_second(1_795_000_000),
        begun: None,
        key: "l/deploy#7/tell",
        permissions: &Permissions::default(),
        say: &|_| (),
        secret: &|name| Err(name.to_owned()),
    };
    let result = find(action).unwrap().perform(args, None, &world);
    let writes = desk.forge.asked().into_iter().filter_map(|asked| match asked {
        Asked::Rest(call) if !call.is_read() => {
            let path = call.path.strip_prefix("/repos/o/r").unwrap().to_owned();
            let body = call.body.map(|body| format!(" {body}")).unwrap_or_default();
            Some(format!("{} {path}{body}", call.method.name()))
        }
        _ => None,
    });
    let writes = writes.collect();
    (result, writes)
}

fn ok(body: &Value) -> Result<Answer, ForgeError> {
    Ok(answer(body))
}

/// Who we are, and which repository it is.
fn begin() -> [Result<Answer, ForgeError>; 2] {
    [ok(&json!({ "id": 5, "login": "orch[bot]" })), ok(&json!({ "id": 77 }))]
}

fn marked(text: &str, key: &str) -> String {
    let place = Place { kind: "comment", repository: "77", within: Some(3) };
    Markers::new("l", None).mark(text, place, key)
}

fn comment(id: u64, author: u64, body: &str) -> Value {
    json!({ "id": id, "user": { "id": author }, "body": body, "html_url": "u" })
}

fn with(list: &Value, rest: Vec<Result<Answer, ForgeError>>) -> Vec<Result<Answer, ForgeError>> {
    begin().into_iter().chain([ok(list)]).chain(rest).collect()
}

#[test]
fn a_comment_is_found_by_its_marker_and_its_author() {
    let args = json!({ "number": 3, "text": "Fast." });
    let ours = marked("Fast.", "deploy/tell");
    // There already: nothing is sent. Another workflow's, and one that somebody copied, stay what they are.
    let list = json!([comment(1, 9, &ours), comment(2, 5, &marked("x", "other/tell")), comment(4, 5, &ours)]);
    let (told, writes) = perform("github.comment", &args, with(&list, vec![]));
    assert_eq!((told.unwrap()["id"].clone(), writes), (json!(4), Vec::new()));
    // With another text: one change.
    let list = json!([comment(4, 5, &marked("Slow.", "deploy/tell"))]);
    let (told, writes) =
        perform("github.comment", &args, with(&list, vec![ok(&list[0]), ok(&comment(4, 5, &ours))]));
    assert_eq!(told.unwrap()["changed"], true);
    assert!(
        writes.len() == 1 && writes[0].starts_with("PATCH /issues/comments/4 {\"body\":\"Fast."),
        "{writes:?}"
    );
    // Not there: one comment.
    let list = json!([comment(1, 9, &ours)]);
    let (told, writes) = perform("github.comment", &args, with(&list, vec![ok(&comment(6, 5, &ours))]));
    assert_eq!(told.unwrap()["created"], true);
    assert!(writes.len() == 1 && writes[0].starts_with("POST /issues/3/comments "), "{writes:?}");
}

#[test]
fn what_is_refused_is_final_and_says_what_is_missing() {
    let refusal = Answer {
        accepted: Some("issues=write".into()),
        ..status(403, &json!({ "message": "Resource not accessible by integration" }))
    };
    let args = json!({ "number": 3, "text": "Fast." });
    let (told, writes) = perform("github.comment", &args, with(&json!([]), vec![Ok(refusal)]));
    let failure = told.unwrap_err();
    assert!(failure.is_final && !failure.is_unknown && writes.len() == 1, "{failure:?}");
    assert!(
        failure.message.contains("issues: write") && failure.message.contains("`permissions:`"),
        "{failure}"
    );
    // A token that is nobody's would comment anew each time.
    let unknown = || Ok(status(403, &json!({ "message": "Resource not accessible by integration" })));
    let (told, writes) = perform("github.comment", &args, [unknown(), unknown()]);
    assert!(told.unwrap_err().message.contains("whose token this is") && writes.is_empty());
}

#[test]
fn texts_are_cut_to_what_github_takes_and_keep_their_marker() {
    let args = json!({ "number": 3, "text": format!("```\n{}", "ü".repeat(70_000)) });
    let (told, writes) = perform("github.comment", &args, with(&json!([]), vec![ok(&comment(6, 5, "x"))]));
    told.unwrap();
    let body: Value = serde_json::from_str(
        writes[0].split_once(" {").map(|(_, rest)| format!("{{{rest}")).unwrap().as_str(),
    )
    .unwrap();
    let text = body["body"].as_str().unwrap();
    assert!(
        text.chars().count() <= 65_536 && text.contains("\n```\n\n*The rest was left out"),
        "{}",
        text.len()
    );
    assert!(text.lines().next_back().unwrap().starts_with("<!-- orch:key=deploy%2Ftell;sig="));
}

#[test]
fn what_would_change_nothing_is_a_mistake() {
    for action in ["github.label", "github.assign"] {
        for args in [json!({ "number": 3 }), json!({ "number": 3, "add": [], "remove": [] })] {
            let error = find(action).unwrap().check(&args).unwrap_err();
            assert!(
                error.message.contains("neither in `add` nor in `remove`"),
                "{action}: {}",
                error.message
            );
        }
        for args in [json!({ "number": 3, "add": "a" }), json!({ "number": 3, "remove": ["{{ event.x }}"] })]
        {
            assert!(find(action).unwrap().check(&args).is_ok(), "{action} {args}");
        }
    }
}

#[test]
fn what_is_there_is_not_written_again() {
    let issue = json!({
        "labels": [{ "name": "Ready" }], "assignees": [{ "login": "Ben" }], "milestone": { "number": 2, "title": "1.0" },
    });
    for (action, args) in [
        ("github.label", json!({ "number": 3, "add": ["ready"], "remove": "late" })),
        ("github.assign", json!({ "number": 3, "add": "@ben", "remove": ["cleo"] })),
        ("github.milestone", json!({ "number": 3, "title": "1.0" })),
    ] {
        let (told, writes) = perform(action, &args, [ok(&issue)]);
        assert!(told.is_ok() && writes.is_empty(), "{action}: {told:?} {writes:?}");
    }
    let (told, writes) = perform("github.milestone", &json!({ "number": 3 }), [ok(&issue), ok(&issue)]);
    assert_eq!(
        (told.unwrap()["milestone"].clone(), writes),
        (Value::Null, vec!["PATCH /issues/3 {\"milestone\":null}".to_owned()])
    );
    // Whom GitHub leaves out is told.
    let (told, _) =
        perform("github.assign", &json!({ "number": 3, "add": ["eve"] }), [ok(&issue), ok(&issue)]);
    let failure = told.unwrap_err();
    assert!(
        failure.is_final && failure.message.contains("eve") && failure.outputs["all"] == json!(["Ben"]),
        "{failure:?}"
    );
}

#[test]
fn texts_are_quoted_as_markdown() {
    for action in ["github.comment", "github.issue"] {
        assert_eq!(find(action).unwrap().sink(&json!({}), &["text"]), Sink::Markdown);
    }
}
