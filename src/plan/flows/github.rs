//! What happens on GitHub starts workflows, by the event, its action and what it holds.

use serde_json::json;

use super::World;
use crate::model::{FlowFact, GithubEvent, GithubItem};

const REVIEW: &str = "
name: X
on: { github: { pull_request: [opened, reopened] } }
steps:
  - { id: a, run: 'review {{ event.payload.pull_request.number }} {{ event.payload.pull_request.title }}' }
";

fn sent(id: &str, event: &str, action: Option<&str>, payload: serde_json::Value) -> FlowFact {
    let event = GithubEvent { event: event.into(), action: action.map(Into::into), payload };
    FlowFact::GithubSeen { item: GithubItem::Delivery(id.into()), events: vec![event] }
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
