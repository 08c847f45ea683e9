//! What a workflow may do, who must agree, and what stops it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::{Duration, Name};

/// What to do with a new run while another of the workflow is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// The new run waits its turn.
    #[default]
    Queue,
    /// The new run is recorded as skipped.
    Skip,
    /// The earlier runs are cancelled.
    Replace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Criticality {
    Low,
    #[default]
    Medium,
    High,
    /// Its failure is escalated at once.
    Critical,
}

/// An explicit yes of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Roles of `roles.yaml`, any of which may say yes; empty: every role that may approve.
    pub roles: Vec<Name>,
    pub purpose: Option<String>,
    pub risk: Option<String>,
    /// How long a request stands before it counts as denied.
    pub expires: Duration,
}

/// Pauses a workflow that keeps failing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// That many failed runs; 0 switches the breaker off.
    pub failures: u32,
    pub within: Duration,
}

/// What the steps may touch. A list that is `None` was not declared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Globs below the project's root.
    pub read: Option<Vec<SmolStr>>,
    pub write: Option<Vec<SmolStr>>,
    /// Host names, with `*.` for any subdomain.
    pub hosts: Option<Vec<SmolStr>>,
    /// Programs that `run` steps may start first; `Some([])` forbids `run`.
    pub commands: Option<Vec<SmolStr>>,
    /// Names of secrets.
    pub secrets: Option<Vec<SmolStr>>,
    /// The most files that one step may change or delete.
    pub max_files: Option<u32>,
    /// The same in bytes.
    pub max_bytes: Option<u64>,
}
