//! `task.block`: a task is put on hold.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::Asks;
use super::fields::Templated;
use super::words::Text;
use crate::model::{Ask, Code};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskBlock {
    /// The task.
    task: Templated<Code>,
    /// Why it cannot go on.
    reason: Text,
}

impl Asks for TaskBlock {
    const NAME: &'static str = "task.block";
    const ABOUT: &'static str = "Puts a task on hold.";
    const EXAMPLE: &'static str = "task.block: { task: CONTENT-010, reason: \"waits for the photos\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Block { task: self.task.get()?.clone(), reason: self.reason.0.clone() })
    }
}
