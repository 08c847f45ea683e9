//! A deployment on GitHub, as the state remembers it. Frozen like the facts.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Account, Time};

/// How many of the statuses of a deployment are remembered: as many as one look asks for.
pub const DEPLOYMENT_STATUSES: usize = 10;

/// Something that was put into an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: u64,
    /// `production`.
    pub environment: SmolStr,
    /// What is done: `deploy`, as a rule.
    pub task: SmolStr,
    /// The branch or tag, if it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<SmolStr>,
    pub sha: SmolStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<Account>,
    pub created_at: Time,
    pub updated_at: Time,
    /// What was said of it, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<DeploymentStatus>,
}

/// How a deployment was doing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeploymentStatus {
    pub at: Time,
    /// `queued`, `waiting`, `pending`, `in_progress`, `success`, `failure`, `error` or `inactive`.
    pub state: SmolStr,
}

impl Deployment {
    /// How it is doing: `pending` while nobody has said anything.
    pub fn state(&self) -> &str {
        self.statuses.last().map_or("pending", |status| status.state.as_str())
    }

    /// Whether it has ended, well or badly.
    pub fn is_over(&self) -> bool {
        matches!(self.state(), "success" | "failure" | "error" | "inactive")
    }
}
