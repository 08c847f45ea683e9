//! The actions on GitHub: one file each. Each looks before it writes, and writes what is not there yet, so that however
//! often it is tried the same is there in the end.

mod assign;
mod check;
mod comment;
mod dispatch;
mod forms;
mod issue;
mod label;
mod merge;
mod milestone;
mod pull_request;
mod rerun;
mod review;
mod shared;
mod status;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fields::finished;
use super::http_request::holds_secret;
use super::{Failure, World};
use crate::forge::{ClientError, Workplace};

pub(super) use assign::Assign;
pub(super) use check::Check;
pub(super) use comment::Comment;
pub(super) use dispatch::Dispatch;
pub(super) use issue::Issue;
pub(super) use label::Label;
pub(super) use merge::Merge;
pub(super) use milestone::Milestone;
pub(super) use pull_request::PullRequest;
pub(super) use rerun::Rerun;
pub(super) use review::Review;
pub(super) use status::Status;

/// The repository that a step works on.
fn workplace<'w>(world: &World<'w>) -> Result<&'w Workplace<'w>, Failure> {
    world.github.map_err(|why| Failure::last(format!("cannot work on GitHub: {why}")))
}

/// Final arguments, which hold no secret: what is written to GitHub is read by others.
fn begin<T: DeserializeOwned>(args: &Value) -> Result<T, Failure> {
    if holds_secret(args) {
        return Err(Failure::last("a secret stands in what GitHub would show; secrets never leave by that"));
    }
    finished(args)
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
