//! The planner: the pure function from configuration, state, requests and `now` to what
//! follows from them. It reads no clock, file, network or environment; the same input gives
//! the same plan, byte for byte.
//!
//! Events are applied one by one and shown to every rule; what the rules add is applied and
//! shown in turn, until nothing new follows. A rule is one file in [`rules`] and one row of
//! its table.

mod admit;
pub mod clocks;
mod context;
mod cycle;
mod import;
mod planned;
mod planner;
mod refusal;
pub mod rules;

pub use context::{Context, Reactions};
pub use planned::{Base, Plan};
pub use planner::{Inputs, PlanError, Planned, plan};
pub use refusal::Refusal;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod stories;
#[cfg(test)]
pub(crate) mod testing;
