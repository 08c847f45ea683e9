//! `workflow.pause`: a workflow, or all of them, wait.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, optional_name};
use super::fields::Templated;
use super::words::{Formed, KebabCase, Text};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowPause {
    /// The workflow; none: all of them, this one too.
    workflow: Option<Templated<Formed<KebabCase>>>,

    /// Why, for people.
    reason: Option<Text>,
}

impl Asks for WorkflowPause {
    const NAME: &'static str = "workflow.pause";
    const ABOUT: &'static str = "Pauses a workflow, or all of them: their runs wait until they are resumed.";
    const EXAMPLE: &'static str =
        "workflow.pause: { workflow: nightly-backup, reason: \"the disk is full\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        let why = self.reason.as_ref().map(|reason| reason.0.clone());
        Ok(Ask::Flow(FlowAsk::Pause { workflow: optional_name(self.workflow.as_ref())?, why }))
    }
}
