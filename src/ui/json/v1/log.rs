//! `orch log` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::{FORMAT_VERSION, ListedEventV1};
use crate::commit::HistoryEntry;
use crate::model::Time;
use crate::report::Logged;
use crate::state::State;

/// Ticks, the latest first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LogOfTicksV1 {
    pub format_version: u32,
    pub ticks: Vec<LoggedTickV1>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LoggedTickV1 {
    pub serial: u64,
    pub at: Time,
    pub commit: String,
    pub subject: String,
    /// Whether orch made the commit; if not, somebody did with git.
    pub by_orch: bool,
    pub events: Vec<ListedEventV1>,
}

impl LogOfTicksV1 {
    pub fn new(ticks: &[HistoryEntry], state: &State) -> Self {
        let tick = |tick: &HistoryEntry| LoggedTickV1 {
            serial: tick.serial,
            at: tick.at,
            commit: tick.commit.to_string(),
            subject: tick.subject.clone(),
            by_orch: tick.by_orch,
            events: Logged::tick(tick.serial, &tick.events)
                .map(|logged| ListedEventV1::new(&logged, state))
                .collect(),
        };
        Self { format_version: FORMAT_VERSION, ticks: ticks.iter().map(tick).collect() }
    }
}
