//! Issues on GitHub and the tasks that they become, in step.

use serde_json::{Value, json};

use super::{World, at, exit, only, script};
use crate::model::{
    Account, Ask, Build, Code, FlowFact, GithubEvent, GithubItem, GithubKind, Issue, Pull, PullState,
    Request, Task, Verdict,
};
use crate::plan::Refusal;
use crate::plan::testing::judge;

const ORCH: &str = "
name: demo
github:
  repository: o/r
  tasks:
    - { label: bug, type: bug, prefix: BUG, priority: P1 }
    - { label: Task, type: feature, prefix: DEV }
  results: [pull-request, run]
";
const AGENTS: &str = "
agents:
  - { name: writer, title: Agent 01, github: octo-writer }
  - { name: editor }
";
const ROUTING: &str = "fallback: writer\n";
/// Features are reviewed, bugs are not.
const REVIEWS: &str = "
types: [{ name: edit, reviewers: editor }]
tiers: [{ tier: 1, stages: [edit] }]
required: [{ match: { type: feature }, default_tier: 1 }]
";

fn world() -> World {
    let files =
        [("orch.yaml", ORCH), ("agents.yaml", AGENTS), ("routing.yaml", ROUTING), ("reviews.yaml", REVIEWS)];
    let mut world = World::new(&files);
    for kind in GithubKind::ALL {
        let item = GithubItem::Watched { repository: "o/r".into(), kind, at: at("08:00"), highest: 0 };
        world.see_item(item);
    }
    world
}

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn issue(number: u64, minute: &str, labels: &[&str]) -> Issue {
    Issue {
        number,
        title: format!("Say hello {number}"),
        author: None,
        closed: false,
        reason: None,
        created_at: at("08:00"),
        updated_at: at(minute),
        labels: labels.iter().map(|label| (*label).into()).collect(),
        milestone: None,
        assignees: Vec::new(),
        body: Some("With `tea`.".to_owned()),
        digest: Some("tea".into()),
    }
}

fn closed(number: u64, minute: &str, reason: &str) -> Issue {
    Issue { closed: true, reason: Some(reason.into()), ..issue(number, minute, &["task"]) }
}

fn pull(number: u64, minute: &str, state: PullState, author: &str) -> Pull {
    let mut pull: Pull = serde_json::from_value(json!({
        "number": number, "title": "x", "state": "open", "head": "x", "sha": "aaaa", "base": "main",
        "created_at": at("08:00"), "updated_at": at(minute),
    }))
    .unwrap();
    (pull.state, pull.author) = (state, Some(Account { id: 1, login: author.into() }));
    pull
}

impl World {
    fn see_item(&mut self, item: GithubItem) -> Vec<String> {
        self.plan(&[], &[FlowFact::GithubSeen { item, events: Vec::new(), delivered: false }], false)
    }

    fn see_issue(&mut self, issue: Issue) -> Vec<String> {
        let events = self.see_item(GithubItem::Issue(Box::new(issue)));
        self.check();
        only(&events, &["task", "review", "alert"])
    }

    fn see_pull(&mut self, pull: Pull) -> Vec<String> {
        let events = self.see_item(GithubItem::Pull(Box::new(pull)));
        self.check();
        only(&events, &["task", "review", "alert"])
    }

    fn task(&self, text: &str) -> &Task {
        self.state().task(&code(text)).unwrap()
    }

    /// What is shown on issues now: number, state, and the text.
    fn shown(&mut self) -> Vec<String> {
        let mut shown = Vec::new();
        while !self.effects.is_empty() {
            for effect in self.begin() {
                let call: Value = serde_json::from_str(&script(&effect)).unwrap();
                let args = &call["github.comment"];
                let text = args["text"].as_str().unwrap().trim().replace('\n', "/");
                let line = format!("{} {} {}: {text}", args["number"], args["state"], args["reason"]);
                shown.push(line.replace('"', ""));
                self.report(&effect, exit(0));
            }
            self.again();
        }
        shown
    }
}

#[test]
fn a_label_makes_a_task_of_an_issue_once() {
    let mut world = world();
    assert!(world.see_issue(issue(11, "08:01", &["question"])).is_empty());
    let labels = ["task", "p0", "tier-1", "tier-9", "good first issue", "a,b"];
    assert_eq!(world.see_issue(issue(12, "08:01", &labels)), ["task.created", "task.assigned"]);
    let spec = &world.task("DEV-012").spec;
    assert_eq!((spec.title.as_str(), spec.kind.as_str(), spec.issue), ("Say hello 12", "feature", Some(12)));
    assert_eq!(spec.description.as_deref(), Some("With `tea`."));
    assert_eq!(
        (spec.priority.as_str(), spec.tier, spec.labels.join(" ")),
        ("P0", Some(1), "tier-9 good-first-issue".into())
    );
    // The first entry that fits says what of.
    assert_eq!(world.see_issue(issue(13, "08:01", &["task", "bug"])), ["task.created", "task.assigned"]);
    assert_eq!(world.task("BUG-013").spec.labels.join(" "), "task");
    // What people change there changes here; a label that is gone leaves the task alone.
    let edited =
        Issue { title: "Say it loud".to_owned(), body: None, digest: None, ..issue(12, "08:02", &["task"]) };
    assert_eq!(world.see_issue(edited), ["task.edited"]);
    let spec = &world.task("DEV-012").spec;
    assert_eq!(
        (spec.title.as_str(), spec.description.as_deref(), spec.priority.as_str()),
        ("Say it loud", None, "P2")
    );
    assert!(world.see_issue(issue(12, "08:03", &[])).is_empty());
}

#[test]
fn what_an_issue_declares_is_changed_there_and_its_codes_are_its_own() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["task"]));
    let edit = |edit: crate::model::TaskEdit| Request::new("boss", Ask::Edit { task: code("DEV-012"), edit });
    let title = crate::model::TaskEdit { title: Some("x".into()), ..Default::default() };
    let refusal = world.try_plan(&[edit(title)], &[], false).unwrap_err();
    let crate::plan::PlanError::Refused { refusal, .. } = refusal else { panic!() };
    assert_eq!(refusal.to_string(), "title of task `DEV-012` is declared in `#12`");
    assert_eq!(refusal.hint().unwrap(), "change it in issue #12; the next tick follows");
    let deadline = crate::model::TaskEdit { deadline: Some(Some(at("09:00"))), ..Default::default() };
    world.plan(&[edit(deadline)], &[], false);
    assert_eq!(world.see_issue(issue(12, "08:03", &["task", "x"])), ["task.edited"]);
    assert_eq!(world.task("DEV-012").spec.deadline, Some(at("09:00")), "no issue says anything of that");
    let spec = world.task("DEV-012").spec.clone();
    let add = Request::new("boss", Ask::Add { code: None, prefix: Some("BUG".into()), spec });
    let crate::plan::PlanError::Refused { refusal, .. } = world.try_plan(&[add], &[], false).unwrap_err()
    else {
        panic!()
    };
    assert!(matches!(*refusal, Refusal::CodeOfIssue { .. }));
}

#[test]
fn what_became_of_a_task_is_shown_on_its_issue_once() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["task"]));
    assert_eq!(world.shown(), ["12 same completed: **DEV-012** is **pending** with Agent 01."]);
    assert!(world.shown().is_empty());
    world.again();
    assert_eq!(world.count("github.tasks_changed"), 1, "that it is shown is nothing to show");
    world.plan(&[Request::new("writer", Ask::Start { task: code("DEV-012") })], &[], false);
    world.plan(
        &[Request::new("writer", Ask::Complete { task: code("DEV-012"), output: Some("a <b> c".into()) })],
        &[],
        false,
    );
    // What happened while the first was on its way is shown by one that follows.
    assert_eq!(
        world.shown(),
        [
            "12 same completed: **DEV-012** is **in progress** with Agent 01 since 2026-11-20 08:00 UTC.",
            "12 same completed: **DEV-012** is **in review** with Agent 01 since 2026-11-20 08:00 UTC.//\
             Result: a &lt;b&gt; c//| review | by | |/|---|---|---|/| edit | editor | pending |",
        ]
    );
    world.plan(&[Request::new("editor", judge("DEV-012", "edit", Verdict::Approved))], &[], false);
    let shown = world.shown();
    assert!(shown[0].starts_with("12 closed completed: **DEV-012** is **complete** since"), "{shown:?}");
    assert!(world.state().meta.github.links.is_empty(), "that was the last of it");
    // Nor is what `orch` did itself anything new.
    assert!(world.see_issue(closed(12, "08:09", "completed")).is_empty());
    assert!(world.shown().is_empty());
    // Whoever opens it again opens no task: that one is over.
    assert!(world.see_issue(issue(12, "08:10", &["task"])).is_empty());
}

#[test]
fn what_could_not_be_shown_is_shown_later() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["task"]));
    world.plan(&[Request::new("boss", Ask::Cancel { task: code("DEV-012"), reason: None })], &[], false);
    let mut outcome = exit(1);
    outcome.is_final = true;
    world.play(&|_| outcome.clone());
    assert_eq!(world.state().meta.github.links.len(), 1);
    world.tick("08:30");
    assert!(world.effects.is_empty(), "not at once");
    world.check();
    world.tick("09:00");
    let shown = world.shown();
    assert!(shown[0].starts_with("12 closed not_planned: **DEV-012** is **cancelled**"), "{shown:?}");
    assert!(world.state().meta.github.links.is_empty());
}

#[test]
fn whoever_closes_the_issue_ends_the_task() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["task"]));
    world.see_issue(issue(13, "08:01", &["bug"]));
    world.see_issue(issue(14, "08:01", &["task"]));
    world.shown();
    // As completed, it is delivered, and reviewed if tasks of its type are.
    assert_eq!(world.see_issue(closed(12, "08:02", "completed")), ["task.delivered", "review.requested"]);
    assert_eq!(world.see_issue(closed(13, "08:02", "completed")), ["task.delivered", "task.completed"]);
    assert_eq!(world.see_issue(closed(14, "08:02", "not_planned")), ["task.cancelled"]);
    let shown = world.shown();
    let states: Vec<&str> = shown.iter().map(|line| &line[..8]).collect();
    assert_eq!(states, ["12 same ", "13 same ", "14 same "], "they are closed already");
    // The review sends it back: there is something to do again.
    world.plan(&[Request::new("editor", judge("DEV-012", "edit", Verdict::Rejected))], &[], false);
    let shown = world.shown();
    assert!(
        shown[0].starts_with("12 open completed: **DEV-012** is **pending** with Agent 01."),
        "{shown:?}"
    );
    assert!(world.see_issue(issue(12, "08:04", &["task"])).is_empty());
    let task = crate::model::TaskEdit { deadline: Some(Some(at("09:00"))), ..Default::default() };
    world.plan(&[Request::new("boss", Ask::Edit { task: code("DEV-012"), edit: task })], &[], false);
    assert!(world.shown()[0].starts_with("12 same"), "it is open now");
    // Nobody has it: then it is complete.
    world.config.agents.clear();
    world.config.routing.fallback = None;
    world.config_id.push('2');
    world.again();
    assert_eq!(world.see_issue(closed(12, "08:05", "completed")), ["task.completed"]);
}

#[test]
fn a_pull_request_of_the_agent_starts_the_task_and_merged_it_delivers() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["bug"]));
    world.see_issue(issue(13, "08:01", &["task"]));
    let names =
        |pull: Pull| Pull { tasks: vec![code("BUG-12"), code("BUG-99")], closes: vec![13, 14], ..pull };
    assert!(world.see_pull(names(pull(20, "08:02", PullState::Open, "stranger"))).is_empty());
    assert_eq!(
        world.see_pull(names(pull(21, "08:02", PullState::Open, "Octo-Writer"))),
        ["task.started", "task.started"]
    );
    assert!(world.see_pull(names(pull(20, "08:03", PullState::Closed, "stranger"))).is_empty());
    assert_eq!(
        world.see_pull(names(pull(21, "08:03", PullState::Merged, "octo-writer"))),
        ["task.delivered", "task.delivered", "task.completed", "review.requested"]
    );
    assert_eq!(world.task("BUG-012").output.as_deref(), Some("o/r#21"));
    // GitHub closes the issue with the pull request; that is not a second delivery.
    assert!(world.see_issue(closed(13, "08:04", "completed")).is_empty());
}

#[test]
fn a_run_that_was_started_for_a_task_delivers_it() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["bug"]));
    world.see_issue(issue(13, "08:01", &["task"]));
    let build = |id: u64, task: &str, minute: &str, conclusion: Option<&str>| -> Build {
        serde_json::from_value(json!({
            "id": id, "name": "Writer", "branch": "main", "sha": "aaaa", "event": "workflow_dispatch", "attempt": 1,
            "started_at": at("08:01"), "updated_at": at(minute), "tasks": [task], "conclusion": conclusion,
        }))
        .unwrap()
    };
    let mut see = |build: Build, ends: bool| {
        let end = GithubEvent {
            event: "workflow_run".into(),
            action: Some("completed".into()),
            payload: Value::Null,
        };
        let events = if ends { vec![end] } else { Vec::new() };
        let fact =
            FlowFact::GithubSeen { item: GithubItem::Build(Box::new(build)), events, delivered: false };
        only(&world.plan(&[], &[fact], false), &["task", "alert", "review"])
    };
    assert!(see(build(7, "BUG-012", "08:02", None), false).is_empty());
    assert_eq!(see(build(7, "BUG-012", "08:03", Some("failure")), true), ["alert.fired"]);
    assert!(
        see(build(8, "BUG-012", "08:03", Some("timed_out")), true).is_empty(),
        "people have to look already"
    );
    let done = ["alert.resolved", "task.delivered", "task.completed"];
    assert_eq!(see(build(9, "BUG-012", "08:03", Some("success")), true), done);
    // A review sends the work back: that the run had succeeded is no second delivery.
    assert_eq!(
        see(build(10, "DEV-013", "08:03", Some("success")), true),
        ["task.delivered", "review.requested"]
    );
    world.plan(&[Request::new("editor", judge("DEV-013", "edit", Verdict::Rejected))], &[], false);
    let item = GithubItem::Build(Box::new(build(10, "DEV-013", "08:05", Some("success"))));
    assert!(only(&world.see_item(item), &["task"]).is_empty());
}

#[test]
fn a_label_that_is_declared_later_makes_tasks_of_what_is_known() {
    let mut world = world();
    world.see_issue(issue(12, "08:01", &["later"]));
    world.config.project.github_tasks[0].label = "later".into();
    world.config_id.push('2');
    assert_eq!(only(&world.again(), &["task"]), ["task.created", "task.assigned"]);
    world.check();
}
