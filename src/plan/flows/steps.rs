//! The steps of a run: which are done, in which order, and what follows when one fails.

use super::{World, at, ended, exit, only, script};
use crate::model::{Duration, Ended, FlowAsk};

fn steps(list: &str) -> String {
    with("", list)
}

fn with(rest: &str, list: &str) -> String {
    let list: String = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .fold(String::new(), |list, line| format!("{list}  - {{ {line} }}\n"));
    format!("name: X\non: manual\n{rest}\nsteps:\n{list}")
}

#[test]
fn a_step_is_skipped_by_its_condition_and_takes_those_with_it_that_need_it() {
    let text = with(
        "inputs: { go: { type: boolean, default: false } }",
        "id: a, run: a, if: inputs.go
         id: b, run: b, needs: a
         id: c, run: c, needs: b
         id: d, run: d",
    );
    let mut world = World::of(&text);
    world.run("x");
    assert_eq!(world.succeed(), ["x#1/d"]);
    let expected = [("a", "skipped"), ("b", "skipped"), ("c", "skipped"), ("d", "succeeded")];
    assert_eq!(world.steps("x#1"), expected.map(|(id, status)| (id.to_owned(), status)).into());
    assert_eq!(world.status("x#1"), "succeeded");
    world.check();
}

#[test]
fn no_more_steps_go_on_at_a_time_than_there_is_room_for() {
    let text = with(
        "concurrency: { max_parallel: 2 }",
        "id: a, run: a
         id: b, run: b
         id: c, run: c",
    );
    let mut world = World::of(&text);
    world.run("x");
    assert_eq!(world.effects.len(), 2);
    let begun = world.begin();
    world.again();
    assert!(world.effects.is_empty());
    world.report(&begun[0], exit(0));
    assert_eq!(world.effects.len(), 1);
}

#[test]
fn items_are_done_each_within_their_room() {
    let text = steps(
        "id: a, for_each: { items: [p, q, r], max_parallel: 2 }, run: 'echo {{ item }}'
         id: b, needs: a, run: b",
    );
    let mut world = World::of(&text);
    world.run("x");
    assert_eq!(world.effects.iter().map(script).collect::<Vec<_>>(), ["echo 'p'", "echo 'q'"]);
    assert_eq!(world.succeed(), ["x#1/a[0]", "x#1/a[1]", "x#1/a[2]", "x#1/b"]);
    world.check();
    let many = text.replace("[p, q, r], max_parallel: 2", "'{{ vars.list }}', limit: 2");
    let mut world = World::of(&many.replace("on: manual", "on: manual\nvars: { list: [p, q, r] }"));
    world.run("x");
    assert!(world.effects.is_empty());
    assert_eq!(world.why("x#1"), "a: 3 items, more than the limit of 2");
    let none = text.replace("[p, q, r]", "'{{ vars.list }}'");
    let mut world = World::of(&none.replace("on: manual", "on: manual\nvars: { list: [] }"));
    world.run("x");
    assert_eq!(world.succeed(), ["x#1/b"], "nothing to do is done");
}

#[test]
fn an_item_that_fails_stops_those_that_have_not_begun() {
    let text = steps(
        "id: a, for_each: [p, q, r], retry: 1, run: a
         id: b, needs: a, run: b",
    );
    let mut world = World::of(&text);
    world.run("x");
    assert_eq!(world.fail(&["a[1]"]), ["x#1/a[0]", "x#1/a[1]"]);
    assert_eq!((world.status("x#1"), world.why("x#1").as_str()), ("failed", "a: item 1: exit code 1"));
    world.check();
    let mut world = World::of(&text.replace("retry: 1", "retry: 1, continue_on_error: true"));
    world.run("x");
    assert_eq!(world.fail(&["a[1]"]), ["x#1/a[0]", "x#1/a[1]", "x#1/a[2]", "x#1/b"]);
    assert_eq!(world.status("x#1"), "succeeded");
}

#[test]
fn an_item_that_waits_for_its_next_attempt_keeps_nobody_busy_once_another_failed() {
    let text = steps(
        "id: a, for_each: { items: [p, q], max_parallel: 2 }, retry: { attempts: 2, exit_codes: 3 }, run: a",
    ) + "on_failure:\n  - { id: sorry, wait: 2h }\n";
    let mut world = World::of(&text);
    world.run("x");
    let begun = world.begin();
    world.report(&begun[0], exit(3));
    world.report(&begun[1], exit(1));
    world.again();
    world.give_back();
    assert_eq!(world.steps("x#1")["a[0]"], "cancelled");
    assert_eq!(world.due, Some(at("10:00")));
}

#[test]
fn attempts_are_spread_over_a_growing_time() {
    let text = steps("id: a, run: a, retry: { attempts: 4, delay: 1m, factor: 2, max_delay: 3m }");
    let mut waits = Vec::new();
    for run in 1..=20 {
        let mut world = World::of(&text);
        for _ in 1..run {
            world.run("x");
            world.succeed();
        }
        world.run("x");
        for longest in [60, 120, 180] {
            let begun = world.begin();
            let events = world.report(&begun[0], exit(1));
            assert_eq!(only(&events, &["step.retried"]).len(), 1);
            let id = format!("x#{run}");
            let due = world.state().run(&id).unwrap().steps["a"].due.unwrap();
            let wait = due.since(world.now).as_seconds();
            assert!(wait <= longest, "{wait} of {longest}");
            waits.push(wait * 100 / longest);
            if wait > 0 {
                world.give_back();
                assert!((world.effects.is_empty(), world.due) == (true, Some(due)), "carried over");
                world.now = due - Duration::from_seconds(1);
                world.again();
                assert!(world.effects.is_empty());
            }
            world.now = due;
            world.again();
            assert_eq!(world.effects.len(), 1);
        }
        let begun = world.begin();
        world.report(&begun[0], exit(1));
        assert_eq!(world.status(&format!("x#{run}")), "failed", "after the fourth");
        world.check();
    }
    waits.sort_unstable();
    assert!(waits[waits.len() / 10] < 30 && waits[waits.len() * 9 / 10] > 70, "full jitter: {waits:?}");
}

#[test]
fn only_failures_that_are_worth_it_are_repeated() {
    // The policy, how the first attempt ended, and whether there is another.
    let lost = || ended(Ended::Lost);
    let mut told = exit(1);
    told.is_final = true;
    for (retry, outcome, again) in [
        ("3", exit(1), true),
        ("1", exit(1), false),
        ("{ exit_codes: [75, 76] }", exit(75), true),
        ("{ exit_codes: [75, 76] }", exit(1), false),
        ("{ exit_codes: [75, 76] }", ended(Ended::TimedOut), false),
        ("{ exit_codes: [75, 76] }", lost(), true),
        ("{ if: failure.exit_code == 75 }", exit(75), true),
        ("{ if: failure.exit_code == 75 }", exit(1), false),
        ("{ if: 'failure.attempt < 2 and workflow.id == \"x\"' }", exit(1), true),
        ("{ if: 'failure.result == \"timed_out\"' }", ended(Ended::TimedOut), true),
        ("3", told, false),
    ] {
        let mut world = World::of(&steps(&format!("id: a, run: a, retry: {retry}")));
        world.run("x");
        let begun = world.begin();
        let events = world.report(&begun[0], outcome.clone());
        assert_eq!(!only(&events, &["step.retried"]).is_empty(), again, "{retry} {outcome:?}");
        world.check();
    }
}

#[test]
fn a_failure_that_is_put_up_with_fails_nothing() {
    let text = steps(
        "id: a, run: a, retry: 1, continue_on_error: true
         id: b, run: 'b {{ steps.a.status }}', needs: a",
    );
    let mut world = World::of(&text);
    world.run("x");
    assert_eq!(world.fail(&["a"]), ["x#1/a", "x#1/b"]);
    assert_eq!(world.status("x#1"), "succeeded");
}

#[test]
fn what_was_done_is_undone_in_reverse_order_then_comes_the_rest() {
    let text = steps(
        "id: a, run: a, rollback: { run: 'undo a', retry: 1 }
         id: b, needs: a, for_each: [p, q], run: b, rollback: { run: 'undo b {{ item }}', retry: 1 }
         id: c, needs: b, run: c
         id: d, needs: c, run: d, retry: 1, rollback: { run: undo d }
         id: e, needs: d, run: e",
    ) + "on_failure:\n  - { id: sorry, run: 'say {{ failure.step }} {{ failure.message }}' }\n\
         finally:\n  - { id: tidy, run: tidy, retry: 1 }\n";
    let undone = ["x#1/b[1]:rollback", "x#1/b[0]:rollback", "x#1/a:rollback"];
    for failing in [vec!["d"], vec!["d", "b[1]:rollback"]] {
        let mut world = World::of(&text);
        world.run("x");
        let scripts = std::cell::RefCell::new(Vec::new());
        let done = world.play(&|effect| {
            scripts.borrow_mut().push(script(effect));
            exit(i32::from(failing.contains(&effect.step.as_str())))
        });
        assert_eq!(done[..5], ["x#1/a", "x#1/b[0]", "x#1/b[1]", "x#1/c", "x#1/d"]);
        assert_eq!(done[5..8], undone, "also when one cannot be undone");
        assert_eq!(done[8..], ["x#1/sorry", "x#1/tidy"]);
        let scripts = scripts.into_inner();
        assert_eq!(scripts[5..9], ["undo b 'q'", "undo b 'p'", "undo a", "say 'd' 'exit code 1'"]);
        assert_eq!((world.status("x#1"), world.why("x#1").as_str()), ("failed", "d: exit code 1"));
        world.check();
    }
    let mut world = World::of(&text);
    world.run("x");
    assert_eq!(world.succeed().last().unwrap(), "x#1/tidy");
    assert_eq!(world.status("x#1"), "succeeded");
    world.run("x");
    world.fail(&["tidy"]);
    assert_eq!(world.status("x#2"), "failed", "what was left behind is a failure");
    assert_eq!(world.why("x#2"), "tidy: exit code 1");
}

#[test]
fn a_run_that_takes_too_long_stops_and_fails() {
    let text = with("timeout: 1h", "id: a, run: a, timeout: 3h\nid: b, run: b, retry: 9\nid: c, wait: 5h")
        + "finally:\n  - { id: tidy, run: tidy }\n";
    let mut world = World::of(&text);
    world.run("x");
    world.begin();
    world.tick("08:59");
    assert_eq!(world.status("x#1"), "running");
    world.tick("09:00");
    assert_eq!(world.effects.iter().map(|effect| effect.step.as_str()).collect::<Vec<_>>(), ["tidy"]);
    assert_eq!(world.steps("x#1")["a"], "cancelled");
    world.succeed();
    assert_eq!((world.status("x#1"), world.why("x#1").as_str()), ("failed", "its steps took longer than 1h"));
    world.check();
}

#[test]
fn attempts_of_a_dead_tick_are_repeated_failed_or_asked_about() {
    for (policy, status) in [("retry", "retrying"), ("fail", "failed"), ("ask", "waiting")] {
        let mut world =
            World::of(&steps(&format!("id: a, run: a, on_lost: {policy}, retry: {{ delay: 1m }}")));
        world.run("x");
        world.begin();
        world.holder = Some("other");
        assert!(world.tick("08:14").is_empty(), "it may still be at work");
        assert_eq!(world.due, Some(at("08:15")));
        // It is known to be dead, or its lease has ended.
        if policy == "fail" {
            world.dead.push("tick".into());
            world.again();
        } else {
            world.tick("08:15");
        }
        assert_eq!(world.steps("x#1")["a"], status, "{policy}");
        world.check();
        match policy {
            "retry" => {
                let due = world.state().run("x#1").unwrap().steps["a"].due.unwrap();
                assert!(due == world.now || world.due == Some(due), "nobody sleeps past it: {:?}", world.due);
                world.now = due;
                world.again();
                assert_eq!(world.succeed(), ["x#1/a 2"]);
            }
            "fail" => assert_eq!(world.status("x#1"), "failed"),
            _ => {
                let run = super::run_id("x#1");
                world.ask("ann", FlowAsk::Approve { run, step: None, note: None, was_done: false });
                assert_eq!(world.succeed(), ["x#1/a 2"]);
            }
        }
    }
}

#[test]
fn nobody_touches_a_run_that_another_tick_works_on() {
    let mut world = World::of(&steps("id: a, run: a\nid: b, run: b, needs: a"));
    world.run("x");
    let begun = world.begin();
    world.holder = Some("other");
    world.again();
    assert!(world.effects.is_empty());
    world.holder = Some("tick");
    world.report(&begun[0], exit(0));
    world.holder = Some("other");
    world.tick("08:01");
    assert!(world.effects.is_empty(), "the rest belongs to the same tick");
    world.holder = None;
    world.again();
    assert!(world.effects.is_empty(), "and nobody pretends that it was to be done");
}

#[test]
fn a_wait_ends_by_itself() {
    let mut world = World::of(&steps("id: a, wait: 30m\nid: b, run: b, needs: a"));
    world.run("x");
    assert_eq!((world.effects.len(), world.due), (0, Some(at("08:30"))));
    assert!(world.tick("08:29").is_empty());
    world.tick("08:30");
    assert_eq!(world.succeed(), ["x#1/b"]);
    let mut world = World::of(&steps("id: a, wait: { until: '2026-11-20T09:00:00Z' }"));
    world.run("x");
    assert_eq!(world.due, Some(at("09:00")));
}

#[test]
fn a_run_goes_on_by_the_workflow_as_it_is() {
    let mut world = World::of(&steps("id: a, run: a\nid: b, run: b, needs: a"));
    world.run("x");
    let begun = world.begin();
    world.report(&begun[0], exit(0));
    world.redefine(&steps("id: a, run: a\nid: c, run: c, needs: a"));
    world.again();
    assert_eq!(world.succeed(), ["x#1/c"]);
    assert_eq!(world.status("x#1"), "succeeded");
    world.run("x");
    world.config.workflows.clear();
    world.config_id = "gone".to_owned();
    world.again();
    assert_eq!(
        (world.status("x#2"), world.why("x#2").as_str()),
        ("cancelled", "its workflow is no longer declared")
    );
}

const TIDY: &str = "name: X\non: manual\nsteps:\n  - { id: a, run: a, retry: 1, rollback: { run: undo } }\n  - { id: b, run: b, needs: a, retry: 1 }\non_failure:\n  - { id: tell, run: tell }\nfinally:\n  - { id: tidy, run: tidy, retry: 1 }\n";

#[test]
fn a_cancelled_run_tidies_up_and_undoes_nothing() {
    let cancel = || FlowAsk::CancelRun { run: super::run_id("x#1"), why: Some("enough".into()) };
    // The step that goes on is stopped, then `finally` is done.
    let mut world = World::of(TIDY);
    world.run("x");
    let begun = world.begin();
    world.report(&begun[0], exit(0));
    world.begin();
    world.ask("boss", cancel());
    assert_eq!((world.status("x#1"), world.steps("x#1")["b"]), ("running", "cancelled"));
    world.check();
    assert_eq!(world.succeed(), ["x#1/tidy"]);
    assert_eq!((world.status("x#1"), world.why("x#1").as_str()), ("cancelled", "enough"));
    assert_eq!(world.state().workflow("x").unwrap().failures, 0);
    world.check();
    // Again: it is over at once.
    let mut world = World::of(TIDY);
    world.run("x");
    world.begin();
    world.ask("boss", cancel());
    assert_eq!(world.effects.len(), 1);
    world.ask("boss", cancel());
    assert_eq!((world.status("x#1"), world.effects.len()), ("cancelled", 0));
    world.check();
    // A clean-up that fails leaves it cancelled, and says so.
    let mut world = World::of(TIDY);
    world.run("x");
    world.begin();
    world.ask("boss", cancel());
    world.fail(&["tidy"]);
    assert_eq!(world.status("x#1"), "cancelled");
    // What has not begun has nothing to tidy up.
    let mut world = World::of(&TIDY.replace("on: manual", "on: manual\napproval: true"));
    world.run("x");
    world.ask("boss", cancel());
    assert_eq!((world.status("x#1"), world.effects.len()), ("cancelled", 0));
}

#[test]
fn a_replaced_run_tidies_up_before_the_next_begins() {
    let mut world = World::of(&TIDY.replace("on: manual", "on: manual\nconcurrency: replace"));
    world.run("x");
    world.begin();
    world.run("x");
    assert_eq!((world.status("x#1"), world.status("x#2")), ("running", "queued"));
    world.check();
    assert_eq!(world.succeed(), ["x#1/tidy", "x#2/a", "x#2/b", "x#2/tidy"]);
    assert_eq!((world.status("x#1"), world.status("x#2")), ("cancelled", "succeeded"));
    world.check();
}

#[test]
fn the_parts_of_a_cancelled_run_tidy_up_too() {
    let outer = "name: Outer\non: manual\nsteps:\n  - { id: inner, workflow.run: { workflow: x } }\n";
    let mut world = World::new(&[("workflows/outer.yaml", outer), ("workflows/x.yaml", TIDY)]);
    world.run("outer");
    world.begin();
    world.ask("boss", FlowAsk::CancelRun { run: super::run_id("outer#1"), why: None });
    assert_eq!((world.status("outer#1"), world.status("x#1")), ("cancelled", "running"));
    assert_eq!(world.succeed(), ["x#1/tidy"]);
    assert_eq!(world.status("x#1"), "cancelled");
    world.check();
}

#[test]
fn later_attempts_keep_to_the_files_of_the_plan() {
    let mut world =
        World::of("name: X\non: manual\nsteps:\n  - { id: a, files.delete: { match: '*.log' }, retry: 3 }\n");
    world.run("x");
    let manifest = crate::model::Manifest { verb: "delete".into(), files: Vec::new() };
    world.effects[0].manifest = Some(manifest.clone());
    let begun = world.begin();
    world.now = at("08:10");
    world.report(&begun[0], exit(1));
    world.tick("09:00");
    let effect = &world.effects[0];
    assert_eq!(
        (effect.attempt, effect.begun, effect.manifest.as_ref()),
        (2, Some(at("08:00")), Some(&manifest))
    );
    world.check();
    world.succeed();
    assert_eq!(world.state().run("x#1").unwrap().steps["a"].manifest, None);
    world.check();
}
