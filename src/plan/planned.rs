//! The plan as data: what it was based on, and the events that follow.

use smol_str::SmolStr;

use super::effect::Effect;
use crate::model::{Event, Given, Time};

/// What a plan was made from. A plan applies to exactly this, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The tree id of the configuration.
    pub config: SmolStr,
    /// The lineage of the state.
    pub lineage: SmolStr,
    /// The clock of the plan; all its events bear this time.
    pub now: Time,
}

/// What would happen now.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub base: Base,
    pub events: Vec<Event>,
    /// What is to be done to the world, once the events are committed.
    pub effects: Vec<Effect>,
    /// When the clock alone will change something next, once the events have happened.
    pub due: Option<Time>,
    /// What it was made from besides what the events say.
    pub given: Given,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.effects.is_empty()
    }
}
