//! `task.assign`: a task gets another agent.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, name};
use super::fields::Templated;
use super::words::{Formed, KebabCase};
use crate::model::{Ask, Code};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskAssign {
    /// The task.
    task: Templated<Code>,
    /// The agent.
    to: Templated<Formed<KebabCase>>,
}

impl Asks for TaskAssign {
    const NAME: &'static str = "task.assign";
    const ABOUT: &'static str = "Gives a task to an agent, whatever the routes say.";
    const EXAMPLE: &'static str = "task.assign: { task: CONTENT-010, to: agent-03 }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Reassign { task: self.task.get()?.clone(), to: name(&self.to)? })
    }
}
