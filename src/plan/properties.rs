//! What holds for every team and every sequence of requests.

use proptest::prelude::*;

use super::testing::{Team, agent, at, code, content, judge, team};
use super::{Inputs, plan};
use crate::model::{Ask, Config, Duration, Event, Priority, Task, TaskEdit, TaskStatus, Time, Verdict};
use crate::seeds::worlds;
use crate::state::{Fate, State};

const PEOPLE: [&str; 7] = ["coordinator", "content", "community", "lore", "cultural", "human", "boss"];
const KINDS: [&str; 4] = ["tweet", "post", "thread", "poem"];
const VERDICTS: [Verdict; 3] = [Verdict::Approved, Verdict::Rejected, Verdict::ChangesRequested];

/// One thing somebody tries. Most of it is refused, and must then change nothing.
#[derive(Debug, Clone)]
struct Try {
    minutes: u16,
    actor: usize,
    what: u8,
    task: u32,
    other: Vec<u32>,
    choice: u8,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (0u16..90, 0usize..7, 0u8..16, 1u32..9, prop::collection::vec(1u32..9, 0..3), any::<u8>());
    let one = one.prop_map(|(minutes, actor, what, task, other, choice)| Try {
        minutes,
        actor,
        what,
        task,
        other,
        choice,
    });
    prop::collection::vec(one, 1..40)
}

fn teams() -> impl Strategy<Value = Config> {
    (prop::collection::vec(0u32..4, 6), any::<bool>(), 1u8..=100).prop_map(|(capacities, fallback, warn)| {
        let mut config = team();
        for (name, max) in PEOPLE.iter().zip(capacities) {
            config.agents.insert((*name).into(), agent(name, max).1);
        }
        if !fallback {
            config.routing.fallback = None;
        }
        for objective in &mut config.objectives {
            objective.warn_percent = warn;
        }
        config
    })
}

impl Try {
    fn ask(&self) -> Ask {
        let name = |number: u32| format!("T-{number}");
        let task = code(&name(self.task));
        match self.what {
            0..=3 => {
                let mut spec = content("a task", KINDS[usize::from(self.choice) % 4], self.choice % 3 + 1);
                spec.depends_on = self.other.iter().map(|number| code(&name(*number))).collect();
                spec.priority = Priority::ALL[usize::from(self.choice) % 4];
                if self.choice.is_multiple_of(5) {
                    spec.kind = "chore".into();
                }
                Ask::Add { code: Some(task), prefix: None, spec }
            }
            4 | 5 => Ask::Start { task },
            6..=8 => Ask::Complete { task, output: None },
            9 => Ask::Block { task, reason: "waiting for a reply".to_owned() },
            10 => Ask::Unblock { task },
            11 if self.choice.is_multiple_of(3) => Ask::Cancel { task, reason: None },
            11 => Ask::Reassign { task, to: PEOPLE[self.actor].into() },
            12 => {
                let depends_on = Some(self.other.iter().map(|number| code(&name(*number))).collect());
                Ask::Edit { task, edit: TaskEdit { depends_on, ..TaskEdit::default() } }
            }
            _ => {
                let kind = ["canon", "cultural", "coordinator"][usize::from(self.choice) % 3];
                judge(&name(self.task), kind, VERDICTS[usize::from(self.choice / 3) % 5 % 3])
            }
        }
    }
}

fn check(config: &Config, state: &State, made: &[u32]) -> Result<(), TestCaseError> {
    for number in made {
        prop_assert!(state.is_known(&code(&format!("T-{number}"))), "task T-{} is lost", number);
    }
    for agent in config.agents.values() {
        prop_assert!(state.load(&agent.name) <= agent.max_active, "{} is over its capacity", agent.name);
        let held = state.tasks().filter(|t| t.is_active() && t.agent.as_ref() == Some(&agent.name)).count();
        prop_assert_eq!(state.load(&agent.name) as usize, held);
    }
    for agent in config.agents.keys() {
        let pending = state.tasks().flat_map(Task::pending_reviews);
        let pending = pending.filter(|review| review.reviewer.as_ref() == Some(agent)).count();
        prop_assert_eq!(state.to_review(agent) as usize, pending);
    }
    prop_assert_eq!(state.queued(), state.tasks().filter(|task| task.is_queued()).count());
    state.tasks().try_for_each(|task| check_task(state, task))
}

fn check_task(state: &State, task: &Task) -> Result<(), TestCaseError> {
    if !task.status.is_finished() {
        let incomplete = state.incomplete(&task.spec.depends_on);
        prop_assert_eq!(&task.waiting_on, &incomplete, "{} does not know what it waits for", task.code);
        let held = !incomplete.is_empty() || task.hold.is_some();
        let may_wait = task.status != TaskStatus::Review;
        prop_assert!(!may_wait || held == (task.status == TaskStatus::Blocked), "{:?}", task);
        for dependency in incomplete.iter().filter(|code| state.fate(code) == Some(Fate::Cancelled)) {
            let key = format!("dependency-cancelled:{dependency}");
            prop_assert!(
                state.meta.alerts.contains_key(&(task.code.clone(), key.into())),
                "a silent deadlock"
            );
        }
    }
    for review in task.pending_reviews() {
        prop_assert!(review.reviewer.is_none() || review.reviewer != task.author, "reviews its own work");
    }
    prop_assert_eq!(task.status == TaskStatus::Review, task.pending_reviews().count() > 0);
    Ok(())
}

/// The state that a log gives on its own.
fn fold(events: &[Event]) -> State {
    let mut state = State::default();
    for event in events {
        state.apply(event).unwrap();
    }
    state
}

// The whole of it: `ORCH_TEST_WORLDS=100000 cargo test properties::`.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(worlds(2000)))]

    #[test]
    fn no_sequence_of_requests_breaks_a_promise(config in teams(), tries in tries()) {
        let mut team = Team::new(config);
        let (mut log, mut made, mut now) = (Vec::new(), Vec::new(), at("09:00"));
        for attempt in &tries {
            now = now + Duration::from_minutes(attempt.minutes.into());
            let ask = || team.try_ask(now, PEOPLE[attempt.actor], vec![attempt.ask()]);
            let planned = match (ask(), ask()) {
                (Ok(planned), Ok(again)) => {
                    prop_assert_eq!(format!("{:?}", planned.plan), format!("{:?}", again.plan));
                    planned
                }
                (Err(refused), Err(again)) => {
                    prop_assert_eq!(refused.to_string(), again.to_string());
                    continue;
                }
                (one, other) => panic!("{one:?} and {other:?}"),
            };
            if matches!(attempt.ask(), Ask::Add { .. }) {
                made.push(attempt.task);
            }
            log.extend(planned.plan.events.iter().cloned());
            check(&team.config, &planned.state, &made)?;
            if let Some(due) = planned.plan.due {
                prop_assert!(due > now, "due in the past: {} at {}", due, now);
                quiet_until(&team, &planned.state, due)?;
            }
            team.state = Some(planned.state);
            let again = team.try_ask(now, "orch", Vec::new()).unwrap();
            prop_assert!(again.plan.is_empty(), "the second run does {:?}", again.plan.events);
        }
        if let Some(state) = &team.state {
            prop_assert_eq!(&fold(&log), state);
        }
    }
}

/// One second before `due` nothing happens; at `due` something does.
fn quiet_until(team: &Team, state: &State, due: Time) -> Result<(), TestCaseError> {
    let at = |now| {
        let inputs = Inputs::new(now, "c0ffee".into(), &[]);
        plan(&team.config, Some(state.clone()), &inputs).unwrap().plan
    };
    prop_assert!(at(due - Duration::from_seconds(1)).is_empty(), "something happens before it is due");
    prop_assert!(!at(due).is_empty(), "nothing happens when it is due");
    Ok(())
}
