//! `agent.pause`: an agent gets no more tasks for now.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, name};
use super::fields::Templated;
use super::words::{Formed, KebabCase, Text};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentPause {
    /// The agent.
    agent: Templated<Formed<KebabCase>>,

    /// Why, for people.
    reason: Option<Text>,
}

impl Asks for AgentPause {
    const NAME: &'static str = "agent.pause";
    const ABOUT: &'static str = "Pauses an agent: it gets no tasks until it is resumed.";
    const EXAMPLE: &'static str = "agent.pause: { agent: agent-03, reason: \"three rejections in a row\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        let why = self.reason.as_ref().map(|reason| reason.0.clone());
        Ok(Ask::Flow(FlowAsk::PauseAgent { agent: name(&self.agent)?, why }))
    }
}
