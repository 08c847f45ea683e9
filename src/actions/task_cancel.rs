//! `task.cancel`: a task is cancelled.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::Asks;
use super::fields::Templated;
use super::words::Text;
use crate::model::{Ask, Code};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskCancel {
    /// The task.
    task: Templated<Code>,
    /// Why.
    reason: Option<Text>,
}

impl Asks for TaskCancel {
    const NAME: &'static str = "task.cancel";
    const ABOUT: &'static str = "Cancels a task for good.";
    const EXAMPLE: &'static str =
        "task.cancel: { task: CONTENT-010, reason: \"the campaign was called off\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        let reason = self.reason.as_ref().map(|reason| reason.0.clone());
        Ok(Ask::Cancel { task: self.task.get()?.clone(), reason })
    }
}
