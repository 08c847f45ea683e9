//! What the rules about workflows share: which steps may go, what their templates see, and the
//! effect that a step becomes.

mod activation;
mod cancel;
mod chain;
mod due;
mod gate;
mod part;
mod prepare;
mod scope;

pub(crate) use activation::task_of;
pub(super) use activation::{context_of, moot, open_call, unanswered};
pub(super) use cancel::cancel;
pub(super) use chain::{chain_after, chain_in_words, is_too_long};
pub(super) use due::next_change;
pub(crate) use due::next_of_steps;
pub(super) use gate::{Gate, gate, is_failure};
pub(super) use part::is_sent_for;
pub(super) use prepare::{Prepared, prepare, rendered};
pub(super) use scope::{Scope, holds, item_key, number};
