//! `orch compact` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;

/// A compaction as it turned out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CompactionV1 {
    pub format_version: u32,
    /// How many ticks the branch of the state has, or had.
    pub ticks: u64,
    /// The branch that is closed; null if there is nothing to compact.
    pub from: Option<String>,
    /// The branch on which the state goes on.
    pub to: Option<String>,
    /// The tick that closes the branch.
    pub serial: Option<u64>,
    /// Its commit; null if nothing was to be changed.
    pub last: Option<String>,
    /// The first commit of the other branch.
    pub first: Option<String>,
    pub pushed: bool,
}

/// What is told of a compaction.
#[derive(Debug, Clone, Default)]
pub struct CompactionView {
    pub ticks: u64,
    pub from: Option<String>,
    pub to: Option<String>,
    pub serial: Option<u64>,
    pub last: Option<String>,
    pub first: Option<String>,
    pub pushed: bool,
}

impl CompactionV1 {
    pub fn new(view: &CompactionView) -> Self {
        let CompactionView { ticks, from, to, serial, last, first, pushed } = view.clone();
        Self { format_version: FORMAT_VERSION, ticks, from, to, serial, last, first, pushed }
    }
}
