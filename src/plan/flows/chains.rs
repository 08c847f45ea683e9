//! Workflows that start each other, and those that ask something of the state.

use super::{World, ended, only, run_id, simple};
use crate::model::{Ended, FlowAsk};

const OUTER: &str = "name: Outer\non: manual\nsteps:\n  - { id: inner, workflow.run: { workflow: inner } }\n  - { id: b, needs: inner, run: b }\n";

fn nested() -> World {
    World::new(&[("workflows/outer.yaml", OUTER), ("workflows/inner.yaml", &simple("on: manual"))])
}

#[test]
fn a_run_as_a_step_ends_with_its_run() {
    let mut world = nested();
    world.run("outer");
    assert_eq!(world.succeed(), ["inner#1/a", "outer#1/b"]);
    assert_eq!((world.status("inner#1"), world.status("outer#1")), ("succeeded", "succeeded"));
    world.check();
    world.run("outer");
    assert_eq!(world.fail(&["a"]), ["inner#2/a"]);
    assert_eq!((world.status("inner#2"), world.status("outer#2")), ("failed", "failed"));
    assert_eq!(world.why("outer#2"), "inner: a: exit code 1");
    world.check();
}

#[test]
fn a_part_that_is_not_done_fails_the_whole() {
    let mut world = nested();
    world.run("outer");
    world.ask("boss", FlowAsk::CancelRun { run: run_id("inner#1"), why: None });
    world.succeed();
    assert_eq!(
        (world.status("outer#1"), world.why("outer#1").as_str()),
        ("failed", "inner: cancelled by boss")
    );
    world.ask("boss", FlowAsk::Disable { workflow: "inner".into(), why: None });
    world.run("outer");
    assert_eq!(world.why("outer#2"), "inner: workflow `inner` is switched off");
    world.check();
}

#[test]
fn parts_end_with_the_whole() {
    let mut world = nested();
    world.run("outer");
    world.begin();
    world.ask("boss", FlowAsk::CancelRun { run: run_id("outer#1"), why: None });
    assert_eq!((world.status("inner#1"), world.status("outer#1")), ("cancelled", "cancelled"));
    world.check();
    let outer = OUTER.replace("steps:", "timeout: 1h\nsteps:");
    let mut world =
        World::new(&[("workflows/outer.yaml", &outer), ("workflows/inner.yaml", &simple("on: manual"))]);
    world.run("outer");
    world.begin();
    world.tick("09:00");
    assert_eq!((world.status("inner#1"), world.status("outer#1")), ("cancelled", "failed"));
    world.check();
}

#[test]
fn a_workflow_is_no_part_of_itself() {
    let to = |workflow: &str| {
        // By a variable: what is written out is told by the check.
        format!(
            "name: X\non: manual\nvars: {{ next: {workflow} }}\nsteps:\n  \
             - {{ id: go, workflow.run: {{ workflow: '{{{{ vars.next }}}}' }} }}\n"
        )
    };
    let mut world = World::of(&to("x"));
    world.run("x");
    assert_eq!(
        (world.status("x#1"), world.why("x#1").as_str()),
        ("failed", "go: workflow `x` would be a part of itself: x → x")
    );
    let mut world = World::new(&[("workflows/x.yaml", &to("y")), ("workflows/y.yaml", &to("x"))]);
    world.run("x");
    assert_eq!(world.why("y#1"), "go: workflow `x` would be a part of itself: x → y → x");
    assert_eq!((world.status("x#1"), world.status("y#1")), ("failed", "failed"));
    world.check();
}

/// A workflow that the end of a run of `other` starts.
fn after(other: &str, step: &str) -> String {
    format!(
        "name: X\non:\n  - manual\n  - event: {{ types: run.finished, workflows: {other} }}\nsteps:\n  - {{ id: a, {step} }}\n"
    )
}

#[test]
fn workflows_that_start_each_other_for_ever_are_paused() {
    for step in ["run: a", "state.set: { key: k, value: 1 }"] {
        for (first, second, chain) in [("y", "x", "x → y → x"), ("x", "nobody", "x → x")] {
            let second = after(second, step).replace("nobody", "y");
            let mut world =
                World::new(&[("workflows/x.yaml", &after(first, step)), ("workflows/y.yaml", &second)]);
            world.run("x");
            world.succeed();
            assert_eq!(world.count("run.finished"), 17, "{step}");
            assert_eq!((world.count("workflow.paused"), world.count("run.escalated")), (1, 1));
            let paused = world.state().workflow(if first == "y" { "y" } else { "x" });
            let why = paused.unwrap().paused.as_ref().unwrap().why.clone().unwrap();
            let words = "16 runs came of each other, and the next one was not started: ";
            let chain = if first == "y" { "y → x → y" } else { chain };
            assert_eq!(why, format!("{words}{chain}"));
            world.check();
        }
    }
}

#[test]
fn a_chain_through_parts_and_what_runs_ask_for_has_an_end_too() {
    let x = after("y", "workflow.run: { workflow: y }");
    let y = "name: Y\non: manual\nsteps:\n  - { id: a, run: a }\n";
    let mut world = World::new(&[("workflows/x.yaml", &x), ("workflows/y.yaml", y)]);
    world.run("x");
    world.succeed();
    assert_eq!(world.count("workflow.paused"), 1);
    assert!(world.why("x#9").contains("y → x → y"), "{}", world.why("x#9"));
    world.check();
    let measure = |name: &str, other: &str, value: u8| {
        format!(
            "name: M\non:\n  - manual\n  - metric: {{ name: {name}, above: 5 }}\nsteps:\n  - {{ id: a, metric.record: {{ metric: {other}, value: 0 }} }}\n  - {{ id: b, needs: a, run: b }}\n  - {{ id: c, needs: b, metric.record: {{ metric: {other}, value: {value} }} }}\n"
        )
    };
    let (x, y) = (measure("m", "n", 9), measure("n", "m", 9));
    let mut world = World::new(&[("workflows/x.yaml", &x), ("workflows/y.yaml", &y)]);
    world.run("x");
    world.succeed();
    assert_eq!((world.count("workflow.paused"), world.count("run.finished")), (1, 17));
    world.check();
}

#[test]
fn an_alert_about_an_endless_chain_still_goes_out() {
    let alert = "name: Alert\non: { event: workflow.paused }\nsteps:\n  - { id: tell, run: tell }\n";
    let x = after("x", "run: a");
    let mut world = World::new(&[("workflows/x.yaml", &x), ("workflows/alert.yaml", alert)]);
    world.run("x");
    assert!(world.succeed().contains(&"alert#1/tell".to_owned()));
    world.check();
}

#[test]
fn a_workflow_hears_of_others_but_not_of_itself() {
    let ears = "name: Ears\non: { event: run.finished }\nsteps:\n  - { id: hear, run: hear }\n";
    let mut world = World::new(&[("workflows/x.yaml", &simple("on: manual")), ("workflows/ears.yaml", ears)]);
    world.run("x");
    assert_eq!(world.succeed(), ["x#1/a", "ears#1/hear"]);
    world.check();
    assert!(world.again().is_empty());
}

#[test]
fn tasks_that_a_run_adds_have_codes_of_their_own() {
    let task = |id: &str| {
        format!("  - {{ id: {id}, task.create: {{ prefix: BUG, title: 'T {id}', type: bug }} }}\n")
    };
    let text = format!(
        "name: X\non: manual\nsteps:\n{}{}  - {{ id: c, needs: [a, b], run: 'echo {{{{ steps.a.outputs.code }}}} {{{{ steps.b.outputs.code }}}}' }}\n",
        task("a"),
        task("b")
    );
    let mut world = World::of(&text);
    let events = world.run("x");
    assert_eq!(only(&events, &["task.created"]).len(), 2);
    assert_eq!(world.effects.iter().map(super::script).collect::<Vec<_>>(), ["echo 'BUG-001' 'BUG-002'"]);
    world.succeed();
    world.run("x");
    assert_eq!(world.effects.iter().map(super::script).collect::<Vec<_>>(), ["echo 'BUG-003' 'BUG-004'"]);
    world.check();
}

#[test]
fn a_step_that_the_state_refuses_fails_with_its_words() {
    let text = "name: X\non: manual\nsteps:\n  - { id: a, task.complete: { task: BUG-001 } }\n";
    let mut world = World::of(text);
    world.run("x");
    assert_eq!(
        (world.status("x#1"), world.why("x#1").as_str()),
        ("failed", "a: task `BUG-001` does not exist")
    );
}

#[test]
fn an_end_that_came_twice_counts_once() {
    let mut world = World::of(&simple("on: manual"));
    world.run("x");
    let begun = world.begin();
    world.report(&begun[0], ended(Ended::Succeeded));
    assert!(world.report(&begun[0], ended(Ended::Failed)).is_empty());
    assert_eq!(world.status("x#1"), "succeeded");
    assert_eq!(world.count("step.finished"), 1);
}
