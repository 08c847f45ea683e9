//! Who may do what, where messages go, and when nothing starts by itself.

use smol_str::SmolStr;

use super::{Criticality, Name, Origin, Time};

/// A role of `roles.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: Name,
    pub title: Option<String>,
    /// Names of agents and addresses of people.
    pub members: Vec<SmolStr>,
    pub may: Vec<Right>,
    pub origin: Origin,
}

/// What a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    Approve,
    Run,
    Pause,
}

/// A channel of `channels.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub name: Name,
    pub kind: ChannelKind,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelKind {
    /// The terminal, or the log of the tick.
    Console,
    /// A POST of JSON. Secrets may stand in `url` and `headers`.
    Webhook { url: String, headers: Vec<(String, String)> },
}

/// A time in which no workflow starts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    pub from: Time,
    pub to: Time,
    pub reason: Option<String>,
    /// Of these workflows only; empty: all.
    pub workflows: Vec<Name>,
    /// Workflows at least that critical run nevertheless.
    pub except: Option<Criticality>,
    pub origin: Origin,
}
