//! The files as people write them: the serde mirror that the JSON Schemas are generated from.
//!
//! The doc comments here are what an editor shows. Every type accepts exactly what its schema
//! accepts (a test holds them to that); what a schema cannot say is left to the rules.

mod agents;
mod duration;
mod matching;
mod number;
mod orch;
mod reviews;
mod routing;
mod sla;
mod tasks;
mod time;
mod words;

pub(crate) use agents::{RawAgent, RawAgents};
pub(crate) use duration::RawDuration;
pub(crate) use matching::RawMatch;
pub(crate) use number::Int;
pub(crate) use orch::RawOrch;
pub(crate) use reviews::{RawRequirement, RawReviewType, RawReviews, RawTier, TierNumber};
pub(crate) use routing::{RawRoute, RawRouting};
pub(crate) use sla::{RawLevel, RawObjective, RawSla, RawSubject};
pub(crate) use tasks::{RawTask, RawTasks};
pub(crate) use time::RawTime;
pub(crate) use words::{RawName, RawPriority, Tag, Title};
