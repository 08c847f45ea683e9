//! The whole way of a piece of work, by the real program against the double: an issue becomes a task, its agent is woken,
//! opens a pull request, people review it, it is merged, and the task is complete. `git log orch/state` tells it; with
//! `--nocapture` the whole of it is shown.
#![expect(clippy::print_stdout, reason = "the recording is shown to those who ask for it")]

use serde_json::json;

use super::double::GitHub;
use super::tasks::World;

const ORCH: &str = "name: hello
github:
  tasks: { label: task, type: feature, prefix: DEV }
";
const AGENTS: &str = "agents:
  - name: writer
    title: Agent 01
    github: ada
    branches: writer/**
    activate:
      with:
        - github.dispatch:
            workflow: writer.yml
            ref: main
            key: true
            inputs: { task: '{{ event.task.code }}', brief: '{{ vars.brief }}' }
  - { name: ben, kind: human, github: ben }
";
const REVIEW: &str = "name: Ask for a review
on: { github: { pull_request: opened } }
steps:
  - id: ask
    github.review: { number: '{{ event.payload.pull_request.number }}', from: [ben, cleo] }
";
const MERGE: &str = "name: Merge what is approved
on: { github: { pull_request_review: submitted }, if: event.payload.review.state == 'approved' }
steps:
  - id: merge
    github.merge: { number: '{{ event.payload.pull_request.number }}', approvals: 1 }
";

#[test]
fn from_the_issue_to_the_merge() {
    let Some(github) = GitHub::start() else { return };
    github.tables(|tables| tables.add_titled_workflow("acme/app", "writer.yml", "orch_key"));
    let files = [
        ("orch.yaml", ORCH),
        ("agents.yaml", AGENTS),
        ("routing.yaml", "fallback: writer\n"),
        ("workflows/ask-for-a-review.yaml", REVIEW),
        ("workflows/merge-what-is-approved.yaml", MERGE),
    ];
    let world = World::new(&github, &files);
    world.tick();

    let issue = world.issue("Say hello", "To everybody.");
    let code = format!("DEV-{issue:03}");
    world.tick();
    let sent = github.tables(|tables| tables.dispatches.clone());
    assert_eq!((sent.len(), &sent[0]["inputs"]["task"]), (1, &json!(code)), "the agent is woken once");
    let brief = sent[0]["inputs"]["brief"].as_str().unwrap();
    assert!(
        brief.starts_with(&format!("# {code}: Say hello\n")) && brief.contains("To everybody."),
        "{brief}"
    );

    // The agent at work.
    let branch = format!("writer/{code}-hello");
    let pull = github.open_pull("ada", &branch, &[("docs/hello.md", "Hello.\n")]);
    world.tick();
    assert_eq!(world.status(&code), "in_progress");
    assert!(world.comment(issue).contains("is **in progress** with Agent 01"), "{}", world.comment(issue));
    let asked = github.look(&format!("/pulls/{pull}"));
    let reviewer = asked["requested_reviewers"][0]["login"].as_str().unwrap().to_owned();

    github.at(&reviewer, "POST", &format!("/pulls/{pull}/reviews"), json!({ "event": "APPROVE" }));
    world.tick();
    assert_eq!(github.look(&format!("/pulls/{pull}"))["merged"], json!(true));
    world.tick();
    assert_eq!(world.status(&code), "complete");
    let closed = github.look(&format!("/issues/{issue}"));
    assert_eq!((&closed["state"], &closed["state_reason"]), (&json!("closed"), &json!("completed")));
    assert!(world.comment(issue).contains("Result: acme/app"), "{}", world.comment(issue));

    // After that there is nothing to do.
    world.tick();
    let tip = world.sandbox.git(&["rev-parse", "orch/state"]);
    world.tick();
    assert_eq!(world.sandbox.git(&["rev-parse", "orch/state"]), tip);
    for command in ["verify", "fsck"] {
        world.orch(&[command]);
    }
    github.assert_valid();
    let log = world.sandbox.git(&["log", "--reverse", "--format=%b", "orch/state"]);
    println!("{log}");
    let log = log.replace(&code, "DEV-N").replace(&format!("issue {issue}"), "issue N");
    let log =
        log.replace(&format!("pull request {pull}"), "pull request M").replace(&format!("#{pull}"), "#M");
    let told = log.lines().filter(|line| {
        ["DEV-N", "issue N", "pull request M"]
            .iter()
            .any(|name| line.trim_start_matches(['~', '+', '>', '=', ' ']).starts_with(name))
    });
    let told: Vec<&str> = told.collect();
    assert_eq!(
        told,
        [
            "~ issue N opened: Say hello by eve",
            "+ DEV-N created: Say hello (feature, P2) (orch.yaml:3)",
            "> DEV-N assigned to writer — no route matches (routing.yaml:1)",
            "> DEV-N writer activated for it, because it had work — it is to be begun (agents.yaml:7)",
            "~ pull request M opened: pull writer/DEV-N-hello by ada",
            "~ DEV-N started by writer — pull request M is its work",
            "~ issue N is known: Say hello by eve",
            "~ pull request M review requested and reviewed: pull writer/DEV-N-hello by ada",
            "~ pull request M review requested and merged: pull writer/DEV-N-hello by ada",
            "~ DEV-N delivered by writer: acme/app#M — pull request M is merged",
            "= DEV-N complete — needs no review",
            "~ issue N closed: Say hello by eve",
        ]
    );
}
