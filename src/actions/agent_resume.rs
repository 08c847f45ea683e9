//! `agent.resume`: an agent that was paused gets tasks again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, name};
use super::fields::Templated;
use super::words::{Formed, KebabCase};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentResume {
    /// The agent.
    agent: Templated<Formed<KebabCase>>,
}

impl Asks for AgentResume {
    const NAME: &'static str = "agent.resume";
    const ABOUT: &'static str = "Resumes an agent that was paused.";
    const EXAMPLE: &'static str = "agent.resume: { agent: agent-03 }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Flow(FlowAsk::ResumeAgent { agent: name(&self.agent)? }))
    }
}
