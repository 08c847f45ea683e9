//! `workflow.resume`: what was paused goes on.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, optional_name};
use super::fields::Templated;
use super::words::{Formed, KebabCase};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowResume {
    /// The workflow; none: what was paused for all.
    workflow: Option<Templated<Formed<KebabCase>>>,
}

impl Asks for WorkflowResume {
    const NAME: &'static str = "workflow.resume";
    const ABOUT: &'static str = "Resumes a workflow that was paused, or all of them.";
    const EXAMPLE: &'static str = "workflow.resume: { workflow: nightly-backup }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Flow(FlowAsk::Resume { workflow: optional_name(self.workflow.as_ref())? }))
    }
}
