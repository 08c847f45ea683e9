//! What holds for calls to agents whatever people do meanwhile, and however the calls end.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{World, exit};
use super::{activate, task, world_of};
use crate::model::{
    Ask, Called, Duration, Event, Fact, FlowAsk, NewTask, Request, RunStatus, TaskStatus, Verdict,
};
use crate::plan::testing::{code, judge};
use crate::plan::{Effect, task_of};
use crate::seeds::worlds;

const TEAM: &str = "agents:
  - name: writer
    max_active: 2
    activate:
      with: [{ id: one, run: one, retry: 1 }, { id: two, run: two, retry: 2 }]
      on: { schedule: { every: 1h } }
      breaker: false
  - { name: editor }
  - { name: chief, max_active: 1 }
";

/// One thing that happens: what, with which task, and how it goes.
#[derive(Debug, Clone, Copy)]
struct Turn {
    minutes: u64,
    what: u8,
    task: u32,
    good: bool,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (0u64..25, 0u8..20, 1u32..5, any::<bool>());
    let turn = turn.prop_map(|(minutes, what, task, good)| Turn { minutes, what, task, good });
    prop::collection::vec(turn, 1..50)
}

impl Turn {
    /// What somebody asks for, most of which is refused; none where the world goes on by itself.
    fn ask(self) -> Option<(&'static str, Ask)> {
        let (name, other) = (format!("T-{}", self.task), format!("T-{}", self.task % 4 + 1));
        let task_code = code(&name);
        Some(match self.what {
            0..=2 => {
                let depends_on = if self.good { Vec::new() } else { vec![code(&other)] };
                let spec = NewTask { depends_on, ..task("A task") };
                ("boss", Ask::Add { code: Some(task_code), prefix: None, spec })
            }
            3 => ("writer", Ask::Start { task: task_code }),
            4..=6 => ("writer", Ask::Complete { task: task_code, output: None }),
            7 | 8 => {
                let verdict = if self.good { Verdict::Approved } else { Verdict::Rejected };
                ("editor", judge(&name, "edit", verdict))
            }
            9 => ("boss", Ask::Block { task: task_code, reason: "the fair".to_owned() }),
            10 => ("boss", Ask::Unblock { task: task_code }),
            11 if self.good => ("boss", Ask::Cancel { task: task_code, reason: None }),
            11 => ("boss", Ask::Reassign { task: task_code, to: "chief".into() }),
            12 => ("boss", Ask::Reassign { task: task_code, to: "writer".into() }),
            13 if self.good => ("boss", Ask::Flow(FlowAsk::PauseAgent { agent: "writer".into(), why: None })),
            13 => ("boss", Ask::Flow(FlowAsk::ResumeAgent { agent: "writer".into() })),
            14 => ("boss", activate(self.good.then_some(name.as_str()))),
            _ => return None,
        })
    }
}

/// Begins what can be, and ends one of those that go on.
fn work(world: &mut World, running: &mut Vec<Effect>, good: bool) {
    world.again();
    running.extend(world.begin());
    match running.pop() {
        Some(effect) => drop(world.report(&effect, exit(i32::from(!good)))),
        None => world.give_back(),
    }
}

/// That nobody was called for work twice without being given the task anew, and every call made its run.
fn check_log(log: &[Event]) -> Result<(), TestCaseError> {
    let (mut called, mut calls, mut runs) = (BTreeSet::new(), 0, 0);
    for event in log {
        match &event.fact {
            Fact::TaskAssigned { task, .. } => {
                called.remove(task);
            }
            Fact::AgentActivated { task, by, .. } => {
                calls += 1;
                let is_again = !called.insert(task.clone()) && *by == Called::Work;
                prop_assert!(!is_again, "{} was called for twice", task);
            }
            fact => runs += usize::from(fact.kind() == "run.created"),
        }
    }
    prop_assert_eq!(calls, runs);
    Ok(())
}

fn check_state(world: &World) -> Result<(), TestCaseError> {
    let state = world.state();
    let mut queued = BTreeSet::new();
    for run in state.open_runs() {
        let task = task_of(run).unwrap();
        // One may wait behind another that the agent is still at, which began before the task came back.
        let is_first = run.status != RunStatus::Queued || queued.insert(task.clone());
        prop_assert!(is_first, "two calls to {} wait", task);
        let held = state.task(&task).and_then(|task| task.agent.as_deref());
        prop_assert!(held.is_none_or(|agent| agent == "writer"), "{} is not the writer's", task);
    }
    let is_paused = state.meta.paused_agents.contains_key("writer");
    for task in state.tasks().filter(|task| task.agent.as_deref() == Some("writer")) {
        let is_called = task.activated().is_some();
        prop_assert!(task.status != TaskStatus::Pending || is_paused || is_called, "{:?} is forgotten", task);
        let fails = task.is_active() && task.activated().is_some_and(|call| call.failed.is_some());
        let alert = (task.code.clone(), "activation-failed".into());
        prop_assert_eq!(state.meta.alerts.contains_key(&alert), fails, "{}", &task.code);
    }
    Ok(())
}

// More of them: `ORCH_TEST_WORLDS=10000 cargo test activation::properties`.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(worlds(100)))]

    #[test]
    fn nobody_is_called_twice_and_nobody_is_forgotten(turns in turns()) {
        let mut world = world_of(TEAM);
        let mut running = Vec::new();
        for turn in turns {
            world.now = world.now + Duration::from_minutes(turn.minutes);
            match turn.ask() {
                Some((actor, ask)) => {
                    if world.try_plan(&[Request::new(actor, ask.clone())], &[], false).is_ok() {
                        world.demand(actor, ask);
                    }
                }
                None => work(&mut world, &mut running, turn.good),
            }
            // What time alone brings.
            world.again();
            running.extend(world.begin());
            world.check();
            check_state(&world)?;
        }
        check_log(&world.log)?;
    }
}
