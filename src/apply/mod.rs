//! Carries out effects, and says how each of them ended. Nothing is decided here: no configuration is
//! read and no template rendered.

mod command;
mod executor;
mod journal;
mod mask;
mod outputs;
mod perform;
mod pool;
mod recovery;
mod seal;

pub use command::Command;
pub use executor::{Executor, Report};
pub use journal::{Entry, recover};
pub use mask::Mask;
#[cfg(any(test, fuzzing))]
pub(crate) use outputs::read as read_outputs;
pub use perform::{Reporter, Tools, call, survey};
pub use pool::{Pool, with_pool};
pub use recovery::{Recovery, RecoveryError};
pub use seal::Seal;
