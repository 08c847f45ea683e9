//! What a tick, an apply or a write command did, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::event::ListedEventV1;
use crate::model::Time;
use crate::report::Logged;
use crate::ui::text::Outcome;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TickV1 {
    pub format_version: u32,
    /// The number of the tick; that of the last one if nothing happened.
    pub serial: u64,
    /// The commit that recorded it; null if nothing was recorded.
    pub commit: Option<String>,
    /// Whether the commit is on the remote.
    pub pushed: bool,
    pub now: Time,
    /// When the clock alone will change something next.
    pub due: Option<Time>,
    pub events: Vec<ListedEventV1>,
}

impl TickV1 {
    pub fn new(outcome: &Outcome<'_>) -> Self {
        let events = Logged::tick(outcome.serial, outcome.events);
        Self {
            format_version: FORMAT_VERSION,
            serial: outcome.serial,
            commit: outcome.commit.map(str::to_owned),
            pushed: outcome.pushed,
            now: outcome.now,
            due: if outcome.due_now > 0 { Some(outcome.now) } else { outcome.due },
            events: events.map(|logged| ListedEventV1::new(&logged, outcome.state)).collect(),
        }
    }
}
