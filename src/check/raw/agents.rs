//! `agents.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::Spanned;
use crate::model::AgentKind;

use super::{Int, RawName, Title};

/// Who works: AI agents and people.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAgents {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// All who do tasks and reviews.
    #[serde(default)]
    pub(crate) agents: Vec<Spanned<RawAgent>>,
}

/// One who does tasks and reviews.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Agent")]
pub(crate) struct RawAgent {
    /// The name by which routes, reviews and objectives refer to this agent.
    pub(crate) name: Spanned<RawName>,

    /// How people call it. The name if absent.
    pub(crate) title: Option<Title>,

    /// What it does, in a few words.
    pub(crate) role: Option<Title>,

    /// Whether this is an AI agent or a person.
    #[schemars(extend("default" = "agent"))]
    pub(crate) kind: Option<AgentKind>,

    /// The most tasks it holds at once, pending or in progress. 0: it gets none.
    #[schemars(extend("default" = 3))]
    pub(crate) max_active: Option<Spanned<Int<0, 1_000_000>>>,
}
