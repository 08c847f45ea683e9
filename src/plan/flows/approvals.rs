//! Who says yes, to what, and for how long.

use super::{World, at, simple};
use crate::model::FlowAsk;

const ROLES: &str = "roles:\n  - { name: ops, members: [ann], may: approve }\n  - { name: dev, members: [bob], may: [approve, run] }\n";

fn approved(rest: &str) -> String {
    simple(&format!("on: manual\napproval: {{ expires: 1h{rest} }}"))
}

fn step(rest: &str) -> String {
    format!(
        "name: X\non: manual\nsteps:\n  - {{ id: ok, approve: {{ expires: 1h }} }}\n  - {{ id: a, needs: ok, run: a{rest} }}\n"
    )
}

fn answer(granted: bool) -> FlowAsk {
    let (run, step, note) = (super::run_id("x#1"), None, Some("so be it".to_owned()));
    if granted {
        FlowAsk::Approve { run, step, note, was_done: false }
    } else {
        FlowAsk::Deny { run, step, note }
    }
}

#[test]
fn a_run_waits_for_a_yes() {
    for (text, denied) in [(approved(""), "cancelled"), (step(""), "failed")] {
        let mut world = World::of(&text);
        world.run("x");
        assert!(world.effects.is_empty(), "{text}");
        assert_eq!(world.due, Some(at("09:00")), "when the request expires");
        world.check();
        let mut other = World::of(&text);
        world.ask("ann", answer(true));
        assert_eq!(world.succeed(), ["x#1/a"]);
        assert_eq!(world.status("x#1"), "succeeded");
        assert_eq!(world.refused("ann", answer(true)), "run `x#1` has succeeded already");

        other.run("x");
        other.ask("ann", answer(false));
        assert_eq!(other.status("x#1"), denied);
        assert!(other.why("x#1").contains("so be it"), "{}", other.why("x#1"));
        other.check();
    }
}

#[test]
fn silence_is_a_no_when_the_time_is_up() {
    for (text, ends) in [(approved(""), "cancelled"), (step(""), "failed")] {
        let mut world = World::of(&text);
        world.run("x");
        assert!(world.tick("08:59").is_empty());
        world.tick("09:00");
        assert_eq!((world.status("x#1"), world.count("approval.expired")), (ends, 1));
        assert!(world.why("x#1").contains("nobody answered in time"));
    }
}

#[test]
fn only_those_who_may_say_yes() {
    let text = approved(", roles: ops");
    let mut world = World::new(&[("roles.yaml", ROLES), ("workflows/x.yaml", &text)]);
    let inputs = serde_json::Map::new();
    let run = FlowAsk::Run { workflow: "x".into(), inputs, parent: None };
    assert_eq!(world.refused("ann", run.clone()), "`ann` may not start, cancel or repeat runs");
    world.ask("bob", run);
    assert_eq!(world.refused("bob", answer(true)), "`bob` may not approve this");
    assert_eq!(world.refused("ANN", answer(true)), "`ANN` may not approve this", "names count to the letter");
    world.ask("ann", answer(true));
    assert_eq!(world.status("x#1"), "running");
}

#[test]
fn a_yes_to_something_else_is_none() {
    for (before, after) in [(approved(""), approved("").replace("run: a", "run: b")), (step(""), step("b"))] {
        // The workflow changes while somebody thinks about it …
        let mut world = World::of(&before);
        world.run("x");
        world.redefine(&after);
        world.tick("08:10");
        assert_eq!(world.count("approval.requested"), 2);
        world.check();
        world.ask("ann", answer(true));
        assert_eq!(world.succeed(), ["x#1/a"]);

        // … or between the look and the yes, which is refused until it was asked anew.
        let mut world = World::of(&before);
        world.run("x");
        world.redefine(&after);
        assert_eq!(
            world.refused("ann", answer(true)),
            "run `x#1` is not what was shown for approval: its workflow has changed since"
        );
        world.again();
        world.ask("ann", answer(true));
        assert_eq!(world.succeed(), ["x#1/a"]);

        // A no is a no.
        let mut world = World::of(&before);
        world.run("x");
        world.redefine(&after);
        world.ask("ann", answer(false));
        assert!(["cancelled", "failed"].contains(&world.status("x#1")));
    }
}

#[test]
fn a_run_under_way_stops_for_a_new_yes_when_its_workflow_changes() {
    let text = |second: &str| {
        format!(
            "name: X\non: manual\napproval: true\nsteps:\n  - {{ id: a, run: a }}\n  - {{ id: b, needs: a, run: {second} }}\n"
        )
    };
    let mut world = World::of(&text("b"));
    world.run("x");
    world.ask("ann", answer(true));
    let begun = world.begin();
    world.report(&begun[0], super::exit(0));
    world.redefine(&text("c"));
    world.tick("08:10");
    assert_eq!((world.status("x#1"), world.effects.len()), ("waiting", 0));
    world.check();
    world.ask("ann", answer(true));
    assert_eq!(world.effects.iter().map(super::script).collect::<Vec<_>>(), ["c"]);
    assert_eq!(world.succeed(), ["x#1/b"]);
}
