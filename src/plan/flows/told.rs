//! Of a tick that could not commit, somebody tells, in its own words: what is news of them is taken, and nothing else.

use super::*;
use crate::model::{Actor, Fact, Name, Origin, Right, Role};
use crate::plan::Told;

const CHAIN: &str = "
name: X
on: manual
steps:
  - { id: a, run: a }
  - { id: each, run: 'e {{ item }}', needs: a, for_each: [1, 2] }
  - { id: yes, approve: { risk: much }, needs: each }
  - { id: b, run: b, needs: yes }
";

fn started(step: &str, attempt: u32) -> FlowFact {
    FlowFact::StepStarted {
        run: run_id("x#1"),
        step: step.into(),
        attempt,
        by: Some("tick".into()),
        manifest: None,
    }
}

fn finished(step: &str, attempt: u32, outcome: Outcome) -> FlowFact {
    FlowFact::StepFinished {
        run: run_id("x#1"),
        step: step.into(),
        attempt,
        by: Some("tick".into()),
        outcome,
    }
}

/// Steps that began and succeeded.
fn done(steps: &[&str]) -> Vec<FlowFact> {
    steps.iter().flat_map(|step| [started(step, 1), finished(step, 1, exit(0))]).collect()
}

/// A tick has the run and is not heard of any more; another one is at work.
fn left(text: &str) -> World {
    let mut world = World::of(text);
    world.run("x");
    world.holder = Some("other");
    world.dead.push("tick".into());
    world.now = at("08:05");
    world
}

impl World {
    fn try_hear(&self, by: &str, facts: Vec<FlowFact>) -> Result<Planned, PlanError> {
        let told = [Told { by: Actor::from(by), holder: "tick".into(), facts }];
        let inputs = Inputs {
            told: &told,
            holder: self.holder,
            dead: &self.dead,
            ..Inputs::new(self.now, self.config_id.as_str().into(), &[])
        };
        let planned = plan(&self.config, self.state.clone(), &inputs)?;
        follows(&self.config, self.state.clone(), &inputs, &planned);
        Ok(planned)
    }

    /// What of it was taken, `a` or `a succeeded`; everything that follows happens, too.
    fn hear(&mut self, facts: Vec<FlowFact>) -> Vec<String> {
        let planned = self.try_hear("boss", facts).unwrap();
        let taken = planned.plan.events.iter().filter(|event| event.actor == "boss");
        let taken = taken.filter_map(|event| match &event.fact {
            Fact::Flow(fact) => match fact.as_ref() {
                FlowFact::StepStarted { step, .. } => Some(step.to_string()),
                FlowFact::StepFinished { step, outcome, .. } => Some(format!("{step} {:?}", outcome.ended)),
                _ => None,
            },
            _ => None,
        });
        let taken = taken.collect();
        self.end_rounds();
        self.keep(planned);
        taken
    }
}

#[test]
fn what_the_tick_did_is_taken_once() {
    let facts = done(&["a", "each[0]", "each[1]"]);
    let mut world = left(CHAIN);
    let taken = world.hear(facts.clone());
    let all = ["a", "a Succeeded", "each[0]", "each[0] Succeeded", "each[1]", "each[1] Succeeded"];
    assert_eq!(taken, all);
    assert_eq!(world.steps("x#1")["yes"], "waiting");
    assert!(world.effects.is_empty());
    world.check();
    assert!(world.hear(facts).is_empty(), "the second time it is no news");
}

#[test]
fn an_attempt_that_was_made_again_is_taken_whenever_it_was_due() {
    let mut world =
        left("name: X\non: manual\nsteps:\n  - { id: a, run: a, retry: { attempts: 3, delay: 1h } }\n");
    let facts = vec![started("a", 1), finished("a", 1, exit(1)), started("a", 2), finished("a", 2, exit(0))];
    assert_eq!(world.hear(facts), ["a", "a Failed", "a", "a Succeeded"]);
    assert_eq!(world.status("x#1"), "succeeded");
}

/// What came after the tick gave up does not make undone what it did.
#[test]
fn whatever_happened_since_it_is_taken() {
    let facts = done(&["a", "each[0]"]);
    let since: [(&str, FlowAsk); 2] = [
        ("paused", FlowAsk::Pause { workflow: Some("x".into()), why: None }),
        ("all paused", FlowAsk::Pause { workflow: None, why: None }),
    ];
    for (what, ask) in since {
        let mut world = left(CHAIN);
        world.dead.clear();
        world.ask("ann", ask);
        world.dead.push("tick".into());
        assert_eq!(world.hear(facts.clone()).len(), 4, "{what}");
        world.check();
    }
    let mut world = left(CHAIN);
    world.now = at("12:00");
    assert_eq!(world.hear(facts).len(), 4, "the lease is over");
}

#[test]
fn a_long_chain_is_taken_whole() {
    let step = |n: usize| match n {
        0 => "  - { id: s0, run: a }\n".to_owned(),
        n => format!("  - {{ id: s{n}, run: a, needs: s{} }}\n", n - 1),
    };
    let steps: String = (0..200).map(step).collect();
    let mut world = left(&format!("name: X\non: manual\nsteps:\n{steps}"));
    let names: Vec<String> = (0..199).map(|n| format!("s{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(world.hear(done(&names)).len(), 398);
    assert_eq!(world.succeed(), ["x#1/s199"]);
    assert_eq!(world.status("x#1"), "succeeded");
}

#[test]
fn what_the_state_knows_better_is_not_taken() {
    assert!(left(CHAIN).hear(vec![finished("a", 1, exit(0))]).is_empty(), "an end without a beginning");
    // Another tick took the run over, and does the step again.
    let mut world = left(CHAIN);
    world.again();
    world.begin();
    assert!(world.hear(done(&["a"])).is_empty());
    assert_eq!(world.steps("x#1")["a"], "running");
    // Nobody but the tick that had the run says anything of it.
    let mut world = left(CHAIN);
    world.dead = vec!["somebody".into()];
    let by_another = done(&["a"]).into_iter().map(|mut fact| {
        if let FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. } = &mut fact {
            *by = Some("somebody".into());
        }
        fact
    });
    assert!(world.hear(by_another.collect()).is_empty());
    assert_eq!(world.state().run("x#1").unwrap().lease.as_ref().unwrap().holder, "tick");
    // A run that the state does not know, such as one that the tick made itself.
    let unknown = done(&["a"]).into_iter().map(|mut fact| {
        if let FlowFact::StepStarted { run, .. } | FlowFact::StepFinished { run, .. } = &mut fact {
            *run = run_id("x#9");
        }
        fact
    });
    assert!(left(CHAIN).hear(unknown.collect()).is_empty());
    // A run that has ended.
    let mut world = left(CHAIN);
    world.ask("ann", FlowAsk::CancelRun { run: run_id("x#1"), why: None });
    assert!(world.hear(done(&["a"])).is_empty());
}

#[test]
fn no_file_answers_for_a_person() {
    let mut world = left(CHAIN);
    world.hear(done(&["a", "each[0]", "each[1]"]));
    assert!(world.hear(done(&["yes"])).is_empty());
    assert_eq!(world.steps("x#1")["yes"], "waiting");
}

#[test]
fn only_a_tick_with_runs_of_its_own_is_counted_as_gone() {
    let world = left(CHAIN);
    let told = |holder: &str| Told { by: Actor::itself(), holder: holder.into(), facts: done(&["a"]) };
    assert!(told("tick").has_left_runs(world.state()));
    assert!(!told("nobody").has_left_runs(world.state()));
}

#[test]
fn who_tells_must_be_allowed_to_and_is_recorded() {
    let mut world = left(CHAIN);
    let role = Role {
        name: "owner".into(),
        title: None,
        members: vec![Name::from("boss")],
        may: vec![Right::Admin],
        on: None,
        verified: false,
        origin: Origin::new("roles.yaml", 2, 5),
    };
    world.config.roles = Some([(role.name.clone(), role)].into_iter().collect());
    let refused = world.try_hear("mallory", done(&["a"])).unwrap_err().to_string();
    assert_eq!(refused, "failed to take in a recovery file: `mallory` may not change the history");
    let planned = world.try_hear("boss", done(&["a"])).unwrap();
    let told = planned.plan.events.iter().find(|event| event.actor == "boss").unwrap();
    assert_eq!(told.asked.as_ref().unwrap().role.as_deref(), Some("owner"));
    // What is no news when it is told does not follow.
    let mut forged = planned;
    let index = forged.plan.events.iter().position(|event| event.actor == "boss").unwrap();
    forged.plan.events[index].fact = finished("b", 1, exit(0)).into();
    let config_id = "1".into();
    let recorded = Recorded {
        config_id: &config_id,
        at: world.now,
        given: &forged.plan.given,
        events: &forged.plan.events,
    };
    assert!(rederive(&world.config, world.state.clone(), &recorded).is_err());
}
