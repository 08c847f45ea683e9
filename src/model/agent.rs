//! Who works: AI agents and people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Name, Origin};

/// What kind of worker an agent is. Work never ends up with a person by routing alone,
/// unless a route names that person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AgentKind {
    #[default]
    Agent,
    Human,
}

/// One who does tasks and reviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub name: Name,
    /// How people call it: `Agent 02 · Content Strategist`.
    pub title: String,
    pub role: Option<String>,
    pub kind: AgentKind,
    /// The most tasks it holds at once, pending or in progress.
    pub max_active: u32,
    pub origin: Origin,
}
