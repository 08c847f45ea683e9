//! The actions of `orch` on GitHub, against the double: done once whatever goes wrong, and nothing the second time.

use std::collections::BTreeSet;
use std::time::Duration;

use orch::actions::{Failure, World, find};
use orch::adapters::dice::SystemDice;
use orch::adapters::github::GithubForge;
use orch::adapters::workspace::DiskWorkspace;
use orch::forge::marker::Markers;
use orch::forge::{Budget, Client, Workplace};
use orch::model::{Permissions, Time};
use orch::ports::{Http, HttpError, HttpReply, HttpRequest};
use serde_json::{Map, Value, json};

use super::double::{BOT, FAULTS, Fault, GitHub, NAME, OWNER, When, token};
use super::forge::Quick;
use super::tasks;

struct NoHttp;

impl Http for NoHttp {
    fn send(&self, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::Invalid("there is no network here".into()))
    }
}

/// How long GitHub may take.
#[derive(Clone, Copy, PartialEq)]
enum Patience {
    Long,
    Short,
}

/// An action as one tick does it.
fn tick(
    github: &GitHub,
    patience: Patience,
    action: &str,
    args: &Value,
    key: &str,
) -> Result<Map<String, Value>, Failure> {
    let forge = GithubForge::new(&github.url(), None, Some(&token(BOT)));
    let forge = if patience == Patience::Short { forge.within(Duration::from_millis(1_500)) } else { forge };
    let (clock, folder) = (Quick::default(), tempfile::tempdir().unwrap());
    let client = Client::new(&forge, &clock, &SystemDice, Budget::default());
    let repository = format!("{OWNER}/{NAME}").parse().unwrap();
    let place = Workplace::new(client, repository, Markers::new("lineage", None));
    let files = DiskWorkspace::open(folder.path()).unwrap();
    let action = find(action).unwrap();
    action.check(args).unwrap();
    action.perform(
        args,
        None,
        &World {
            files: &files,
            http: &NoHttp,
            github: Ok(&place),
            run: &orch::model::RunId("deploy#7".into()),
            step: "do",
            now: Time::from_second(jiff::Timestamp::now().as_second()),
            begun: None,
            key,
            permissions: &Permissions::default(),
            say: &|_| {},
            secret: &|name| Err(format!("no {name}")),
        },
    )
}

fn done(github: &GitHub, action: &str, args: &Value, key: &str) -> Map<String, Value> {
    tick(github, Patience::Long, action, args, key)
        .unwrap_or_else(|failure| panic!("{action} {args}: {failure}"))
}

/// One write of an action: what must be there before, and how often it is there afterwards.
struct Case {
    action: &'static str,
    write: (&'static str, &'static str),
    /// Makes what a name stands for ready; the arguments.
    prepare: fn(&GitHub, &str) -> Value,
    /// How often it is there.
    count: fn(&GitHub, &str) -> usize,
}

fn listed(github: &GitHub, path: &str, holds: impl Fn(&Value) -> bool) -> usize {
    let found = github.look(path);
    found.as_array().unwrap().iter().filter(|one| holds(one)).count()
}

fn checks(github: &GitHub, name: &str, holds: impl Fn(&Value) -> bool) -> usize {
    let head = github.head("main");
    let found = github.look(&format!("/commits/{head}/check-runs?filter=all&check_name={name}"));
    found["check_runs"].as_array().unwrap().iter().filter(|one| holds(one)).count()
}

fn pulls(github: &GitHub, branch: &str, holds: impl Fn(&Value) -> bool) -> usize {
    listed(github, "/pulls?state=all&per_page=100", |one| one["head"]["ref"] == branch && holds(one))
}

fn opened(github: &GitHub, branch: &str, title: &str) -> Value {
    if pulls(github, branch, |_| true) == 0 {
        github.write("ada", branch, "a.txt", branch);
    }
    json!({ "head": branch, "base": "main", "title": title, "text": "What it is about.", "labels": ["report"] })
}

fn runs(github: &GitHub, file: &str, name: &str) -> usize {
    github.tables(|tables| {
        let is_it = |one: &&Value| one["workflow"] == file && one["inputs"]["name"] == name;
        tables.dispatches.iter().filter(is_it).count()
    })
}

const CASES: [Case; 11] = [
    Case {
        action: "github.status",
        write: ("POST", "/repos/*/*/statuses/*"),
        prepare: |github, name| json!({ "sha": github.head("main"), "state": "success", "context": name, "url": "https://example.com/" }),
        count: |github, name| {
            let head = github.head("main");
            listed(github, &format!("/commits/{head}/statuses?per_page=100"), |one| one["context"] == name)
        },
    },
    Case {
        action: "github.check",
        write: ("POST", "/repos/*/*/check-runs"),
        prepare: |github, name| json!({ "sha": github.head("main"), "name": name, "conclusion": "success", "summary": "All is well." }),
        count: |github, name| checks(github, name, |one| one["conclusion"] == "success"),
    },
    Case {
        action: "github.check",
        write: ("PATCH", "/repos/*/*/check-runs/*"),
        prepare: |github, name| {
            let mut args = json!({ "sha": github.head("main"), "name": name, "status": "in_progress" });
            done(github, "github.check", &args, "before");
            args.as_object_mut().unwrap().shift_remove("status");
            args["conclusion"] = json!("failure");
            args
        },
        count: |github, name| checks(github, name, |one| one["conclusion"] == "failure"),
    },
    Case {
        action: "github.merge",
        write: ("PUT", "/repos/*/*/pulls/*/merge"),
        prepare: |github, name| json!({ "number": github.open_pull("ada", name, &[(name, "text")]) }),
        count: |github, name| pulls(github, name, |one| one["merged_at"].is_string()),
    },
    Case {
        action: "github.merge",
        write: ("DELETE", "/repos/*/*/git/refs/heads/*"),
        prepare: |github, name| {
            let number = github.open_pull("ada", name, &[(name, "text")]);
            json!({ "number": number, "delete_branch": true })
        },
        count: |github, name| {
            usize::from(listed(github, "/branches?per_page=100", |one| one["name"] == name) == 0)
        },
    },
    Case {
        action: "github.rerun",
        write: ("POST", "/repos/*/*/actions/runs/*/rerun-failed-jobs"),
        prepare: |github, name| {
            let head = github.head("main");
            json!({ "run": github.tables(|tables| {
                tables.add_workflow("acme/app", name);
                let run = tables.add_run("acme/app", name, "main", &head);
                run.complete("failure");
                run.id
            }) })
        },
        count: |github, name| {
            github.tables(|tables| {
                tables.runs.iter().filter(|run| run.workflow == name && run.attempt == 2).count()
            })
        },
    },
    Case {
        action: "github.dispatch",
        write: ("POST", "/repos/*/*/actions/workflows/*/dispatches"),
        prepare: |github, name| {
            github.tables(|tables| tables.add_titled_workflow("acme/app", "keyed.yml", "orch_key"));
            json!({ "workflow": "keyed.yml", "ref": "main", "inputs": { "name": name }, "key": true })
        },
        count: |github, name| runs(github, "keyed.yml", name),
    },
    // As `runs_on: github-actions` sends many steps to runners: one request, on the default branch.
    Case {
        action: "github.dispatch",
        write: ("POST", "/repos/*/*/actions/workflows/*/dispatches"),
        prepare: |github, name| {
            github.tables(|tables| tables.add_titled_workflow("acme/app", "orch-work.yml", "orch_key"));
            let runs: Vec<String> = (0..256).map(|item| format!("deploy#7/build-{name}[{item}]")).collect();
            json!({ "workflow": "orch-work.yml", "inputs": { "runs": json!(runs).to_string() }, "key": true })
        },
        count: |github, name| {
            github.tables(|tables| {
                let is_it = |one: &&Value| {
                    let runs = one["inputs"]["runs"].as_str().unwrap_or_default();
                    one["ref"] == "main" && runs.contains(&format!("build-{name}[255]"))
                };
                tables.dispatches.iter().filter(is_it).count()
            })
        },
    },
    Case {
        action: "github.pull_request",
        write: ("POST", "/repos/*/*/pulls"),
        prepare: |github, name| opened(github, name, "A report"),
        count: |github, name| pulls(github, name, |_| true),
    },
    Case {
        action: "github.pull_request",
        write: ("PATCH", "/repos/*/*/pulls/*"),
        prepare: |github, name| {
            done(github, "github.pull_request", &opened(github, name, "A report"), "before");
            opened(github, name, "Another report")
        },
        count: |github, name| pulls(github, name, |one| one["title"] == "Another report"),
    },
    Case {
        action: "github.pull_request",
        write: ("POST", "/repos/*/*/issues/*/labels"),
        prepare: |github, name| opened(github, name, "A report"),
        count: |github, name| {
            pulls(github, name, |one| one["labels"].as_array().is_some_and(|all| all.len() == 1))
        },
    },
];

#[test]
fn whatever_goes_wrong_it_is_there_once() {
    let Some(github) = GitHub::start() else { return };
    for (place, case) in CASES.iter().enumerate() {
        for (number, fault) in FAULTS.into_iter().enumerate() {
            let name = format!("c{place}-f{number}");
            let told = format!("{} {:?} {fault:?}", case.action, case.write);
            let args = (case.prepare)(&github, &name);
            github.forget();
            github.fault(When::new(case.write.0, case.write.1), fault);
            let is_silent = matches!(fault, Fault::SilentBefore | Fault::SilentAfter);
            let patience = if is_silent { Patience::Short } else { Patience::Long };
            let first = tick(&github, patience, case.action, &args, &name);
            assert_eq!(first.is_ok(), fault.is_done(), "{told}: {first:?}");
            github.heal();
            done(&github, case.action, &args, &name);
            // A third time there is nothing to do.
            let sent = github.done(case.write.0, case.write.1);
            done(&github, case.action, &args, &name);
            assert_eq!((sent, github.done(case.write.0, case.write.1)), (1, 1), "{told}");
            assert_eq!((case.count)(&github, &name), 1, "{told}");
            github.assert_valid();
        }
    }
}

/// GitHub keeps nothing of these: what is not answered is not known, and never sent again by itself.
#[test]
fn starts_without_a_key_are_unknown_when_their_answer_is_lost() {
    let Some(github) = GitHub::start() else { return };
    github.tables(|tables| tables.add_workflow("acme/app", "plain.yml"));
    let kinds = [
        ("/repos/*/*/actions/workflows/*/dispatches", json!({ "workflow": "plain.yml", "ref": "main" })),
        ("/repos/*/*/dispatches", json!({ "event_type": "deploy", "client_payload": { "to": "staging" } })),
    ];
    for (path, args) in kinds {
        for fault in FAULTS {
            github.forget();
            let before = github.tables(|tables| tables.dispatches.len());
            github.fault(When::new("POST", path), fault);
            let is_silent = matches!(fault, Fault::SilentBefore | Fault::SilentAfter);
            let patience = if is_silent { Patience::Short } else { Patience::Long };
            let answered = tick(&github, patience, "github.dispatch", &args, "key");
            let surely_not = matches!(
                fault,
                Fault::SecondaryLimit(_) | Fault::PrimaryLimit(_) | Fault::TooMany(_) | Fault::Unauthorized
            );
            // An answer without a body cannot break off.
            match answered {
                Ok(_) => assert!(fault == Fault::Truncated, "{fault:?}"),
                Err(failure) => {
                    assert_eq!(failure.is_unknown, !surely_not, "{fault:?}: {failure}");
                    assert_eq!(failure.message.contains("`on_lost` decides"), !surely_not, "{failure}");
                }
            }
            let after = github.tables(|tables| tables.dispatches.len());
            assert_eq!(after - before, usize::from(fault.is_done()), "{fault:?}");
            assert_eq!(github.sent("POST", path), 1, "{fault:?}");
            github.heal();
            github.assert_valid();
        }
    }
}

#[test]
fn a_merge_says_what_does_not_hold() {
    let Some(github) = GitHub::start() else { return };
    let number = github.open_pull("ada", "fix", &[("a.txt", "a\n")]);
    let args = json!({ "number": number, "method": "squash", "approvals": 1, "checks": "all", "up_to_date": true,
        "title": "Fix a", "delete_branch": true });
    let why = |args: &Value| {
        let told = done(&github, "github.merge", args, "key");
        assert_eq!(told["merged"] == true, told["why"] == json!([]), "{told:?}");
        told["why"].as_array().unwrap().iter().map(|why| why.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(why(&args), ["it has 0 of 1 approvals", "no check of its last commit has begun"]);
    let review = |login: &str, event: &str| {
        let body = json!({ "event": event, "body": "so I say" });
        github.at(login, "POST", &format!("/pulls/{number}/reviews"), body);
    };
    review("ben", "REQUEST_CHANGES");
    let sha = github.head("fix");
    let check = |name: &str, conclusion: &str| {
        let body = json!({ "name": name, "head_sha": sha, "status": "completed", "conclusion": conclusion });
        github.at(BOT, "POST", "/check-runs", body);
    };
    check("build", "failure");
    github.at(BOT, "POST", &format!("/statuses/{sha}"), json!({ "state": "pending", "context": "deploy" }));
    github.write("ben", "main", "other.txt", "meanwhile");
    assert_eq!(
        why(&args),
        [
            "`ben` asks for changes",
            "it has 0 of 1 approvals",
            "check `build` ended with `failure`",
            "check `deploy` has not ended",
            "it lacks 1 commits of `main`",
        ]
    );
    // What is named is looked for, and the rest is not.
    let named = json!({ "number": number, "checks": ["lint", "deploy"] });
    assert_eq!(why(&named), ["check `lint` has not begun", "check `deploy` has not ended"]);
    let strict = json!({ "number": number, "checks": ["lint"], "required": true });
    let failure = tick(&github, Patience::Long, "github.merge", &strict, "key").unwrap_err();
    assert_eq!(failure.message, format!("pull request {number} is not merged: check `lint` has not begun"));
    assert!(!failure.is_final && !failure.is_unknown && failure.outputs["merged"] == false);
    assert_eq!(github.sent("PUT", "/**"), 0);

    review("ben", "APPROVE");
    check("build", "success");
    let now = json!({ "number": number, "approvals": 1, "checks": ["build"], "delete_branch": true });
    let told = done(&github, "github.merge", &now, "key");
    assert_eq!((&told["merged"], &told["changed"]), (&json!(true), &json!(true)), "{told:?}");
    assert_eq!(told["sha"], json!(github.head("main")));
    assert_eq!(listed(&github, "/branches", |one| one["name"] == "fix"), 0);
    // A draft stays, whatever else holds.
    github.write("ada", "idea", "b.txt", "b\n");
    let draft = json!({ "title": "idea", "head": "idea", "base": "main", "draft": true });
    let number = github.at("ada", "POST", "/pulls", draft)["number"].clone();
    assert_eq!(why(&json!({ "number": number })), ["it is a draft"]);
    github.assert_valid();
}

#[test]
fn a_check_has_all_its_remarks_once() {
    let Some(github) = GitHub::start() else { return };
    let remarks: Vec<Value> = (1..=120)
        .map(|line| json!({ "path": "a.txt", "line": line, "message": format!("line {line}") }))
        .collect();
    let args = json!({ "sha": github.head("main"), "name": "lint", "conclusion": "failure", "annotations": remarks });
    // The tick ends after the first hundred.
    github.fault(When::new("PATCH", "/repos/*/*/check-runs/*").nth(2), Fault::BadGateway);
    assert!(tick(&github, Patience::Long, "github.check", &args, "key").unwrap_err().is_unknown);
    github.heal();
    let count = |run: &Value| run["output"]["annotations_count"].as_u64().unwrap();
    assert_eq!(checks(&github, "lint", |run| count(run) == 100), 1);
    let first = done(&github, "github.check", &args, "key");
    assert_eq!(checks(&github, "lint", |run| count(run) == 120), 1);
    let mut lines = BTreeSet::new();
    for one in github.recorded() {
        if one.is_done
            && let super::double::Sent::Json(body) = &one.body
        {
            for remark in body["output"]["annotations"].as_array().into_iter().flatten() {
                assert!(lines.insert(remark["start_line"].as_u64()), "{remark} twice");
            }
        }
    }
    assert_eq!(lines.len(), 120);
    // In place, as long as the remarks are the same; with others it is another one.
    let mut changed = args.clone();
    changed["title"] = json!("120 of them");
    assert_eq!(done(&github, "github.check", &changed, "another run")["id"], first["id"]);
    changed["annotations"] = json!([]);
    assert_ne!(done(&github, "github.check", &changed, "another run")["id"], first["id"]);
    github.assert_valid();
}

#[test]
fn one_that_others_opened_keeps_its_words() {
    let Some(github) = GitHub::start() else { return };
    let number = github.open_pull("ada", "report", &[("a.txt", "a\n")]);
    let args =
        json!({ "head": "report", "base": "main", "title": "Mine", "text": "mine", "labels": ["report"] });
    let told = done(&github, "github.pull_request", &args, "key");
    assert_eq!(
        (&told["number"], &told["created"], &told["updated"]),
        (&json!(number), &json!(false), &json!(true))
    );
    let there = github.look(&format!("/pulls/{number}"));
    assert_eq!((&there["title"], &there["labels"][0]["name"]), (&json!("pull report"), &json!("report")));
    for (head, message) in [("nowhere", "push it first"), ("same", "commit something to `same` first")] {
        if head == "same" {
            let at = json!({ "ref": "refs/heads/same", "sha": github.head("main") });
            github.at("ada", "POST", "/git/refs", at);
        }
        let args = json!({ "head": head, "base": "main", "title": "x" });
        let failure = tick(&github, Patience::Long, "github.pull_request", &args, "key").unwrap_err();
        assert!(failure.is_final && failure.message.contains(message), "{failure}");
    }
    github.assert_valid();
}

#[test]
fn a_run_is_started_again_once() {
    let Some(github) = GitHub::start() else { return };
    let head = github.head("main");
    let id = github.tables(|tables| {
        tables.add_workflow("acme/app", "ci.yml");
        tables.add_run("acme/app", "ci.yml", "main", &head).id
    });
    let args = json!({ "run": id.to_string() });
    let why = |wanted: Value, attempt: u64| {
        let told = done(&github, "github.rerun", &args, "key");
        assert_eq!((&told["why"], &told["attempt"]), (&wanted, &json!(attempt)));
        assert_eq!(told["rerun"] == true, wanted.is_null());
    };
    why(json!("attempt 1 has not ended"), 1);
    github.tables(|tables| tables.run(id).complete("success"));
    why(json!("attempt 1 ended with `success`"), 1);
    github.tables(|tables| tables.run(id).complete("failure"));
    why(Value::Null, 2);
    why(json!("attempt 2 has not ended"), 2);
    github.tables(|tables| tables.run(id).complete("failure"));
    why(json!("attempt 2 failed too, and `attempts` is 1"), 2);
    assert_eq!(github.sent("POST", "/**"), 1);
    github.assert_valid();
}

const ANSWER: &str = "name: Answer
on: { github: { pull_request: opened } }
steps:
  - id: status
    retry: { attempts: 3, delay: 1s }
    github.status:
      { sha: '{{ event.payload.pull_request.head.sha }}', state: pending, context: orch/review, description: 'by {{ event.payload.pull_request.user.login }}' }
  - id: check
    needs: status
    retry: { attempts: 3, delay: 1s }
    github.check:
      sha: '{{ event.payload.pull_request.head.sha }}'
      name: size
      conclusion: neutral
      summary: 'Asked for by {{ event.payload.pull_request.title }}'
  - id: merge
    needs: check
    retry: { attempts: 3, delay: 1s }
    github.merge: { number: '{{ event.payload.pull_request.number }}', checks: [size], title: 'Merge {{ run.id }}' }
";

/// Ticks of the real program: two answers get lost, and each thing is there once.
#[test]
fn ticks_do_what_a_workflow_says_once() {
    let Some(github) = GitHub::start() else { return };
    let files = [("orch.yaml", "name: answer\n"), ("workflows/answer.yaml", ANSWER)];
    let world = tasks::World::new(&github, &files);
    let tick = || world.succeeds(&["tick"]);
    tick();
    github.write("ada", "fix", "a.txt", "a\n");
    let body = json!({ "title": "Thanks to @ben <!-- x -->", "head": "fix", "base": "main" });
    let number = github.at("ada", "POST", "/pulls", body)["number"].clone();
    let sha = github.head("fix");
    github.fault(When::new("POST", "/repos/*/*/statuses/*"), Fault::ErrorAfter);
    github.fault(When::new("POST", "/repos/*/*/check-runs"), Fault::BadGateway);
    github.fault(When::new("PUT", "/repos/*/*/pulls/*/merge"), Fault::ResetAfter);
    let is_merged = || github.look(&format!("/pulls/{number}"))["merged"] == true;
    let mut told = Vec::new();
    for _ in 0..10 {
        told.push(tick());
        if is_merged() {
            break;
        }
        std::thread::sleep(Duration::from_millis(700));
    }
    assert!(is_merged(), "{}", told.join("\n----\n"));
    for (method, path) in [
        ("POST", "/repos/*/*/statuses/*"),
        ("POST", "/repos/*/*/check-runs"),
        ("PUT", "/repos/*/*/pulls/*/merge"),
    ] {
        assert_eq!(github.done(method, path), 1, "{method} {path}");
    }
    let check = github.look(&format!("/commits/{sha}/check-runs"))["check_runs"][0].clone();
    let summary = check["output"]["summary"].as_str().unwrap();
    assert!(!summary.contains("@ben") && !summary.contains("<!--"), "{summary}");
    let before =
        github.recorded().iter().filter(|one| one.method != "GET" && one.place() != "/graphql").count();
    tick();
    let after =
        github.recorded().iter().filter(|one| one.method != "GET" && one.place() != "/graphql").count();
    assert_eq!(before, after, "another tick has nothing to do");
    github.assert_valid();
}
