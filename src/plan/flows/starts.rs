//! What makes a run, when it begins, and what holds it back.

use super::{World, at, only, simple};
use crate::model::FlowAsk;

const RUNS: &[&str] = &["run."];

fn hourly(rest: &str) -> String {
    simple(&format!("on: {{ schedule: {{ cron: '0 * * * *'{rest} }} }}"))
}

#[test]
fn runs_of_a_workflow_wait_skip_or_replace() {
    // The policy, and how two runs stand: when both are made, and when the first has ended.
    for (overlap, both, after) in [
        ("queue", ("running", "queued"), ("succeeded", "running")),
        ("skip", ("running", "skipped"), ("succeeded", "skipped")),
        ("replace", ("cancelled", "queued"), ("cancelled", "succeeded")),
    ] {
        let mut world = World::of(&simple(&format!("on: manual\nconcurrency: {overlap}")));
        world.run("x");
        let begun = world.begin();
        world.run("x");
        assert_eq!((world.status("x#1"), world.status("x#2")), both, "{overlap}");
        if overlap == "skip" {
            let failure =
                world.state.as_ref().and_then(|state| state.run("x#2")).and_then(|run| run.failure.clone());
            assert_eq!(failure.map(|failure| failure.message).as_deref(), Some("x#1 was going on"));
        }
        world.check();
        if overlap == "replace" {
            // What replaces it does not begin before it has stopped.
            world.give_back();
            world.succeed();
        } else {
            world.report(&begun[0], super::exit(0));
        }
        assert_eq!((world.status("x#1"), world.status("x#2")), after, "{overlap}");
    }
}

#[test]
fn a_cancelled_run_holds_its_place_until_its_tick_has_stopped() {
    for overlap in ["queue", "skip", "replace"] {
        let start = || {
            let mut world = World::of(&simple(&format!("on: manual\nconcurrency: {overlap}")));
            world.run("x");
            world.begin();
            world.holder = Some("other");
            world.ask("boss", FlowAsk::CancelRun { run: super::run_id("x#1"), why: None });
            world.run("x");
            assert_eq!((world.status("x#1"), world.status("x#2")), ("cancelled", "queued"), "{overlap}");
            assert_eq!(world.due, Some(at("08:15")), "when the lease ends");
            world.check();
            world
        };
        // The tick gives it back, is known to be dead, or is not heard of any more.
        let mut world = start();
        world.give_back();
        assert_eq!(world.succeed(), ["x#2/a"], "{overlap}");
        let mut world = start();
        world.dead.push("tick".into());
        world.again();
        assert_eq!(world.succeed(), ["x#2/a"], "{overlap}");
        let mut world = start();
        assert!(world.tick("08:14").is_empty());
        world.tick("08:15");
        assert_eq!(world.succeed(), ["x#2/a"], "{overlap}");
    }
}

#[test]
fn a_doubled_tick_makes_no_second_run() {
    let mut world = World::of(&hourly(""));
    let events = world.tick("09:00");
    assert_eq!(only(&events, RUNS)[0], "run.created x@2026-11-20T09:00Z");
    world.succeed();
    assert!(world.tick("09:00").is_empty());
    assert!(world.tick("09:30").is_empty());
    // A clock that runs backwards.
    assert!(world.tick("08:30").is_empty());
    assert_eq!(world.due, Some(at("10:00")));
    world.check();
}

#[test]
fn missed_slots_are_caught_up_as_the_policy_says() {
    // The policy, the runs that are made at 12:30 after a watermark at 08:00, and what is missed.
    for (policy, made, missed) in [
        ("", vec!["12:00"], 3),
        (", catch_up: all", vec!["09:00", "10:00", "11:00", "12:00"], 0),
        (", catch_up: all, max_catch_up: 2", vec!["11:00", "12:00"], 2),
        (", catch_up: skip", vec!["12:00"], 3),
    ] {
        let mut world = World::of(&hourly(policy));
        let events = world.tick("12:30");
        let expected: Vec<_> = made.iter().map(|slot| format!("run.created x@2026-11-20T{slot}Z")).collect();
        assert_eq!(only(&events, &["run.created"]), expected, "{policy}");
        let record = world.state().workflow("x").unwrap().triggers.values().next().unwrap();
        assert_eq!(record.missed, missed, "{policy}");
        let done = world.succeed();
        assert_eq!(done.len(), made.len());
        assert!(done.is_sorted(), "the oldest first: {done:?}");
    }
    let mut world = World::of(&hourly(", catch_up: skip").replace("0 * *", "0 9 *"));
    assert_eq!(world.tick("12:30"), ["schedule.missed"], "too late");
}

#[test]
fn a_long_catch_up_is_planned_in_a_moment() {
    let text = "name: X\non: { schedule: { every: 1m, catch_up: all, max_catch_up: 10000 } }\nsteps:\n  - { id: a, state.set: { key: k, value: 1 } }\n";
    let mut world = World::of(text);
    let clock = crate::adapters::clock::Stopwatch::start();
    world.now = world.now + crate::model::Duration::from_minutes(3 * 24 * 60);
    world.again();
    assert_eq!((world.count("run.created"), world.count("run.finished")), (4320, 4320));
    let took = clock.elapsed();
    assert!(took.as_secs() < 60, "one run after the other, looking at all of them each time: {took:?}");
}

#[test]
fn a_freeze_holds_slots_until_it_ends() {
    let orch =
        "name: demo\nfreezes:\n  - { from: 2026-11-20T09:30:00Z, to: 2026-11-20T13:00:00Z, except: high }\n";
    let mut world = World::new(&[("orch.yaml", orch), ("workflows/x.yaml", &hourly(""))]);
    world.tick("09:00");
    world.succeed();
    assert!(world.tick("10:00").is_empty());
    assert_eq!(world.due, Some(at("13:00")), "nobody looks before");
    assert!(world.tick("12:59").is_empty());
    let events = world.tick("13:00");
    assert_eq!(only(&events, &["run.created"]), ["run.created x@2026-11-20T13:00Z"]);
    // A slot before the freeze, noticed in it, waits as well.
    let mut world = World::new(&[("orch.yaml", orch), ("workflows/x.yaml", &hourly(""))]);
    assert!(world.tick("09:45").is_empty());
    assert_eq!(world.due, Some(at("13:00")));
    // What is critical enough does not care.
    let critical = hourly("").replace("name: Test", "name: Test\ncriticality: high");
    let mut world = World::new(&[("orch.yaml", orch), ("workflows/x.yaml", &critical)]);
    assert_eq!(only(&world.tick("10:00"), &["run.created"]).len(), 1);
}

#[test]
fn a_freeze_holds_runs_of_events_until_it_ends_but_not_those_that_somebody_asks_for() {
    let orch = "name: demo\nfreezes:\n  - { from: 2026-11-20T09:00:00Z, to: 2026-11-20T13:00:00Z }\n";
    let text = simple("on: [manual, { metric: { name: load, above: 90 } }]");
    let mut world = World::new(&[("orch.yaml", orch), ("workflows/x.yaml", &text)]);
    world.metric("09:00", 95.0);
    assert_eq!((world.status("x#1"), world.due), ("queued", Some(at("13:00"))));
    world.check();
    world.run("x");
    assert_eq!(world.succeed(), ["x#2/a"]);
    assert!(world.tick("12:59").is_empty());
    world.tick("13:00");
    assert_eq!(world.succeed(), ["x#1/a"]);
    world.check();
}

#[test]
fn a_threshold_fires_once_when_it_was_held_and_silence_does_not_hold_it() {
    let mut world = World::of(&simple("on: { metric: { name: load, above: 90, for: 5m } }"));
    assert_eq!(world.metric("09:00", 95.0), ["metric.recorded", "metric.crossed"]);
    assert!(world.tick("09:10").is_empty(), "nobody measured meanwhile");
    assert_eq!(world.metric("09:11", 50.0), ["metric.recorded", "metric.cleared"]);
    world.metric("09:12", 95.0);
    assert_eq!(world.metric("09:16", 91.0), ["metric.recorded"]);
    assert_eq!(world.metric("09:17", 91.0)[..2], ["metric.recorded", "metric.held"]);
    world.succeed();
    assert_eq!(world.metric("09:30", 99.0), ["metric.recorded"], "once");
    world.metric("09:31", 90.0);
    world.metric("09:32", 91.0);
    assert!(world.metric("09:38", 91.0).contains(&"metric.held".to_owned()), "and anew after it cleared");
    assert_eq!(world.count("run.created"), 2);
    world.check();
}

#[test]
fn a_pause_holds_runs_and_loses_none() {
    let mut world = World::of(&hourly(", catch_up: all"));
    world.ask("boss", FlowAsk::Pause { workflow: Some("x".into()), why: None });
    world.tick("09:00");
    world.tick("10:00");
    assert_eq!((world.count("run.created"), world.count("run.started")), (2, 0));
    world.check();
    world.ask("boss", FlowAsk::Resume { workflow: Some("x".into()) });
    assert_eq!(world.succeed(), ["x@2026-11-20T09:00Z/a", "x@2026-11-20T10:00Z/a"]);
}

#[test]
fn a_pause_lets_what_goes_on_end_and_begins_nothing() {
    let mut world =
        World::of("name: X\non: manual\nsteps:\n  - { id: a, run: a }\n  - { id: b, run: b, needs: a }\n");
    world.run("x");
    let begun = world.begin();
    world.ask("boss", FlowAsk::Pause { workflow: None, why: Some("holiday".into()) });
    world.report(&begun[0], super::exit(0));
    assert!(world.effects.is_empty());
    world.check();
    world.ask("boss", FlowAsk::Resume { workflow: None });
    assert_eq!(world.succeed(), ["x#1/b"]);
    assert_eq!(world.status("x#1"), "succeeded");
}

#[test]
fn what_is_switched_off_starts_nothing() {
    let mut world = World::of(&hourly(""));
    world.ask("boss", FlowAsk::Disable { workflow: "x".into(), why: None });
    assert_eq!(world.tick("09:00"), ["schedule.fired"], "the slot is decided");
    let run = FlowAsk::Run { workflow: "x".into(), inputs: serde_json::Map::new(), parent: None };
    assert_eq!(world.refused("boss", run), "workflow `x` is switched off");
    world.ask("boss", FlowAsk::Enable { workflow: "x".into() });
    assert_eq!(only(&world.tick("10:00"), &["run.created"]).len(), 1);
}

#[test]
fn a_breaker_pauses_until_somebody_resumes() {
    let mut world = World::of(
        &simple("on: manual\nbreaker: { failures: 2, within: 1h }\nowner: boss").replace("owner: boss", ""),
    );
    let fail = |world: &mut World, minute: &str| {
        world.now = at(minute);
        world.run("x");
        world.fail(&["a"]);
    };
    fail(&mut world, "09:00");
    fail(&mut world, "10:30");
    assert_eq!(world.count("workflow.paused"), 0, "not within the hour");
    fail(&mut world, "10:45");
    assert_eq!((world.count("workflow.paused"), world.count("run.escalated")), (1, 1));
    world.now = at("11:00");
    world.run("x");
    assert_eq!(world.status("x#4"), "queued");
    assert!(world.tick("20:00").is_empty(), "time does not heal it");
    world.ask("boss", FlowAsk::Resume { workflow: Some("x".into()) });
    world.fail(&["a"]);
    assert_eq!((world.status("x#4"), world.count("workflow.paused")), ("failed", 1), "a clean slate");
}

#[test]
fn runs_that_somebody_stopped_do_not_count_as_failures() {
    let mut world = World::of(&simple("on: manual\nbreaker: { failures: 2 }"));
    for number in 1..=3 {
        world.run("x");
        let run = super::run_id(&format!("x#{number}"));
        world.ask("boss", FlowAsk::CancelRun { run, why: None });
        world.give_back();
    }
    world.run("x");
    world.fail(&["a"]);
    let record = world.state().workflow("x").unwrap();
    assert_eq!((record.failures, record.paused.is_some()), (1, false));
}

#[test]
fn a_critical_workflow_escalates_at_once() {
    let mut world = World::of(&simple("on: manual\ncriticality: critical"));
    world.run("x");
    world.fail(&["a"]);
    assert_eq!(world.count("run.escalated"), 1);
    let mut world = World::of(&simple("on: manual"));
    world.run("x");
    world.fail(&["a"]);
    assert_eq!(world.count("run.escalated"), 0);
}

#[test]
fn a_condition_that_cannot_be_told_is_told_of_once_for_each_event() {
    let set = || FlowAsk::SetValue { key: "k".into(), value: 1.into() };
    let text = "name: X\non:\n  - event: value.set\n    if: event.value == 1\nif: metrics.load > 1\nsteps:\n  - { id: a, run: a }\n";
    // Whoever hears of it, and fails at that as well, is not told of for ever.
    let ears =
        "name: Ears\non: { event: trigger.failed }\nif: metrics.load > 1\nsteps:\n  - { id: a, run: a }\n";
    let mut world = World::new(&[("workflows/x.yaml", text), ("workflows/ears.yaml", ears)]);
    assert_eq!(world.ask("boss", set()), ["value.set", "trigger.failed"]);
    let problem =
        |world: &World| world.state().workflow("x")?.triggers.values().find_map(|mark| mark.problem.clone());
    let told = problem(&world).unwrap();
    assert_eq!((told.event.as_str(), told.place.as_str()), ("value.set", "workflows/x.yaml:5"));
    assert!(told.message.starts_with("`metrics.load > 1`: "), "{}", told.message);
    assert!(world.tick("09:00").is_empty());
    world.check();
    world.metric("09:01", 5.0);
    world.ask("boss", set());
    assert_eq!((world.count("run.created"), problem(&world)), (1, None));
    world.check();
    let mut world = World::of(&hourly("").replace("name: Test", "name: Test\nif: metrics.load > 1"));
    assert_eq!(world.tick("09:00"), ["schedule.fired", "trigger.failed"]);
    assert!(world.tick("09:30").is_empty());
}
