//! The actions on GitHub: one file each. Each looks before it writes, and writes what is not there yet, so that however
//! often it is tried the same is there in the end.

use super::{Failure, World};
use crate::forge::{ClientError, Workplace};

/// The repository that a step works on.
#[expect(dead_code, reason = "the first action uses it")]
fn workplace<'w>(world: &World<'w>) -> Result<&'w Workplace<'w>, Failure> {
    world.github.map_err(|why| Failure::last(format!("cannot work on GitHub: {why}")))
}

/// What a step that GitHub did not do what it was asked for may do next.
impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match error {
            ClientError::Unknown { .. } => Self::unknown(message),
            ClientError::Refused(refused) if !refused.may_pass() => Self::last(message),
            ClientError::Strange { .. } => Self::last(message),
            ClientError::PutOff(_)
            | ClientError::Refused(_)
            | ClientError::Unsent(_)
            | ClientError::Failed { .. } => Self::passing(message),
        }
    }
}
