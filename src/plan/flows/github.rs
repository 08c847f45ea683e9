//! What happens on GitHub starts workflows, by the event, its action and what it holds.

use serde_json::json;

use super::{World, at};
use crate::model::{
    Account, Build, Check, Deployment, DeploymentStatus, FlowFact, GithubEvent, GithubItem, GithubKind, Pull,
    PullReview, PullState,
};

const REVIEW: &str = "
name: X
on: { github: { pull_request: [opened, reopened] } }
steps:
  - { id: a, run: 'review {{ event.payload.pull_request.number }} {{ event.payload.pull_request.title }}' }
";

fn sent(id: &str, event: &str, action: Option<&str>, payload: serde_json::Value) -> FlowFact {
    let event = GithubEvent { event: event.into(), action: action.map(Into::into), payload };
    FlowFact::GithubSeen { item: GithubItem::Delivery(id.into()), events: vec![event], delivered: true }
}

fn opened(id: &str, number: u64, files: u64) -> FlowFact {
    let pull = json!({ "number": number, "title": "a; rm -rf /", "changed_files": files });
    sent(id, "pull_request", Some("opened"), json!({ "action": "opened", "pull_request": pull }))
}

impl World {
    /// The runs that an observation made.
    fn see(&mut self, facts: &[FlowFact]) -> usize {
        let before = self.state().meta.runs.len();
        self.plan(&[], facts, false);
        self.check();
        self.state().meta.runs.len() - before
    }
}

#[test]
fn an_event_starts_what_waits_for_it_once() {
    let mut world = World::of(REVIEW);
    assert_eq!(world.see(&[opened("1", 7, 3), opened("1", 7, 3)]), 1, "twice in one look");
    assert_eq!(world.see(&[opened("1", 7, 3)]), 0, "and again later");
    let run = world.state().run("x#1").unwrap();
    assert_eq!(run.started.by, "pull_request.opened");
    // What somebody wrote into a title is no code.
    assert_eq!(world.effects.iter().map(super::script).collect::<Vec<_>>(), ["review '7' 'a; rm -rf /'"]);
    let other = sent("2", "pull_request", Some("closed"), json!({}));
    let issue = sent("3", "issues", Some("opened"), json!({}));
    assert_eq!(world.see(&[other, issue]), 0);
}

#[test]
fn conditions_hold_over_what_github_sends() {
    let small =
        "on: { github: { pull_request: opened }, if: 'event.payload.pull_request.changed_files < 50' }";
    let mut world = World::of(&REVIEW.replace("on: { github: { pull_request: [opened, reopened] } }", small));
    assert_eq!(world.see(&[opened("1", 7, 50), opened("2", 8, 49)]), 1);
    // A payload without the field makes no run, and is no secret.
    assert_eq!(world.see(&[sent("3", "pull_request", Some("opened"), json!({}))]), 0);
    let failed = world.log.iter().any(|event| event.fact.kind() == "trigger.failed");
    assert!(failed);
}

#[test]
fn a_name_alone_waits_for_every_action() {
    let mut world =
        World::of("name: X\non: { github: [push, pull_request] }\nsteps:\n  - { id: a, run: a }\n");
    assert_eq!(world.see(&[sent("1", "push", None, json!({})), opened("2", 7, 3)]), 2);
    assert_eq!(world.see(&[sent("3", "release", Some("published"), json!({}))]), 0);
}

/// The thresholds and levels of the third mission document: a warning at once, an escalation after 5 minutes, a crisis
/// after 10.
const SLA: &str = "
objectives:
  - { name: build-time, for: build, within: 10m, warn_at: 100, escalate: [{ to: lead }, { after: 5m, to: manager }, { after: 10m, to: [lead, manager] }] }
  - { name: unit-tests, for: check, named: unit, within: 8m, warn_at: 50 }
  - { name: pr-review, for: pull-review, within: 5m, warn_at: 100 }
  - { name: deployments, for: deployment, named: production, within: 15m, escalate: [{ to: lead }, { after: 5m, to: manager }, { after: 10m, to: [lead, manager] }] }
";
const AGENTS: &str = "
agents:
  - { name: lead, kind: human }
  - { name: manager, kind: human }
";
/// Each level starts the workflow that is for it.
const LEVELS: &str = "
name: X
on: { event: github.escalated, if: event.level == 3 }
steps:
  - { id: a, run: 'page {{ event.objective }} {{ event.about.build.id }}' }
";

fn watched() -> World {
    let files = [("sla.yaml", SLA), ("agents.yaml", AGENTS), ("workflows/x.yaml", LEVELS)];
    let mut world = World::new(&files);
    for kind in GithubKind::ALL {
        let item = GithubItem::Watched { repository: "o/r".into(), kind, at: at("08:00"), highest: 0 };
        world.plan(&[], &[FlowFact::GithubSeen { item, events: Vec::new(), delivered: false }], false);
    }
    world
}

fn seen(item: GithubItem) -> FlowFact {
    FlowFact::GithubSeen { item, events: Vec::new(), delivered: false }
}

fn build(id: u64, minute: &str, conclusion: Option<&str>) -> FlowFact {
    seen(GithubItem::Build(Box::new(Build {
        id,
        name: "CI".to_owned(),
        branch: "main".into(),
        sha: "aaaa".into(),
        event: "push".into(),
        attempt: 1,
        conclusion: conclusion.map(Into::into),
        tasks: Vec::new(),
        running: true,
        started_at: at("08:00"),
        updated_at: at(minute),
    })))
}

#[test]
fn a_build_that_takes_too_long_escalates_level_by_level() {
    let mut world = watched();
    world.plan(&[], &[build(99, "08:01", None)], false);
    let mut told = Vec::new();
    for minute in ["08:09", "08:10", "08:11", "08:15", "08:16", "08:20", "08:25"] {
        assert!(
            world.due.is_none_or(|due| due > world.now || due == at(minute)),
            "{minute}: {:?}",
            world.due
        );
        let events = world.tick(minute);
        let of_github = events.iter().filter(|event| event.starts_with("github."));
        told.extend(of_github.map(|event| format!("{minute} {event}")));
        world.check();
    }
    let kinds: Vec<String> =
        told.iter().map(|told| told.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        kinds,
        [
            "08:10 github.exceeded",
            "08:10 github.escalated",
            "08:15 github.escalated",
            "08:20 github.escalated"
        ]
    );
    assert_eq!(world.effects.iter().map(super::script).collect::<Vec<_>>(), ["page 'build-time' '99'"]);
    // It ends: that is said once, and nothing is left of it.
    world.now = at("08:26");
    let events = world.plan(&[], &[build(99, "08:26", Some("success"))], false);
    assert!(events.iter().any(|event| event.starts_with("github.recovered")), "{events:?}");
    assert!(world.state().meta.github.marks.is_empty());
    world.check();
}

fn deployment(id: u64, environment: &str, states: &[(&str, &str)]) -> FlowFact {
    let said = |(minute, state): &(&str, &str)| DeploymentStatus { at: at(minute), state: (*state).into() };
    seen(GithubItem::Deployment(Box::new(Deployment {
        id,
        environment: environment.into(),
        task: "deploy".into(),
        branch: Some("main".into()),
        sha: "aaaa".into(),
        creator: None,
        created_at: at("08:00"),
        updated_at: states.last().map_or(at("08:00"), |(minute, _)| at(minute)),
        statuses: states.iter().map(said).collect(),
    })))
}

#[test]
fn a_deployment_that_takes_too_long_is_warned_of_and_escalates_until_it_ends() {
    let mut world = watched();
    let begun = [("08:01", "in_progress")];
    world.plan(&[], &[deployment(5, "production", &begun), deployment(6, "staging", &begun)], false);
    let mut told = Vec::new();
    for minute in ["08:11", "08:12", "08:14", "08:15", "08:20", "08:25", "08:40"] {
        let events = world.tick(minute);
        let of_github = events.iter().filter(|event| event.starts_with("github."));
        told.extend(of_github.map(|event| format!("{minute} {}", event.split(' ').next().unwrap())));
        world.check();
    }
    // Staging may take as long as it likes.
    assert_eq!(
        told,
        [
            "08:12 github.warned",
            "08:15 github.exceeded",
            "08:15 github.escalated",
            "08:20 github.escalated",
            "08:25 github.escalated"
        ]
    );
    world.now = at("08:41");
    let over = [begun[0], ("08:41", "failure")];
    let events = world.plan(&[], &[deployment(5, "production", &over)], false);
    assert!(events.iter().any(|event| event.starts_with("github.recovered")), "{events:?}");
    assert!(world.state().meta.github.marks.is_empty());
    world.check();
}

#[test]
fn a_pull_request_waits_for_somebody_else_and_a_check_for_its_end() {
    let mut world = watched();
    let author = Account { id: 7, login: "mika".into() };
    let mut pull = Pull {
        number: 12,
        title: "Fix".to_owned(),
        author: Some(author.clone()),
        state: PullState::Open,
        draft: true,
        head: "fix".into(),
        sha: "aaaa".into(),
        fork: false,
        base: "main".into(),
        created_at: at("08:00"),
        updated_at: at("08:00"),
        ready_at: None,
        labels: Vec::new(),
        milestone: None,
        assignees: Vec::new(),
        reviewers: Vec::new(),
        reviews: Vec::new(),
        checks: std::collections::BTreeMap::new(),
        files: Vec::new(),
        changed_files: 1,
        additions: 1,
        deletions: 1,
        tasks: Vec::new(),
        closes: Vec::new(),
    };
    let see = |world: &mut World, pull: &Pull, minute: &str| {
        world.now = at(minute);
        let events = world.plan(&[], &[seen(GithubItem::Pull(Box::new(pull.clone())))], false);
        let kinds = events.iter().filter_map(|event| event.strip_prefix("github."));
        kinds
            .map(|event| event.split(' ').next().unwrap().to_owned())
            .filter(|kind| kind != "seen")
            .collect::<Vec<_>>()
    };
    assert!(see(&mut world, &pull, "08:01").is_empty());
    assert!(world.tick("08:20").is_empty(), "nobody reviews a draft");
    // It is ready at 08:21, and its author looks at it.
    (pull.draft, pull.ready_at, pull.updated_at) = (false, Some(at("08:21")), at("08:21"));
    let review = |id: u64, by: &Account| PullReview {
        id,
        by: Some(by.clone()),
        state: "commented".into(),
        at: at("08:21"),
        sha: None,
    };
    pull.reviews.push(review(1, &author));
    let running = Check { conclusion: None, started_at: Some(at("08:21")), completed_at: None };
    pull.checks.insert("unit".into(), running.clone());
    pull.checks.insert("lint".into(), running.clone());
    assert!(see(&mut world, &pull, "08:21").is_empty());
    assert!(
        world.tick("08:25").iter().any(|event| event.starts_with("github.warned")),
        "half of eight minutes"
    );
    assert!(world.tick("08:26").iter().any(|event| event.starts_with("github.exceeded")));
    pull.reviews.push(review(2, &Account { id: 8, login: "ann".into() }));
    assert_eq!(see(&mut world, &pull, "08:27"), ["recovered"]);
    let over = Check { conclusion: Some("success".into()), ..running };
    pull.checks.insert("unit".into(), over);
    assert!(see(&mut world, &pull, "08:28").is_empty(), "it was only warned of");
    assert!(world.state().meta.github.marks.is_empty());
    assert!(world.tick("09:00").is_empty());
    world.check();
}
