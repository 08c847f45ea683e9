//! `workflow.run`: a run as a part of this one.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Failure;
use super::asking::{Asks, name};
use super::fields::Templated;
use super::words::{Formed, KebabCase};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowRun {
    /// The workflow.
    workflow: Templated<Formed<KebabCase>>,

    /// What it gets as its inputs.
    #[serde(default)]
    inputs: Map<String, Value>,
}

impl Asks for WorkflowRun {
    const NAME: &'static str = "workflow.run";
    const ABOUT: &'static str = "Runs another workflow as a part of this run, and waits for its end.";
    const EXAMPLE: &'static str = "workflow.run: { workflow: restore-check, inputs: { archive: \"{{ steps.backup.outputs.archive }}\" } }";
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[("run", "the run that it made")];

    fn ask(&self) -> Result<Ask, Failure> {
        // Which run and step this is a part of is known to the planner alone.
        let (workflow, inputs) = (name(&self.workflow)?, self.inputs.clone());
        Ok(Ask::Flow(FlowAsk::Run { workflow, inputs, parent: None }))
    }
}
