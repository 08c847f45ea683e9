//! Who may do what, where messages go, and when nothing starts by itself.

use smol_str::SmolStr;

use super::{Criticality, Name, Origin, TaskMatch, Time};

/// A role of `roles.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: Name,
    pub title: Option<String>,
    /// Names of agents and addresses of people.
    pub members: Vec<SmolStr>,
    pub may: Vec<Right>,
    /// Only for these; none: for everything.
    pub on: Option<Scope>,
    /// Whether only accounts count that somebody vouches for.
    pub verified: bool,
    pub origin: Origin,
}

/// What a role is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Names of workflows, in which `*` stands for any text.
    pub workflows: Vec<SmolStr>,
    /// None: no tasks at all.
    pub tasks: Option<TaskMatch>,
}

/// What a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Say yes or no to what waits for approval.
    Approve,
    /// Start, repeat and cancel runs, and record metrics.
    Run,
    /// Pause, resume and switch workflows and agents.
    Pause,
    /// Add, import, change and cancel tasks.
    Edit,
    /// Claim, start, deliver, hold and hand over tasks for others, and go over their claims.
    Claim,
    /// Give verdicts for other reviewers.
    Review,
    /// Change the history itself: roll it back, compact it.
    Admin,
}

impl Right {
    pub const ALL: [Self; 7] =
        [Self::Approve, Self::Run, Self::Pause, Self::Edit, Self::Claim, Self::Review, Self::Admin];

    /// To follow on `may not`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Approve => "approve this",
            Self::Run => "start, cancel or repeat runs",
            Self::Pause => "pause, resume or switch workflows",
            Self::Edit => "add, change or cancel this task",
            Self::Claim => "act for others on tasks",
            Self::Review => "review for others",
            Self::Admin => "change the history",
        }
    }
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
