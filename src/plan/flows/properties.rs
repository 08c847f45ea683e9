//! What holds for every graph of steps, however they end, and for every row of ticks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;

use super::{World, at, exit};
use crate::model::{Duration, Fact, FlowFact, RunStatus, Time};
use crate::plan::{Inputs, plan};
use crate::seeds::worlds;

/// A step: which ones before it it needs, and what it is like.
#[derive(Debug, Clone)]
struct Shape {
    needs: BTreeSet<usize>,
    condition: bool,
    tolerant: bool,
    rollback: bool,
    attempts: u8,
    items: u8,
    /// How its attempts end, by turns.
    ends: Vec<bool>,
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let shape = (
        prop::collection::btree_set(0usize..12, 0..3),
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.2),
        any::<bool>(),
        1u8..4,
        0u8..6,
        prop::collection::vec(prop::bool::weighted(0.8), 1..4),
    );
    let shape = shape.prop_map(|(needs, condition, tolerant, rollback, attempts, items, ends)| Shape {
        needs,
        condition,
        tolerant,
        rollback,
        attempts,
        items,
        ends,
    });
    prop::collection::vec(shape, 1..12)
}

fn yaml(shapes: &[Shape], parallel: u8) -> String {
    let mut text = format!(
        "name: X\non: manual\nconcurrency: {{ max_parallel: {parallel} }}\nbreaker: false\n\
         inputs: {{ no: {{ type: boolean, default: false }} }}\nsteps:\n"
    );
    for (number, shape) in shapes.iter().enumerate() {
        let needs: Vec<String> =
            shape.needs.iter().filter(|need| **need < number).map(|need| format!("s{need}")).collect();
        let _ = write!(text, "  - id: s{number}\n    run: do {number}\n    needs: [{}]\n", needs.join(", "));
        let _ = writeln!(text, "    retry: {{ attempts: {}, delay: 40s }}", shape.attempts);
        if !shape.condition {
            text += "    if: inputs.no\n";
        }
        if shape.tolerant {
            text += "    continue_on_error: true\n";
        }
        if shape.rollback {
            text += "    rollback: { run: undo, retry: 1 }\n";
        }
        // Most steps have no items.
        if shape.items > 3 {
            let _ = writeln!(text, "    for_each: {{ items: [p, q, r], max_parallel: {} }}", shape.items - 3);
        }
    }
    text.replace("    needs: []\n", "")
        + "on_failure:\n  - { id: sorry, run: sorry, retry: 1 }\nfinally:\n  - { id: tidy, run: tidy, retry: 1 }\n"
}

fn id(key: &str) -> &str {
    key.split(['[', ':']).next().unwrap()
}

/// When something that was not begun could be, and what is due only later.
fn quiet_until_due(world: &World) -> Result<(), TestCaseError> {
    let at = |now: Time| {
        let inputs =
            Inputs { holder: Some("tick"), ..Inputs::new(now, world.config_id.as_str().into(), &[]) };
        plan(&world.config, world.state.clone(), &inputs).unwrap().plan
    };
    let Some(due) = world.due else { return Ok(()) };
    prop_assert!(due > world.now, "due in the past: {} at {}", due, world.now);
    prop_assert!(at(due - Duration::from_seconds(1)).is_empty(), "something happens before it is due");
    prop_assert!(!at(due).is_empty(), "nothing happens when it is due");
    Ok(())
}

/// Plays a run to its end, in an order that `turns` draws.
fn play(world: &mut World, shapes: &[Shape], turns: &[u8]) -> Result<Vec<String>, TestCaseError> {
    let mut done = Vec::new();
    let mut running = Vec::new();
    let mut turn = turns.iter().cycle();
    world.run("x");
    while !world.state().run("x#1").unwrap().status.is_finished() {
        running.extend(world.begin());
        if running.is_empty() {
            // Nobody is at work.
            world.give_back();
            if world.effects.is_empty() {
                quiet_until_due(world)?;
                prop_assert!(world.due.is_some(), "stuck: {:?}", world.steps("x#1"));
                world.now = world.due.unwrap();
                world.again();
            }
            continue;
        }
        let chosen = usize::from(*turn.next().unwrap()) % running.len();
        let effect = running.swap_remove(chosen);
        let number = id(&effect.step).strip_prefix('s').and_then(|number| number.parse::<usize>().ok());
        let undoes = effect.step.ends_with(":rollback");
        let good = number.filter(|_| !undoes).is_none_or(|number| {
            let ends = &shapes[number].ends;
            ends[(effect.attempt as usize - 1) % ends.len()]
        });
        done.push(effect.step.to_string());
        world.report(&effect, exit(i32::from(!good)));
        let twice = world.try_plan(&[], &[], true).unwrap();
        prop_assert!(twice.plan.events.is_empty(), "news without news: {:?}", twice.plan.events);
    }
    Ok(done)
}

/// Which steps ended, in order, and how often each did for good.
fn ends(world: &World) -> (Vec<String>, BTreeMap<String, u32>) {
    let (mut order, mut count) = (Vec::new(), BTreeMap::new());
    for (at, event) in world.log.iter().enumerate() {
        let Fact::Flow(fact) = &event.fact else { continue };
        let key = match fact.as_ref() {
            FlowFact::StepFinished { step, .. } => {
                let retried = world.log[at + 1..].iter().any(|later| {
                    matches!(&later.fact, Fact::Flow(later)
                    if matches!(later.as_ref(), FlowFact::StepRetried { step: again, .. } if again == step))
                });
                if retried {
                    continue;
                }
                step
            }
            FlowFact::StepSkipped { step, .. } => step,
            _ => continue,
        };
        order.push(key.to_string());
        *count.entry(key.to_string()).or_default() += 1;
    }
    (order, count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(worlds(300)))]

    #[test]
    fn every_graph_comes_to_its_end(
        shapes in shapes(),
        parallel in 1u8..5,
        turns in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let text = yaml(&shapes, parallel);
        let mut world = World::of(&text);
        let done = play(&mut world, &shapes, &turns)?;
        world.check();
        // The same again gives the same.
        let mut other = World::of(&text);
        prop_assert_eq!(&play(&mut other, &shapes, &turns)?, &done);
        prop_assert_eq!(&other.log, &world.log);

        let (order, count) = ends(&world);
        prop_assert!(count.values().all(|count| *count == 1), "decided more than once: {:?}", count);
        let run = world.state().run("x#1").unwrap();
        let failed = run.steps.iter().any(|(key, record)| {
            let number = key.strip_prefix('s').and_then(|number| number.parse::<usize>().ok());
            record.status.as_str() == "failed" && number.is_some_and(|number| !shapes[number].tolerant)
        });
        prop_assert_eq!(run.status, if failed { RunStatus::Failed } else { RunStatus::Succeeded });
        let place = |id: &str| order.iter().position(|key| key == id);
        for (number, shape) in shapes.iter().enumerate() {
            let key = format!("s{number}");
            let began = done.iter().position(|done| id(done) == key && !done.contains(':'));
            if !failed {
                prop_assert!(place(&key).is_some(), "{key} was never decided: {order:?}");
            }
            for need in shape.needs.iter().filter(|need| **need < number) {
                let need = format!("s{need}");
                if began.is_some() {
                    let status = run.steps[need.as_str()].status.as_str();
                    prop_assert!(place(&need) < place(&key), "{key} before {need}: {order:?}");
                    prop_assert!(matches!(status, "succeeded" | "failed"), "{key} without {need}");
                }
            }
        }
        let undone: Vec<&String> = done.iter().filter(|key| key.ends_with(":rollback")).collect();
        prop_assert!(failed || undone.is_empty());
        prop_assert!(undone.iter().all(|key| key.matches(":rollback").count() == 1));
        prop_assert_eq!(done.last().map(String::as_str), Some("tidy"));
    }

    #[test]
    fn every_slot_is_decided_once_however_ticks_come(
        gaps in prop::collection::vec(prop_oneof![Just(0u64), 1u64..20, 20u64..420], 1..60),
        policy in 0usize..3,
    ) {
        let policy = ["latest", "all, max_catch_up: 3", "skip"][policy];
        slots(policy, &gaps)?;
    }
}

/// Ticks at these distances in minutes, over a schedule with a slot every quarter of an hour.
fn slots(policy: &str, gaps: &[u64]) -> Result<(), TestCaseError> {
    let mut world = World::of(&super::simple(&format!(
        "on: {{ schedule: {{ cron: '*/15 * * * *', catch_up: {policy} }} }}"
    )));
    world.derives = gaps.len() < 100;
    let mut now = at("08:00");
    for gap in gaps {
        now = now + Duration::from_minutes(*gap);
        world.now = now;
        world.again();
        world.succeed();
        // A doubled tick.
        prop_assert!(world.again().is_empty());
    }
    let quarter = 15 * 60;
    let passed = u64::try_from((now.as_second() - at("08:00").as_second()) / quarter).unwrap();
    let (mut ran, mut missed) = (BTreeSet::new(), 0);
    for event in &world.log {
        let Fact::Flow(fact) = &event.fact else { continue };
        match fact.as_ref() {
            FlowFact::ScheduleFired { slot, .. } => prop_assert!(ran.insert(*slot), "{slot} came twice"),
            FlowFact::ScheduleMissed { count, .. } => missed += count,
            _ => {}
        }
    }
    prop_assert_eq!(ran.len() as u64 + missed, passed, "ran or missed, each once");
    prop_assert_eq!(world.count("run.created"), ran.len());
    prop_assert_eq!(world.count("run.finished"), ran.len());
    Ok(())
}

#[test]
fn a_thousand_ticks_at_bad_spacing_lose_no_slot() {
    // As the clocks of busy services come: most ticks are dropped, some are hours late, some are doubled.
    for (seed, policy) in [(1u64, "latest"), (2, "all, max_catch_up: 50"), (3, "skip")] {
        let mut draw = seed;
        let gaps: Vec<u64> = (0..1000)
            .map(|_| {
                draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match draw >> 60 {
                    0..3 => 0,
                    3..12 => (draw >> 40) % 16,
                    _ => (draw >> 40) % 420,
                }
            })
            .collect();
        slots(policy, &gaps).unwrap();
    }
}
