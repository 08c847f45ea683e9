//! What somebody tells of the steps of a tick that could not commit.
//!
//! Whoever tells it must be allowed to and stands in the log. What is told is the tick's own word, as if it had been
//! found in its journal: as much of it counts as is news to the state.

use smol_str::SmolStr;

use super::{PlanError, Planner};
use crate::model::{Actor, Fact, Fence, FlowFact, ORCH, Right};
use crate::plan::Refusal;
use crate::plan::access::{Action, Decision, Resource, asked, may};
use crate::plan::admit::news;
use crate::state::State;

/// What a tick did and could not commit, and who tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub by: Actor,
    /// The name under which the tick leased runs.
    pub holder: SmolStr,
    /// How its attempts began and ended, in order.
    pub facts: Vec<FlowFact>,
}

impl Told {
    /// Whether the tick has runs in this state, which nobody works on any more.
    pub fn has_left_runs(&self, state: &State) -> bool {
        let mut runs = state.open_runs().chain(state.left_runs());
        runs.any(|run| run.lease.as_ref().is_some_and(|lease| lease.holder == self.holder))
    }
}

impl Planner<'_> {
    /// Takes in what somebody tells, as far as it is news.
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
        for fact in &told.facts {
            if let Some(news) = news(&self.state, fact) {
                self.record(told.by.name.clone(), news.into_owned().into(), None, None, asked.clone())?;
                self.react()?;
            }
        }
        Ok(())
    }
}

/// Whether a fact without a cause was told by somebody, not asked for and not seen.
pub fn is_told(actor: &str, fact: &Fact) -> bool {
    let Fact::Flow(fact) = fact else { return false };
    actor != ORCH && matches!(fact.as_ref(), FlowFact::StepStarted { .. } | FlowFact::StepFinished { .. })
}
