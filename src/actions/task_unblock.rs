//! `task.unblock`: a task on hold goes on.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::Asks;
use super::fields::Templated;
use crate::model::{Ask, Code};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskUnblock {
    /// The task.
    task: Templated<Code>,
}

impl Asks for TaskUnblock {
    const NAME: &'static str = "task.unblock";
    const ABOUT: &'static str = "Takes a task off hold.";
    const EXAMPLE: &'static str = "task.unblock: { task: CONTENT-010 }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Unblock { task: self.task.get()?.clone() })
    }
}
