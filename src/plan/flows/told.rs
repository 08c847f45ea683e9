//! Of a tick that could not commit, somebody tells: what it could have done is taken, and nothing else.

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
        let told = [Told { by: Actor::from(by), holder: "tick".into(), at: at("08:01"), facts }];
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
fn what_the_tick_could_do_is_taken_once() {
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

#[test]
fn nothing_else_is_taken() {
    let before = ["a", "each[0]", "each[1]"];
    let nothing: [(&str, Vec<FlowFact>); 9] = [
        ("a step that waits for another", done(&["b"])),
        ("a step that a person answers, before it asks", done(&["yes"])),
        ("a step that is made of others", done(&["each"])),
        ("an item before there is one", done(&["each[0]"])),
        ("an item that there is not", done(&["each[7]"])),
        ("a step that nobody knows", done(&["c"])),
        ("an attempt that is not due", vec![started("a", 2), finished("a", 2, exit(0))]),
        ("an end without a beginning", vec![finished("a", 1, exit(0))]),
        ("what undoes a step that was not done", done(&["a:rollback"])),
    ];
    for (what, facts) in nothing {
        assert!(left(CHAIN).hear(facts).is_empty(), "{what}");
    }
    let mut world = left(CHAIN);
    world.hear(done(&before));
    assert!(world.hear(done(&["yes"])).is_empty(), "the answer of a person");
    assert!(world.hear(done(&["b"])).is_empty(), "what comes after it");
    let mut world = left(CHAIN);
    let mut all = done(&before);
    all.extend(done(&["yes", "b"]));
    assert_eq!(world.hear(all).len(), 6, "both at once");
    assert_eq!(world.steps("x#1")["yes"], "waiting");
}

#[test]
fn a_tick_that_is_alive_keeps_its_run() {
    let mut world = left(CHAIN);
    world.dead.clear();
    assert!(world.hear(done(&["a"])).is_empty());
    let run = world.state().run("x#1").unwrap();
    assert_eq!(run.lease.as_ref().unwrap().holder, "tick");
    // Once its lease has ended, nobody is at it.
    world.now = at("09:00");
    assert_eq!(world.hear(done(&["a"])).len(), 2);
}

#[test]
fn a_tick_that_was_heard_of_later_is_not_gone() {
    let world = left(CHAIN);
    let told =
        |minute| Told { by: Actor::itself(), holder: "tick".into(), at: at(minute), facts: done(&["a"]) };
    assert!(told("08:00").has_left_runs(world.state()) && !told("08:00").has_gone_on(world.state()));
    assert!(told("07:50").has_gone_on(world.state()));
    let other = Told { holder: "nobody".into(), ..told("08:00") };
    assert!(!other.has_left_runs(world.state()));
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
    // What was told in a name that orch did not record it by does not follow.
    let mut forged = planned;
    let index = forged.plan.events.iter().position(|event| event.actor == "boss").unwrap();
    forged.plan.events[index].fact = started("b", 1).into();
    let config_id = "1".into();
    let recorded = Recorded {
        config_id: &config_id,
        at: world.now,
        given: &forged.plan.given,
        events: &forged.plan.events,
    };
    assert!(rederive(&world.config, world.state.clone(), &recorded).is_err());
}
