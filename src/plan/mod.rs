//! The planner: the pure function from configuration, state, requests and `now` to what
//! follows from them. It reads no clock, file, network or environment; the same input gives
//! the same plan, byte for byte.
//!
//! Events are applied one by one and shown to every rule; what the rules add is applied and
//! shown in turn, until nothing new follows. A rule is one file in [`rules`] and one row of
//! its table.

pub mod access;
mod admit;
pub mod clocks;
mod context;
mod cycle;
mod effect;
mod flow;
mod import;
pub mod isolation;
mod planned;
mod planner;
mod refusal;
pub mod rules;

pub use context::{Context, Reactions};
pub use effect::{Effect, EffectAct};
pub(crate) use flow::{next_of_steps, task_of};
pub use planned::{Base, Plan};
pub use planner::{
    Derived, Inputs, PlanError, Planned, Recorded, Told, Underivable, is_told, note, plan, rederive,
};
pub use refusal::{FlowRefusal, Refusal};

/// Whether a workflow may start nothing for now: it is stopped, or the agent that it calls is paused.
pub(crate) fn is_paused(state: &crate::state::State, workflow: &crate::model::Workflow) -> bool {
    let is_away = |agent| state.meta.paused_agents.contains_key(agent);
    is_stopped(state, &workflow.id) || workflow.activates.as_ref().is_some_and(is_away)
}

/// Whether a workflow, or all of them, wait until somebody resumes them.
pub(crate) fn is_stopped(state: &crate::state::State, workflow: &str) -> bool {
    state.meta.paused.is_some() || state.workflow(workflow).is_some_and(|record| record.paused.is_some())
}

#[cfg(test)]
mod claiming;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod stories;
#[cfg(test)]
pub(crate) mod testing;
