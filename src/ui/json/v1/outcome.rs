//! What a tick, an apply or a write command did, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::event::ListedEventV1;
use crate::model::{Event, Time};
use crate::report::Logged;
use crate::state::State;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutcomeV1 {
    pub format_version: u32,
    /// The serial of the state after it.
    pub serial: u64,
    /// The commit that recorded it; null if there was nothing to record.
    pub commit: Option<String>,
    /// The clock.
    pub now: Time,
    /// When the clock alone will change something next.
    pub due: Option<Time>,
    pub events: Vec<ListedEventV1>,
}

impl OutcomeV1 {
    /// `state` is the one after the events.
    pub fn new(
        events: &[Event],
        state: &State,
        serial: u64,
        commit: Option<&str>,
        (now, due): (Time, Option<Time>),
    ) -> Self {
        let listed = Logged::tick(serial, events).map(|logged| ListedEventV1::new(&logged, state));
        Self {
            format_version: FORMAT_VERSION,
            serial,
            commit: commit.map(str::to_owned),
            now,
            due,
            events: listed.collect(),
        }
    }
}
