//! What somebody tells of the steps of a tick that could not commit.
//!
//! Whoever can write such a file can write anything into it. So it is asked for like everything else, by somebody who
//! may; and of what it says, the state takes what that tick could have done: the attempts that were due in the runs
//! that it had for itself, and how they ended.

use smol_str::SmolStr;

use super::{LIMIT, PlanError, Planner, is_progress};
use crate::model::{Actor, Asked, Fact, Fence, FlowFact, Lease, Right, RunId, StepStatus, Time};
use crate::plan::Refusal;
use crate::plan::access::{Action, Decision, Resource, asked, may};
use crate::plan::admit::news;
use crate::plan::context::{Context, Reactions};
use crate::plan::effect::Effect;
use crate::plan::rules::{LEASE, Steps};
use crate::state::State;

/// What a tick did and could not commit, and who tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub by: Actor,
    /// The name under which the tick leased runs.
    pub holder: SmolStr,
    /// When it gave up.
    pub at: Time,
    /// How attempts began and ended, in order.
    pub facts: Vec<FlowFact>,
}

impl Told {
    /// Whether the tick has runs in this state that nobody works on any more.
    pub fn has_left_runs(&self, state: &State) -> bool {
        self.leases(state).next().is_some()
    }

    /// Whether the tick has been heard of after it gave up, and is not gone at all.
    pub fn has_gone_on(&self, state: &State) -> bool {
        self.leases(state).any(|lease| lease.until > self.at + LEASE)
    }

    /// The leases of the tick on runs that are told of.
    fn leases<'s>(&'s self, state: &'s State) -> impl Iterator<Item = &'s Lease> {
        let runs = self.facts.iter().filter_map(|fact| state.run(&fact.run()?.0));
        runs.filter_map(|run| run.lease.as_ref()).filter(|lease| lease.holder == self.holder)
    }
}

impl Planner<'_> {
    /// Takes in what somebody tells, as far as it is news and can be true.
    pub(super) fn hear(&mut self, told: &Told) -> Result<(), PlanError> {
        let refused = |refusal| PlanError::NotHeard { refusal: Box::new(refusal) };
        let role = match may(self.config, &told.by, &Action::new(Right::Admin, Resource::Project)) {
            Decision::Allowed(role) => role,
            Decision::Denied(denial) => return Err(refused(Refusal::NotAllowed(Box::new(denial)))),
        };
        if let Some(held) = self.held() {
            return Err(refused(held));
        }
        let asked = asked(self.config, &told.by, role, Fence::default());
        // What leads to something that cannot be true must not stay.
        let mut trial = self.clone();
        for fact in told.facts.iter().filter(|fact| by(fact) == Some(&told.holder)) {
            if trial.take(fact, &told.by, None)? {
                self.take(fact, &told.by, asked.clone())?;
            }
        }
        Ok(())
    }

    /// Whether it was taken.
    fn take(&mut self, fact: &FlowFact, by: &Actor, asked: Option<Box<Asked>>) -> Result<bool, PlanError> {
        let can_be_true = self.can_be_true(fact)?;
        if can_be_true {
            self.record(by.name.clone(), fact.clone().into(), None, None, asked)?;
            self.react()?;
        }
        Ok(can_be_true)
    }

    /// Whether something that is told of a step is news, and what the tick could have done. Its run first goes on as
    /// far as it did in the hands of the tick.
    pub(super) fn can_be_true(&mut self, fact: &FlowFact) -> Result<bool, PlanError> {
        if news(&self.state, fact).is_none() {
            return Ok(false);
        }
        let Some(run) = fact.run().and_then(|run| self.state.run(&run.0)) else { return Ok(false) };
        // Who never had the run has done nothing of it.
        let is_late = matches!(fact, FlowFact::StepFinished { .. });
        let had = run.last_lease.as_ref().map(|lease| &lease.holder);
        if by(fact).is_none() || !(is_late || had == by(fact)) {
            return Ok(false);
        }
        let is_free = run.lease.as_ref().is_none_or(|lease| self.context().is_gone(lease));
        match fact {
            // If it is not at it any more, it was given up for lost, and turns out to have ended.
            FlowFact::StepFinished { step, .. } => {
                let record = run.steps.get(step);
                Ok(is_free || record.is_some_and(|record| record.status != StepStatus::Running))
            }
            FlowFact::StepStarted { step, attempt, manifest: None, .. } if is_free => match run
                .steps
                .get(step)
            {
                Some(record) => Ok(record.status == StepStatus::Retrying && record.attempt + 1 == *attempt),
                None => {
                    let run = run.id.clone();
                    let due = self.go_on(&run)?;
                    Ok(due.iter().any(|effect| (&effect.step, effect.attempt) == (step, *attempt)))
                }
            },
            _ => Ok(false),
        }
    }

    /// Lets a run go on by its steps alone, in the name of the tick that has it, and gives what is due to be done.
    fn go_on(&mut self, run: &RunId) -> Result<Vec<Effect>, PlanError> {
        let lease = self.state.run(&run.0).and_then(|run| run.lease.clone());
        // For what has come since, the tick was not there.
        let now = lease.as_ref().map_or(self.now, |lease| lease.until.min(self.now));
        let mut reactions = Reactions::default();
        let mut passes = 0;
        while passes < LIMIT {
            let before = self.events.len();
            let holder = lease.as_ref().map(|lease| lease.holder.as_str());
            let cx = Context { now, holder, ..self.context() };
            Steps::go_on(cx, run, &mut reactions);
            let due = reactions.take_effects();
            if reactions.is_empty() {
                return Ok(due);
            }
            self.add(&Steps, None, &mut reactions)?;
            self.react()?;
            passes += usize::from(!self.events[before..].iter().any(is_progress));
        }
        Err(self.circle(None))
    }
}

/// The tick that a fact about a step names.
fn by(fact: &FlowFact) -> Option<&SmolStr> {
    match fact {
        FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. } => by.as_ref(),
        _ => None,
    }
}

/// Whether a fact without a cause was told by somebody, not asked for and not seen.
pub fn is_told(actor: &str, fact: &Fact) -> bool {
    let Fact::Flow(fact) = fact else { return false };
    actor != crate::model::ORCH
        && matches!(fact.as_ref(), FlowFact::StepStarted { .. } | FlowFact::StepFinished { .. })
}
