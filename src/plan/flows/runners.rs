//! Steps with `runs_on`: sent once, done by one runner each, told to the run that they are steps of.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{World, at, ended, exit, only, run_id};
use crate::model::{Ended, FlowAsk, FlowFact, Lease, Outcome};
use crate::plan::{Effect, EffectAct};

const ONE: &str = "name: X
on: manual
steps:
  - id: build
    run: make {{ inputs.what }}
    runs_on: github-actions
    retry: { attempts: 2, delay: 0s }
  - id: ship
    needs: build
    run: ship {{ steps.build.outputs.file }}
inputs:
  what: { type: text, default: all }
";

const MANY: &str = "name: X
on: manual
steps:
  - id: build
    for_each: { items: [a, b, c], max_parallel: 3 }
    run: make {{ item }}
    runs_on: { github-actions: { workflow: build.yml, ref: main, start_within: 10m } }
    retry: 1
";

/// What was dispatched, for which runs.
fn sent(effect: &Effect) -> (Value, Vec<String>) {
    let EffectAct::Call { action: "github.dispatch", args } = &effect.act else {
        panic!("{effect:?} sends nothing")
    };
    let runs = args["inputs"]["runs"].as_str().unwrap();
    (args.clone(), serde_json::from_str(runs).unwrap())
}

impl World {
    /// A runner that is told to do this run: what it is to do, if it may.
    fn runner(&mut self, name: &'static str, run: &str) -> Vec<Effect> {
        let before = self.holder.replace(name);
        self.only = vec![run_id(run)];
        self.again();
        let effects = self.begin();
        (self.holder, self.only) = (before, Vec::new());
        effects
    }

    /// The runner tells how it went, and gives the run back.
    fn ran(&mut self, name: &'static str, effect: &Effect, outcome: Outcome) -> Vec<String> {
        self.end_rounds();
        let before = self.holder.replace(name);
        self.only = vec![effect.run.clone()];
        let events = self.report(effect, outcome);
        let back = FlowFact::RunLeased { run: effect.run.clone(), lease: None, by: Some(name.into()) };
        self.note(vec![back]);
        self.end_rounds();
        (self.holder, self.only) = (before, Vec::new());
        events
    }

    /// An ordinary tick sends what there is to send, and gives back what it leased.
    fn send(&mut self) -> Vec<(Value, Vec<String>)> {
        let begun = self.begin();
        let all = begun.iter().map(sent).collect();
        for effect in &begun {
            self.report(effect, exit(0));
        }
        self.give_back_as("tick");
        all
    }

    fn give_back_as(&mut self, name: &str) {
        let runs = self.state().meta.runs.values();
        let is_its = |lease: &Lease| lease.holder == name;
        let leased: Vec<_> =
            runs.filter(|run| run.lease.as_ref().is_some_and(is_its)).map(|run| run.id.clone()).collect();
        let back = |run| FlowFact::RunLeased { run, lease: None, by: Some(name.into()) };
        self.note(leased.into_iter().map(back).collect());
    }
}

#[test]
fn a_step_is_sent_once_done_by_one_runner_and_the_run_goes_on_with_what_came_of_it() {
    let mut world = World::of(ONE);
    world.run("x");
    assert_eq!(world.effects.len(), 1, "nothing is done here but the sending");
    let [(args, runs)] = world.send().try_into().unwrap();
    assert_eq!(args["workflow"], "orch-work.yml");
    assert_eq!((args.get("ref"), &args["key"]), (None, &json!(true)));
    assert_eq!(runs, ["x#1/build"]);
    // Other ticks leave it alone, and know until when.
    for minute in ["08:01", "08:29"] {
        assert_eq!(world.tick(minute), Vec::<String>::new());
        assert_eq!((world.effects.len(), world.due), (0, Some(at("08:30"))));
    }
    let [build] = world.runner("one", "x#1/build").try_into().unwrap();
    assert_eq!(super::script(&build), "make 'all'");
    assert_eq!(world.state().run("x#1/build").unwrap().lease.as_ref().unwrap().until, at("09:06"));
    assert!(world.runner("two", "x#1/build").is_empty(), "another one has it");
    world.tick("09:00");
    assert_eq!(world.effects, [], "it takes longer than a runner may take to come, and that is fine");
    let mut outcome = exit(0);
    outcome.outputs.insert("file".to_owned(), json!("a.tar"));
    let events = world.ran("one", &build, outcome);
    assert_eq!(
        only(&events, &["step.finished", "run.finished"]),
        [
            "step.finished x#1/build build succeeded",
            "run.finished x#1/build succeeded",
            "step.finished x#1 build succeeded"
        ]
    );
    assert!(world.runner("two", "x#1/build").is_empty(), "it is done");
    world.again();
    let [ship] = world.effects.clone().try_into().unwrap();
    assert_eq!(super::script(&ship), "ship 'a.tar'");
    world.succeed();
    assert_eq!(world.status("x#1"), "succeeded");
    assert_eq!(world.state().workflow("x").unwrap().runs, 1, "one run of the workflow, not two");
    world.check();
}

#[test]
fn many_items_are_one_dispatch_and_end_as_they_come() {
    let mut world = World::of(MANY);
    world.run("x");
    let [(args, runs)] = world.send().try_into().unwrap();
    assert_eq!((&args["workflow"], &args["ref"]), (&json!("build.yml"), &json!("main")));
    assert_eq!(runs, ["x#1/build[0]", "x#1/build[1]", "x#1/build[2]"]);
    let second = world.runner("b", &runs[1]).remove(0);
    let first = world.runner("a", &runs[0]).remove(0);
    assert_eq!(super::script(&second), "make 'b'");
    world.ran("b", &second, exit(0));
    assert_eq!(world.steps("x#1")["build[1]"], "succeeded");
    // One fails: what has begun comes to its end, what has not does not begin.
    world.ran("a", &first, exit(3));
    world.again();
    assert_eq!(world.status("x#1/build[2]"), "cancelled");
    assert!(world.runner("c", &runs[2]).is_empty());
    assert_eq!((world.status("x#1"), world.why("x#1")), ("failed", "build: item 0: exit code 3".to_owned()));
    world.check();
}

#[test]
fn a_failed_attempt_is_tried_again_where_it_failed_or_sent_again() {
    let mut world = World::of(ONE);
    world.run("x");
    world.send();
    let first = world.runner("one", "x#1/build").remove(0);
    let holder = world.holder.replace("one");
    world.only = vec![run_id("x#1/build")];
    world.report(&first, exit(1));
    assert_eq!(world.effects.len(), 1, "the runner is there already");
    (world.holder, world.only) = (holder, Vec::new());
    // It stops before the second attempt: that is sent for.
    world.give_back_as("one");
    world.tick("08:01");
    let [(_, runs)] = world.send().try_into().unwrap();
    assert_eq!(runs, ["x#1/build"]);
    assert_eq!(world.steps("x#1")["build:sent[2]"], "succeeded");
    let second = world.runner("two", "x#1/build").remove(0);
    assert_eq!(second.attempt, 2);
    world.ran("two", &second, exit(1));
    world.again();
    assert_eq!(world.status("x#1"), "failed");
    assert_eq!(world.state().run("x#1").unwrap().steps["build"].attempt, 2);
    world.check();
}

#[test]
fn a_runner_that_dies_loses_its_lease_and_the_step_decides() {
    for (policy, status) in [("retry", "retrying"), ("fail", "failed"), ("ask", "waiting")] {
        let mut world = World::of(
            &ONE.replace("retry: {", &format!("on_lost: {policy}\n    timeout: 5m\n    retry: {{")),
        );
        world.run("x");
        world.send();
        let first = world.runner("one", "x#1/build").remove(0);
        world.tick("08:14");
        assert!(world.effects.is_empty() && world.runner("two", "x#1/build").is_empty());
        world.tick("08:16");
        assert_eq!(world.steps("x#1/build")["build"], status, "{policy}");
        match policy {
            "retry" => {
                world.tick("08:17");
                assert_eq!(world.send().len(), 1, "it is sent again");
                let second = world.runner("two", "x#1/build").remove(0);
                // The first one was not dead after all: what it says is not believed any more.
                assert!(world.report_by(Some("one"), &first, exit(0)).is_empty());
                let mut outcome = exit(0);
                outcome.outputs.insert("file".to_owned(), json!("a.tar"));
                world.ran("two", &second, outcome);
                world.again();
                world.succeed();
                assert_eq!((world.status("x#1"), world.why("x#1")), ("succeeded", String::new()));
            }
            "fail" => assert_eq!(world.status("x#1"), "failed"),
            _ => {
                let (run, step) = (run_id("x#1/build"), Some("build".into()));
                world.ask("boss", FlowAsk::Approve { run, step, note: None, was_done: false });
                world.tick("08:18");
                assert_eq!(world.send().len(), 1);
                assert_eq!(world.steps("x#1/build")["build"], "waiting");
                world.tick("08:19");
                assert!(world.effects.is_empty());
                let second = world.runner("two", "x#1/build").remove(0);
                world.ran("two", &second, exit(0));
                world.again();
                assert_eq!(world.steps("x#1")["build"], "succeeded");
            }
        }
        world.check();
    }
}

#[test]
fn an_outcome_that_comes_late_counts_until_another_runner_has_begun() {
    let mut world = World::of(&ONE.replace("retry: {", "timeout: 5m\n    retry: {"));
    world.run("x");
    world.send();
    let first = world.runner("one", "x#1/build").remove(0);
    world.tick("08:16");
    world.tick("08:17");
    world.send();
    world.report_by(Some("one"), &first, exit(0));
    assert_eq!(world.steps("x#1")["build"], "succeeded");
    assert!(world.runner("two", "x#1/build").is_empty());
}

#[test]
fn when_no_runner_comes_it_is_sent_again_and_then_has_failed() {
    let mut world = World::of(ONE);
    world.run("x");
    world.send();
    world.tick("08:30");
    assert_eq!(world.steps("x#1/build")["build"], "retrying");
    assert_eq!(world.send()[0].1, ["x#1/build"]);
    world.tick("09:00");
    assert_eq!(world.status("x#1"), "failed");
    let why = world.why("x#1");
    assert!(why.starts_with("build: no runner of github-actions began with it within 30m"), "{why}");
    world.check();
}

#[test]
fn what_cannot_be_sent_is_tried_again_and_then_fails_the_step() {
    let mut world = World::of(&ONE.replace("attempts: 2", "attempts: 1"));
    world.run("x");
    let mut attempts = 0;
    while world.status("x#1") == "running" {
        for effect in world.begin() {
            sent(&effect);
            attempts += 1;
            world.report(&effect, exit(1));
        }
        if let Some(due) = world.state().run("x#1").unwrap().steps["build:sent[1]"].due {
            world.now = world.now.max(due);
        }
        world.again();
    }
    assert_eq!(attempts, 5);
    let why = world.why("x#1");
    assert_eq!(why, "build: failed to send it to github-actions: exit code 1");
    // That nobody may send it is no reason to try again.
    let mut world = World::of(ONE);
    world.run("x");
    let begun = world.begin();
    let mut outcome = exit(1);
    outcome.is_final = true;
    world.report(&begun[0], outcome);
    world.again();
    assert_eq!(world.status("x#1"), "failed");
    world.check();
}

#[test]
fn a_tick_that_dies_while_it_sends_sends_the_same_again() {
    let mut world = World::of(MANY);
    world.run("x");
    let first = world.begin();
    world.holder = Some("other");
    world.tick("08:16");
    world.tick("08:17");
    let [again] = world.effects.clone().try_into().unwrap();
    assert_eq!((again.step.as_str(), again.attempt, &again.act), ("build:sent[1]", 2, &first[0].act));
    assert_eq!(again.key("l"), first[0].key("l"), "GitHub knows it by its key");
    // A runner may be quicker than whoever sent for it.
    let quick = world.runner("a", "x#1/build[0]").remove(0);
    world.ran("a", &quick, exit(0));
    world.again();
    world.begin();
    world.report(&again, exit(0));
    assert_eq!(world.steps("x#1/build[1]")["build[1]"], "waiting");
    assert_eq!(world.steps("x#1/build[0]")["build[0]"], "succeeded");
    world.check();
}

#[test]
fn who_cancels_a_run_cancels_what_it_sent() {
    let mut world = World::of(&format!("{MANY}finally:\n  - {{ id: tidy, run: tidy }}\n"));
    world.run("x");
    world.send();
    let begun = world.runner("a", "x#1/build[0]").remove(0);
    world.ask("boss", FlowAsk::CancelRun { run: run_id("x#1"), why: None });
    assert_eq!(world.status("x#1/build[1]"), "cancelled");
    let part = world.state().run("x#1/build[0]").unwrap();
    assert_eq!((part.status.as_str(), part.lease.is_some()), ("cancelled", true), "until its runner stops");
    assert!(world.runner("b", "x#1/build[1]").is_empty());
    world.ran("a", &begun, ended(Ended::Cancelled));
    world.again();
    assert_eq!(world.succeed(), ["x#1/tidy"]);
    assert_eq!(world.status("x#1"), "cancelled");
    world.check();
}

#[test]
fn a_paused_workflow_sends_nothing_and_lets_no_runner_begin() {
    let mut world = World::of(ONE);
    world.run("x");
    world.send();
    world.ask("boss", FlowAsk::Pause { workflow: Some("x".into()), why: None });
    assert!(world.runner("a", "x#1/build").is_empty());
    world.ask("boss", FlowAsk::Resume { workflow: Some("x".into()) });
    assert_eq!(world.runner("a", "x#1/build").len(), 1);
    world.check();
}

#[test]
fn no_more_go_on_at_a_time_than_the_step_says() {
    let mut world = World::of(&MANY.replace("max_parallel: 3", "max_parallel: 2"));
    world.run("x");
    assert_eq!(world.send()[0].1, ["x#1/build[0]", "x#1/build[1]"]);
    let one = world.runner("a", "x#1/build[1]").remove(0);
    world.ran("a", &one, exit(0));
    assert!(world.tick("08:01").iter().any(|event| event.starts_with("run.created")));
    assert_eq!(world.send()[0].1, ["x#1/build[2]"]);
    world.check();
}

#[test]
fn three_hundred_items_are_two_dispatches_and_none_is_done_twice() {
    let items: Vec<String> = (0..300).map(|n| format!("i{n}")).collect();
    let text =
        MANY.replace("[a, b, c], max_parallel: 3", &format!("[{}], max_parallel: 256", items.join(", ")));
    let mut world = World::of(&text);
    world.derives = false;
    world.run("x");
    let mut done = 0;
    while world.status("x#1") == "running" {
        let sent = world.send();
        for run in sent.into_iter().flat_map(|(_, runs)| runs) {
            let [effect] = world.runner("r", &run).try_into().unwrap();
            world.ran("r", &effect, exit(0));
            assert!(world.runner("s", &run).is_empty());
            done += 1;
        }
        world.now = world.now + crate::model::Duration::from_minutes(1);
        world.again();
    }
    assert_eq!((done, world.status("x#1")), (300, "succeeded"));
    assert_eq!(world.count("run.created"), 301);
}

#[test]
fn triggers_the_breaker_and_the_queue_know_the_whole_alone() {
    let mut world = World::new(&[
        ("workflows/x.yaml", &format!("{MANY}breaker: {{ failures: 2 }}\n")),
        (
            "workflows/y.yaml",
            "name: Y\non: { event: { types: [run.finished, step.finished], workflows: [x] } }\nsteps: [{ id: a, run: a }]\n",
        ),
    ]);
    world.run("x");
    for (_, runs) in world.send() {
        for run in runs {
            let Some(effect) = world.runner("r", &run).pop() else { continue };
            world.ran("r", &effect, exit(i32::from(run.ends_with("[2]"))));
        }
    }
    world.again();
    assert_eq!(world.status("x#1"), "failed");
    assert!(world.state().workflow("x").unwrap().paused.is_none());
    let made = world.log.iter().filter(|event| {
        matches!(&event.fact, crate::model::Fact::Flow(fact)
            if matches!(fact.as_ref(), FlowFact::RunCreated { workflow, .. } if workflow == "y"))
    });
    let of_steps_and_run = world
        .log
        .iter()
        .filter(|event| event.fact.kind() == "step.finished" || event.fact.kind() == "run.finished")
        .filter(
            |event| matches!(&event.fact, crate::model::Fact::Flow(fact) if fact.run().unwrap().0 == "x#1"),
        );
    assert_eq!(made.count(), of_steps_and_run.count());
    let refused = world.refused("boss", FlowAsk::RetryRun { run: run_id("x#1/build[2]") });
    assert!(refused.contains("is one step of run `x#1`"), "{refused}");
}

#[test]
fn the_next_run_waits_until_the_runners_of_a_cancelled_one_have_stopped() {
    for overlap in ["queue", "replace"] {
        let mut world = World::of(&format!("{MANY}concurrency: {{ overlap: {overlap} }}\n"));
        world.run("x");
        world.send();
        let begun = world.runner("a", "x#1/build[0]").remove(0);
        world.run("x");
        if overlap == "queue" {
            assert_eq!(world.status("x#2"), "queued");
            world.ask("boss", FlowAsk::CancelRun { run: run_id("x#1"), why: None });
        }
        assert_eq!(world.status("x#1"), "cancelled");
        world.tick("08:01");
        assert_eq!(world.status("x#2"), "queued", "{overlap}: a runner is still at it");
        world.ran("a", &begun, ended(Ended::Cancelled));
        world.again();
        assert_eq!(world.status("x#2"), "running", "{overlap}");
        assert_eq!(world.send()[0].1[0], "x#2/build[0]");
        world.check();
    }
}

#[test]
fn a_part_that_somebody_cancels_fails_its_step() {
    let mut world = World::of(ONE);
    world.run("x");
    world.send();
    world.ask("boss", FlowAsk::CancelRun { run: run_id("x#1/build"), why: None });
    assert_eq!((world.status("x#1/build"), world.status("x#1")), ("cancelled", "failed"));
    assert!(world.why("x#1").starts_with("build: cancelled by boss"), "{}", world.why("x#1"));
    world.check();
}

#[test]
fn a_step_that_makes_no_sense_is_not_sent() {
    let mut world = World::of(
        &ONE.replace("make {{ inputs.what }}", "make {{ vars.a[7] }}\n    if: true")
            .replace("inputs:\n", "vars: { a: [1] }\ninputs:\n"),
    );
    world.run("x");
    assert_eq!((world.effects.len(), world.status("x#1")), (0, "failed"));
    assert_eq!(world.count("run.created"), 1);
    world.check();
}

#[test]
fn what_was_sent_goes_by_the_workflow_as_it_is() {
    // It is no longer for runners: any tick does it.
    let mut world = World::of(ONE);
    world.run("x");
    world.send();
    world.redefine(&ONE.replace("    runs_on: github-actions\n", ""));
    world.tick("08:01");
    assert_eq!(world.effects.iter().map(|effect| effect.run.0.as_str()).collect::<Vec<_>>(), ["x#1/build"]);
    let begun = world.begin();
    let mut outcome = exit(0);
    outcome.outputs.insert("file".to_owned(), json!("b"));
    world.report(&begun[0], outcome);
    world.give_back_as("tick");
    world.again();
    assert_eq!(world.succeed(), ["x#1/ship"]);
    assert_eq!(world.status("x#1"), "succeeded");
    world.check();
    // It is not there any more.
    let mut world = World::of(ONE);
    world.run("x");
    world.send();
    world.redefine("name: X\non: manual\nsteps:\n  - id: other\n    run: a\n");
    world.tick("08:01");
    assert_eq!(world.status("x#1/build"), "cancelled");
    assert!(world.runner("a", "x#1/build").is_empty());
}

#[test]
fn what_ended_on_runners_is_forgotten_with_the_next_fold_and_counts_nowhere() {
    let mut world = World::of(MANY);
    world.run("x");
    for (_, runs) in world.send() {
        for run in runs {
            let effect = world.runner("r", &run).remove(0);
            world.ran("r", &effect, exit(0));
        }
    }
    world.again();
    assert_eq!(world.status("x#1"), "succeeded");
    world.run("x");
    assert_eq!(world.state().meta.run_numbers["x"], 2);
    let mut folded = world.state().clone();
    folded.forget_old_runs();
    let kept: Vec<&str> = folded.meta.runs.keys().map(|run| run.0.as_str()).collect();
    assert_eq!(kept, ["x#1", "x#2", "x#2/build[0]", "x#2/build[1]", "x#2/build[2]"]);
}

/// What happens next in a story that is drawn.
#[derive(Debug, Clone, Copy)]
enum Move {
    Tick,
    /// A tick whose dispatch fails.
    Unsent,
    Come(usize),
    End(usize, bool),
    Die(usize),
    Minutes(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => Just(Move::Tick),
        1 => Just(Move::Unsent),
        6 => (0..4_usize).prop_map(Move::Come),
        4 => (0..4_usize, prop::bool::weighted(0.7)).prop_map(|(who, is_good)| Move::End(who, is_good)),
        1 => (0..4_usize).prop_map(Move::Die),
        2 => (1..25_u64).prop_map(Move::Minutes),
    ];
    prop::collection::vec(one, 0..50)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Runners come twice, late or never, die, fail and are cut off: an item that has succeeded is never begun again, no
    /// two that hold a lease are at the same one, and all of it comes to an end.
    #[test]
    fn however_runners_come_and_go(moves in moves()) {
        let text = MANY.replace("[a, b, c], max_parallel: 3", "[a, b, c, d], max_parallel: 3");
        let mut world = World::of(&text.replace("    retry: 1\n", "    timeout: 5m\n    retry: { attempts: 4, delay: 0s }\n"));
        world.run("x");
        let mut at_work: Vec<(&'static str, Effect)> = Vec::new();
        let mut names = (0..).map(|number| &*Box::leak(format!("r{number}").into_boxed_str()));
        let mut good = std::collections::BTreeSet::new();
        for one in moves {
            match one {
                Move::Tick | Move::Unsent => {
                    world.again();
                    let is_sent = matches!(one, Move::Tick);
                    for effect in world.begin() {
                        sent(&effect);
                        world.report(&effect, exit(i32::from(!is_sent)));
                    }
                    world.end_rounds();
                    world.give_back_as("tick");
                }
                Move::Come(item) => {
                    let name = names.next().unwrap();
                    for effect in world.runner(name, &format!("x#1/build[{item}]")) {
                        prop_assert!(!good.contains(&effect.run), "{} is done", effect.run);
                        let holds = |(name, other): &(&str, Effect)| {
                            let lease = world.state().run(&other.run.0).and_then(|run| run.lease.as_ref());
                            other.run == effect.run && lease.is_some_and(|lease| lease.holder == *name)
                        };
                        prop_assert!(!at_work.iter().any(holds), "two are at {}", effect.run);
                        at_work.push((name, effect));
                    }
                }
                Move::End(who, is_good) if who < at_work.len() => {
                    let (name, effect) = at_work.remove(who);
                    let events = world.ran(name, &effect, exit(i32::from(!is_good)));
                    // One that has lost its lease is not believed.
                    let ended = format!("run.finished {} succeeded", effect.run);
                    if events.contains(&ended) {
                        prop_assert!(good.insert(effect.run.clone()), "{} ended well twice", effect.run);
                    }
                }
                Move::Die(who) if who < at_work.len() => drop(at_work.remove(who)),
                Move::Minutes(minutes) => world.now = world.now + crate::model::Duration::from_minutes(minutes),
                _ => {}
            }
        }
        // From now on nothing goes wrong.
        for _ in 0..60 {
            if world.state().run("x#1").unwrap().status.is_finished() {
                break;
            }
            world.now = world.now + crate::model::Duration::from_minutes(30);
            world.again();
            world.send();
            for item in 0..4 {
                let name = names.next().unwrap();
                for effect in world.runner(name, &format!("x#1/build[{item}]")) {
                    prop_assert!(!good.contains(&effect.run));
                    world.ran(name, &effect, exit(0));
                    good.insert(effect.run);
                }
            }
        }
        world.again();
        let status = world.status("x#1");
        prop_assert!(["succeeded", "failed"].contains(&status), "{status}: {:?}", world.steps("x#1"));
        prop_assert!(status == "failed" || good.len() == 4);
        world.check();
    }
}
