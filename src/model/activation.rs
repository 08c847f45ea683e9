//! Agents are called to work: how that is declared, and what a task remembers of it.
//!
//! [`Activation`] is a part of the record of a task, frozen like it: a field may be added with a default.

use serde::{Deserialize, Serialize};
use smol_str::format_smolstr;

use super::{Name, Origin, Time};

/// How an agent is called to its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activate {
    /// The workflow that calls it.
    pub workflow: Name,
    /// Whether it is called as soon as it has a task to begin; else by the clock, or by hand.
    pub on_work: bool,
    pub origin: Origin,
}

impl Activate {
    /// The name of the workflow that calls an agent.
    pub fn workflow_of(agent: &str) -> Name {
        format_smolstr!("activate-{agent}")
    }
}

/// Why an agent was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Called {
    /// It had a task to begin.
    Work,
    /// A time of its schedule came.
    Schedule,
    /// Somebody asked for it.
    Hand,
}

impl Called {
    /// To follow on `called`: `called because it had work`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Work => "because it had work",
            Self::Schedule => "by its schedule",
            Self::Hand => "by hand",
        }
    }
}

/// That an agent was called to a task, the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    pub agent: Name,
    pub at: Time,
    pub by: Called,
    /// Why it could not be reached, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The task was given to somebody since then, perhaps to the same agent once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_past: bool,
}
