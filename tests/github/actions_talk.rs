//! The actions that talk on GitHub, against the double: done twice they are there once, whatever goes wrong in between.

use std::time::Duration;

use orch::actions::{Failure, World, find};
use orch::adapters::dice::SystemDice;
use orch::adapters::workspace::DiskWorkspace;
use orch::forge::marker::Markers;
use orch::forge::{Budget, Client, Workplace};
use orch::model::{Permissions, RunId, Time};
use orch::ports::{Http, HttpError, HttpReply, HttpRequest};
use serde_json::{Map, Value, json};

use super::double::{BOT, FAULTS, Fault, GitHub, When};
use super::forge::{Quick, forge, repository};
use super::tasks;

struct NoHttp;

impl Http for NoHttp {
    fn send(&self, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::Invalid("there is no network here".into()))
    }
}

/// An action as a tick of its own does it.
fn perform(
    github: &GitHub,
    action: &str,
    args: &Value,
    patience: u64,
) -> Result<Map<String, Value>, Failure> {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Quick::default());
    let files = DiskWorkspace::open(folder.path()).unwrap();
    let forge = forge(github).within(Duration::from_millis(patience));
    let client = Client::new(&forge, &clock, &SystemDice, Budget::default());
    let workplace = Workplace::new(client, repository(), Markers::new("lineage", None));
    let world = World {
        files: &files,
        http: &NoHttp,
        github: Ok(&workplace),
        run: &RunId("deploy#7".into()),
        step: "tell",
        now: Time::from_second(1_795_000_000),
        begun: None,
        key: "lineage/deploy#7/tell",
        permissions: &Permissions::default(),
        say: &|_| (),
        secret: &|name| Err(name.to_owned()),
    };
    find(action).unwrap().perform(args, None, &world)
}

fn done(github: &GitHub, action: &str, args: &Value) -> Map<String, Value> {
    perform(github, action, args, 20_000).unwrap_or_else(|error| panic!("{action} {args}: {error}"))
}

/// What was sent that may change something. GraphQL is only read with here.
fn writes(github: &GitHub) -> usize {
    let kinds = ["POST", "PATCH", "PUT", "DELETE"];
    kinds.iter().map(|kind| github.sent(kind, "/repos/**")).sum()
}

/// What is done on a new pull request, and how many writes of it are done once all is well.
fn cases(pull: u64) -> [(&'static str, Value, &'static str, &'static str); 8] {
    let text = "Built. @ada <!-- orch:key=deploy%2Fx;sig=00 -->";
    [
        ("github.comment", json!({ "number": pull, "text": text }), "POST", "/repos/*/*/issues/*/comments"),
        (
            "github.issue",
            json!({ "title": format!("Fails {pull}"), "text": text, "as": format!("n-{pull}") }),
            "POST",
            "/repos/*/*/issues",
        ),
        ("github.label", json!({ "number": pull, "add": "ready" }), "POST", "/repos/*/*/issues/*/labels"),
        (
            "github.label",
            json!({ "number": pull, "remove": ["ready"] }),
            "DELETE",
            "/repos/*/*/issues/*/labels/*",
        ),
        ("github.assign", json!({ "number": pull, "add": ["ben"] }), "POST", "/repos/*/*/issues/*/assignees"),
        (
            "github.assign",
            json!({ "number": pull, "remove": "ben" }),
            "DELETE",
            "/repos/*/*/issues/*/assignees",
        ),
        ("github.milestone", json!({ "number": pull, "title": "soon" }), "PATCH", "/repos/*/*/issues/*"),
        (
            "github.review",
            json!({ "number": pull, "from": ["ada", "cleo", "dora"] }),
            "POST",
            "/repos/*/*/pulls/*/requested_reviewers",
        ),
    ]
}

fn prepared() -> Option<GitHub> {
    let github = GitHub::start()?;
    github.at("acme", "POST", "/labels", json!({ "name": "ready", "color": "00ff00" }));
    github.at("acme", "POST", "/milestones", json!({ "title": "soon" }));
    Some(github)
}

#[test]
fn whatever_goes_wrong_each_is_there_once() {
    let Some(github) = prepared() else { return };
    for (index, fault) in FAULTS.into_iter().enumerate() {
        let pull = github.open_pull("ada", &format!("fix-{index}"), &[(&format!("src/{index}.rs"), "x\n")]);
        let is_silent = matches!(fault, Fault::SilentBefore | Fault::SilentAfter);
        for (action, args, method, path) in cases(pull) {
            github.forget();
            github.fault(When::new(method, path), fault);
            let told = perform(&github, action, &args, if is_silent { 1_500 } else { 20_000 });
            assert_eq!(github.sent(method, path), 1, "{fault:?} {action}: {told:?}");
            assert_eq!(told.is_ok(), fault.is_done(), "{fault:?} {action}: {told:?}");
            github.heal();
            done(&github, action, &args);
            assert_eq!(github.done(method, path), 1, "{fault:?} {action}: {told:?}");
            github.assert_valid();
            github.forget();
            let again = done(&github, action, &args);
            assert_eq!(writes(&github), 0, "{fault:?} {action}: {again:?}");
        }
    }
}

#[test]
fn comments_and_issues_are_kept_up_to_date_in_place() {
    let Some(github) = prepared() else { return };
    let pull = github.open_pull("ada", "fix", &[("src/a.rs", "x\n")]);
    let comment = |text: &str| json!({ "number": pull, "as": "build", "text": text });
    let first = done(&github, "github.comment", &comment("slow"));
    assert_eq!((&first["created"], &first["changed"]), (&json!(true), &json!(false)));
    // A copy of the marker by somebody else, on top of theirs.
    let copied = github.look(&format!("/issues/{pull}/comments"))[0]["body"].clone();
    github.at("eve", "POST", &format!("/issues/{pull}/comments"), json!({ "body": copied }));
    let second = done(&github, "github.comment", &comment("fast"));
    assert_eq!((&second["id"], &second["changed"]), (&first["id"], &json!(true)));
    let all = github.look(&format!("/issues/{pull}/comments"));
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
    assert!(all[0]["body"].as_str().unwrap().starts_with("fast\n"), "{all}");

    let issue = |state: &str, text: &str| json!({ "as": "nightly", "title": "It  fails\n", "text": text, "labels": ["ready"], "state": state });
    assert_eq!(done(&github, "github.issue", &issue("closed", "a"))["number"], Value::Null);
    let opened = done(&github, "github.issue", &issue("open", "a"));
    let path = format!("/issues/{}", opened["number"]);
    let look = || github.look(&path);
    assert_eq!(
        (look()["title"].clone(), look()["labels"][0]["name"].clone()),
        (json!("It fails"), json!("ready"))
    );
    for (state, text, changed) in
        [("open", "b", true), ("closed", "b", true), ("closed", "c", false), ("open", "c", true)]
    {
        let told = done(&github, "github.issue", &issue(state, text));
        assert_eq!(
            (&told["number"], &told["changed"]),
            (&opened["number"], &json!(changed)),
            "{state} {text}"
        );
        assert_eq!(look()["state"], state);
    }
    github.assert_valid();
}

#[test]
fn mistakes_are_told() {
    let Some(github) = prepared() else { return };
    let pull = github.open_pull("ada", "fix", &[("docs/a.md", "x\n")]);
    for (action, args, told) in [
        (
            "github.label",
            json!({ "number": pull, "add": "absent" }),
            "has no label `absent`; make it there, or set `create: true`",
        ),
        (
            "github.assign",
            json!({ "number": pull, "add": ["nobody"] }),
            "GitHub does not let nobody be assigned",
        ),
        (
            "github.milestone",
            json!({ "number": pull, "title": "late" }),
            "there is no milestone `late` in acme/app; open: soon",
        ),
        ("github.review", json!({ "number": 999, "from": "ben" }), "acme/app has no pull request 999"),
        ("github.comment", json!({ "number": 999, "text": "x" }), "GitHub refused"),
    ] {
        let failure = perform(&github, action, &args, 20_000).unwrap_err();
        assert!(failure.is_final && failure.message.contains(told), "{action}: {failure:?}");
    }
    done(&github, "github.label", &json!({ "number": pull, "add": "absent", "create": true }));
    // By path, and never the author.
    let args = json!({ "number": pull, "from": ["ben"], "paths": { "docs/**": ["ada", "eve"] }, "strategy": "first" });
    assert_eq!(done(&github, "github.review", &args)["reviewers"], json!(["eve"]));
    assert_eq!(done(&github, "github.review", &args)["reviewers"], json!([]));
    github.assert_valid();
}

/// What is there and says something else is changed once, whatever becomes of the answer.
#[test]
fn whatever_goes_wrong_each_is_changed_once() {
    let Some(github) = prepared() else { return };
    for (index, fault) in FAULTS.into_iter().enumerate() {
        let pull = github.open_pull("ada", &format!("fix-{index}"), &[(&format!("src/{index}.rs"), "x\n")]);
        let is_silent = matches!(fault, Fault::SilentBefore | Fault::SilentAfter);
        let comment = |text: &str| json!({ "number": pull, "text": text });
        let name = format!("n-{index}");
        let issue =
            |text: &str, state: &str| json!({ "title": name, "as": name, "text": text, "state": state });
        for (action, before, after, path) in [
            ("github.comment", comment("slow"), comment("fast"), "/repos/*/*/issues/comments/*"),
            ("github.issue", issue("slow", "open"), issue("fast", "open"), "/repos/*/*/issues/*"),
            ("github.issue", issue("fast", "open"), issue("fast", "closed"), "/repos/*/*/issues/*"),
        ] {
            done(&github, action, &before);
            github.forget();
            github.fault(When::new("PATCH", path), fault);
            let told = perform(&github, action, &after, if is_silent { 1_500 } else { 20_000 });
            assert_eq!(
                (github.sent("PATCH", path), told.is_ok()),
                (1, fault.is_done()),
                "{fault:?} {action}: {told:?}"
            );
            github.heal();
            done(&github, action, &after);
            assert_eq!(github.done("PATCH", path), 1, "{fault:?} {action}: {told:?}");
            github.forget();
            done(&github, action, &after);
            assert_eq!(writes(&github), 0, "{fault:?} {action}");
        }
        github.assert_valid();
    }
}

#[test]
fn reviews_are_asked_of_whom_the_strategy_says() {
    let Some(github) = prepared() else { return };
    let pulls: Vec<u64> = (0..3)
        .map(|index| {
            github.open_pull(
                "dora",
                &format!("p{index}"),
                &[(&format!("src/{index}.rs"), "x\n"), ("docs/a.md", "x\n")],
            )
        })
        .collect();
    let busy = |pull: u64, who: &[&str]| {
        github.at(BOT, "POST", &format!("/pulls/{pull}/requested_reviewers"), json!({ "reviewers": who }))
    };
    busy(pulls[0], &["ada", "ben"]);
    busy(pulls[1], &["ada"]);
    let ask = |pull: u64, more: Value| {
        let mut args = json!({ "number": pull, "from": ["ada", "ben", "cleo", "dora"] });
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        done(&github, "github.review", &args)["reviewers"].clone()
    };
    // Nobody is asked as seldom as cleo, then ben; never the author.
    assert_eq!(ask(pulls[2], json!({})), json!(["cleo"]));
    assert_eq!(ask(pulls[2], json!({ "count": 2 })), json!(["ben"]), "cleo counts");
    assert_eq!(ask(pulls[2], json!({ "count": 15 })), json!(["ada"]), "there are no more");
    // In turn, by the number of the pull request.
    for index in 3..6 {
        let pull = github.open_pull("dora", &format!("p{index}"), &[("src/x.rs", &format!("{index}\n"))]);
        let turn = ["ada", "ben", "cleo"][usize::try_from(pull % 3).unwrap()];
        assert_eq!(ask(pull, json!({ "strategy": "rotation" })), json!([turn]), "{pull}");
    }
    // By path: each glob that fits has its own, and `from` is for the others.
    let paths = json!({ "paths": { "docs/**": ["eve"], "src/**": ["ada", "ben"], "*.toml": ["cleo"] }, "strategy": "first" });
    let pull = github.open_pull("dora", "both", &[("src/y.rs", "y\n"), ("docs/b.md", "y\n")]);
    assert_eq!(ask(pull, paths.clone()), json!(["eve", "ada"]));
    let pull = github.open_pull("dora", "neither", &[("Makefile", "y\n")]);
    assert_eq!(ask(pull, paths), json!(["ada"]));
    github.assert_valid();
}

const TALK: &str = "name: Talk
on: { github: { pull_request: opened } }
steps:
  - id: comment
    retry: { attempts: 3, delay: 1s }
    github.comment: { number: '{{ event.payload.number }}', text: 'Seen: {{ event.payload.pull_request.title }}' }
  - id: issue
    needs: comment
    retry: { attempts: 3, delay: 1s }
    github.issue: { title: 'Follow up on {{ event.payload.number }}', text: 'See the pull request.', labels: [ready] }
  - id: label
    needs: issue
    retry: { attempts: 3, delay: 1s }
    github.label: { number: '{{ event.payload.number }}', add: ready }
  - id: open
    needs: label
    retry: { attempts: 3, delay: 1s }
    github.pull_request: { head: report, base: main, title: Report, text: 'For {{ event.payload.pull_request.title }}.' }
";

/// Ticks of the real program: answers get lost, and each thing is there once.
#[test]
fn ticks_say_what_a_workflow_says_once() {
    let Some(github) = prepared() else { return };
    let files = [("orch.yaml", "name: talk\n"), ("workflows/talk.yaml", TALK)];
    let world = tasks::World::new(&github, &files);
    let tick = || world.succeeds(&["tick"]);
    tick();
    github.write("ada", "report", "report.txt", "r\n");
    github.write("ada", "fix", "a.txt", "a\n");
    let body = json!({ "title": "Thanks to @ben <!-- x -->", "head": "fix", "base": "main" });
    let number = github.at("ada", "POST", "/pulls", body)["number"].clone();
    let written = [
        ("/repos/*/*/issues/*/comments", Fault::ErrorAfter),
        ("/repos/*/*/issues", Fault::ResetAfter),
        ("/repos/*/*/issues/*/labels", Fault::BadGateway),
        ("/repos/*/*/pulls", Fault::Truncated),
    ];
    for (path, fault) in written {
        github.fault(When::new("POST", path), fault);
    }
    let is_over =
        || github.look("/pulls?state=open").as_array().unwrap().iter().any(|one| one["title"] == "Report");
    let mut told = Vec::new();
    for _ in 0..10 {
        told.push(tick());
        if is_over() {
            break;
        }
        std::thread::sleep(Duration::from_millis(700));
    }
    assert!(is_over(), "{}", told.join("\n----\n"));
    for (path, fault) in written {
        assert_eq!(github.done("POST", path), 1, "{fault:?} {path}");
    }
    let comments = github.look(&format!("/issues/{number}/comments"));
    let body = comments[0]["body"].as_str().unwrap();
    assert!(
        body.starts_with("Seen: Thanks to ") && !body.contains("@ben") && !body.contains("<!-- x"),
        "{body}"
    );
    assert_eq!(github.look(&format!("/issues/{number}/labels"))[0]["name"], "ready");
    github.assert_valid();
}
