//! What starts a workflow.

use serde_json::Value;
use smol_str::SmolStr;

use crate::expr::Expr;
use crate::model::{Duration, Name, Origin, Schedule, TaskMatch};

/// One entry of `on`.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// What the state remembers it by: made of what it says, so that a changed trigger starts anew
    /// (`schedule 0 2 * * * Asia/Tokyo`).
    pub key: SmolStr,
    pub on: On,
    /// Over `event`.
    pub condition: Option<Guard>,
    pub origin: Origin,
}

/// What must hold for a run to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Guard {
    pub expr: Expr,
    pub origin: Origin,
}

impl Guard {
    pub fn source(&self) -> &str {
        self.expr.source()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum On {
    Schedule(Schedule),
    /// Events of `orch` itself.
    Event {
        /// Types, where `sla.*` stands for all that begin so.
        types: Vec<SmolStr>,
        /// For events about a task.
        matching: TaskMatch,
        /// For `run.*`: of these workflows only.
        workflows: Vec<Name>,
    },
    /// A metric beyond a limit for a while.
    Metric(Threshold),
    /// Files of the project that come, change or go.
    Files(FileWatch),
    /// Payloads from outside, one JSON file each.
    Webhook {
        name: Name,
        files: Vec<SmolStr>,
        /// The secret that they are signed with.
        secret: Option<SmolStr>,
    },
    /// New commits of a branch; all that is said must hold.
    Commits {
        /// None: the branch that is checked out.
        branch: Option<SmolStr>,
        /// Globs, one of which a changed path must match.
        paths: Vec<SmolStr>,
        /// Globs over `Name <address>`.
        authors: Vec<SmolStr>,
        /// `Key` or `Key: value`.
        trailers: Vec<SmolStr>,
    },
    /// What happens on GitHub.
    Github(Vec<GithubFilter>),
    /// `orch run`.
    Manual,
}

/// An event of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubFilter {
    pub event: SmolStr,
    /// One of which it must have; none: any.
    pub actions: Vec<SmolStr>,
}

impl GithubFilter {
    pub fn matches(&self, event: &str, action: Option<&str>) -> bool {
        self.event == event
            && (self.actions.is_empty()
                || action.is_some_and(|action| self.actions.iter().any(|wanted| wanted == action)))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    pub metric: SmolStr,
    pub above: Option<f64>,
    pub below: Option<f64>,
    /// How long all values must have been beyond.
    pub held_for: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWatch {
    /// Globs below the project's root; those that begin with `!` exclude.
    pub files: Vec<SmolStr>,
    pub changes: Vec<Change>,
    /// A run for each file, not one for all.
    pub each: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Created,
    Changed,
    Deleted,
}

/// A value that may be given to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub kind: InputKind,
    pub description: Option<String>,
    pub required: bool,
    pub default: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    Text,
    Number,
    Boolean,
    Choice(Vec<SmolStr>),
}
