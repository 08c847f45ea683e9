//! Attempts that end with their tick: nobody knows how they went.

use super::{World, at, ended, exit, run_id};
use crate::model::{Ended, FlowAsk, FlowFact, Outcome};

const ONCE: &str = "name: X\non: manual\nsteps:\n  - { id: a, run: a, retry: 1 }\n";

fn cut_off() -> Outcome {
    let mut outcome = ended(Ended::Lost);
    outcome.is_cut_off = true;
    outcome
}

/// One attempt after the other, each when it is due.
fn attempt(world: &mut World, outcome: &Outcome) {
    if let Some(due) = world.state().run("x#1").unwrap().steps.get("a").and_then(|record| record.due) {
        world.now = world.now.max(due);
        world.again();
    }
    let begun = world.begin();
    world.report(&begun[0], outcome.clone());
}

#[test]
fn a_tick_that_is_stopped_takes_no_attempt_away() {
    let mut world = World::of(ONCE);
    world.run("x");
    attempt(&mut world, &cut_off());
    assert_eq!(world.steps("x#1")["a"], "retrying");
    attempt(&mut world, &exit(0));
    assert_eq!(world.status("x#1"), "succeeded");
    world.check();
    // A failure of its own is its last.
    world.run("x");
    world.fail(&["a"]);
    assert_eq!(world.status("x#2"), "failed");
}

#[test]
fn a_tick_that_is_killed_takes_none_away_either() {
    let mut world = World::of(ONCE);
    world.run("x");
    world.begin();
    world.holder = Some("other");
    world.tick("09:00");
    assert_eq!(world.steps("x#1")["a"], "retrying");
    world.tick("09:30");
    assert_eq!(world.succeed(), ["x#1/a 2"]);
}

#[test]
fn a_step_that_kills_its_tick_comes_to_an_end() {
    for (policy, attempts) in [("1", 11), ("{ attempts: 2, exit_codes: 75 }", 12)] {
        let mut world = World::of(&ONCE.replace("retry: 1", &format!("retry: {policy}")));
        world.now = at("08:30");
        world.run("x");
        for number in 1..attempts {
            attempt(&mut world, &cut_off());
            assert_eq!(world.steps("x#1")["a"], "retrying", "{policy}: {number}");
        }
        attempt(&mut world, &cut_off());
        assert_eq!(world.status("x#1"), "failed", "{policy}");
        world.check();
    }
}

#[test]
fn what_an_action_does_not_know_of_itself_counts() {
    let mut world = World::of(ONCE);
    world.run("x");
    attempt(&mut world, &ended(Ended::Lost));
    assert_eq!(world.status("x#1"), "failed");
}

#[test]
fn an_outcome_that_comes_late_counts_as_long_as_nothing_else_was_done() {
    for policy in ["retry", "ask"] {
        let lose = || {
            let mut world = World::of(&ONCE.replace("retry: 1", &format!("retry: 2, on_lost: {policy}")));
            world.run("x");
            let begun = world.begin();
            world.holder = Some("other");
            world.tick("08:15");
            assert!(["retrying", "waiting"].contains(&world.steps("x#1")["a"]), "{policy}");
            (world, begun)
        };
        // Whoever was thought to be dead tells how it went after all.
        let (mut world, begun) = lose();
        world.report_by(Some("tick"), &begun[0], exit(0));
        assert_eq!(world.status("x#1"), "succeeded", "{policy}");
        world.check();
        // That it does not know either is no news, nor that it was stopped.
        for outcome in [cut_off(), ended(Ended::Lost), ended(Ended::Cancelled)] {
            let (mut world, begun) = lose();
            assert!(world.report_by(Some("tick"), &begun[0], outcome).is_empty(), "{policy}");
        }
        // Once the next attempt goes on, the first one does not matter any more.
        if policy == "retry" {
            let (mut world, begun) = lose();
            world.now = at("09:00");
            world.again();
            world.begin();
            assert!(world.report_by(Some("tick"), &begun[0], exit(0)).is_empty());
            assert_eq!(world.steps("x#1")["a"], "running");
        }
    }
}

/// Found by the simulator: a journal that was found late spoke of a run that another tick had begun again.
#[test]
fn an_earlier_tick_is_not_believed_about_what_a_later_one_did_again() {
    let mut world =
        World::of("name: X\non: manual\nsteps:\n  - { id: a, run: a }\n  - { id: b, run: b, needs: a }\n");
    world.run("x");
    // It did both steps, and nobody heard of it. Another one has the run, and does the first step again.
    let [first, second] = ["a", "b"].map(|step| FlowFact::StepStarted {
        run: run_id("x#1"),
        step: step.into(),
        attempt: 1,
        by: Some("tick".into()),
        manifest: None,
    });
    let had = FlowFact::RunLeased {
        run: run_id("x#1"),
        lease: world.state().run("x#1").unwrap().lease.clone(),
        by: None,
    };
    let given_back = FlowFact::RunLeased { run: run_id("x#1"), lease: None, by: Some("tick".into()) };
    world.holder = Some("other");
    world.tick("09:00");
    world.tick("09:01");
    let begun = world.begin();
    let facts = [had, first, second, given_back];
    assert!(world.note(facts.to_vec()).is_empty());
    assert!(world.report_by(Some("tick"), &begun[0], exit(1)).is_empty());
    assert_eq!(world.state().run("x#1").unwrap().lease.as_ref().unwrap().holder, "other");
    world.report(&begun[0], exit(0));
    assert_eq!(world.succeed(), ["x#1/b"]);
    assert_eq!(world.status("x#1"), "succeeded");
    // Nor when that one has given it back.
    assert!(world.note(facts.to_vec()).is_empty());
    world.check();
}

#[test]
fn an_attempt_that_nobody_is_at_is_lost() {
    for (policy, status) in [("retry", "retrying"), ("fail", "failed"), ("ask", "waiting")] {
        let mut world = World::of(&ONCE.replace("retry: 1", &format!("on_lost: {policy}")));
        world.run("x");
        world.begin();
        // Its tick lost the run and died without knowing.
        world.note(vec![FlowFact::RunLeased { run: run_id("x#1"), lease: None, by: None }]);
        world.holder = Some("other");
        world.again();
        assert_eq!(world.steps("x#1")["a"], status, "{policy}");
        world.check();
    }
}

#[test]
fn somebody_may_say_that_a_lost_step_was_done() {
    let text = ONCE.replace("retry: 1", "on_lost: ask") + "  - { id: b, run: b, needs: a }\n";
    let done = |was_done| FlowAsk::Approve { run: run_id("x#1"), step: None, note: None, was_done };
    let mut world = World::of(&text);
    world.run("x");
    attempt(&mut world, &cut_off());
    assert_eq!(world.steps("x#1")["a"], "waiting");
    world.ask("ann", done(true));
    assert_eq!(world.succeed(), ["x#1/b"], "it is not done again");
    assert_eq!(world.status("x#1"), "succeeded");
    world.check();

    let asks = "name: X\non: manual\nsteps:\n  - { id: a, approve: true }\n";
    let mut world = World::of(asks);
    world.run("x");
    assert!(world.refused("ann", done(true)).contains("no step of run `x#1` is lost"));
}
