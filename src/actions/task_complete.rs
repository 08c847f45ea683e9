//! `task.complete`: the author delivers.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::Asks;
use super::fields::Templated;
use super::words::Text;
use crate::model::{Ask, Code};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskComplete {
    /// The task.
    task: Templated<Code>,
    /// Where the result is: an address or a path.
    output: Option<Text>,
}

impl Asks for TaskComplete {
    const NAME: &'static str = "task.complete";
    const ABOUT: &'static str = "Delivers a task; reviews follow as the review policy says.";
    const EXAMPLE: &'static str = "task.complete: { task: CONTENT-010, output: \"drafts/010.md\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        let output = self.output.as_ref().map(|output| output.0.clone());
        Ok(Ask::Complete { task: self.task.get()?.clone(), output })
    }
}
