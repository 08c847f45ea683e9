//! `task.start`: work on a task begins.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::Asks;
use super::fields::Templated;
use crate::model::{Ask, Code};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskStart {
    /// The task.
    task: Templated<Code>,
}

impl Asks for TaskStart {
    const NAME: &'static str = "task.start";
    const ABOUT: &'static str = "Starts a task for the agent that has it.";
    const EXAMPLE: &'static str = "task.start: { task: CONTENT-010 }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Start { task: self.task.get()?.clone() })
    }
}
