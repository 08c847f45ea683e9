//! What the rules about workflows share: which steps may go, what their templates see, and the
//! effect that a step becomes.

mod due;
mod gate;
mod prepare;
mod scope;

pub(super) use due::next_change;
pub(crate) use due::next_of_steps;
pub(super) use gate::{Gate, gate, is_failure};
pub(super) use prepare::{Prepared, prepare, rendered};
pub(super) use scope::{Scope, holds, item_key};
