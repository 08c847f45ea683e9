//! What breaks the isolation of branches on GitHub: each agent on its own, and no two that change the same files.
//! Frozen like the facts.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Config, Name, On};

/// How it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreachKind {
    /// An agent's pull request is on a branch that is none of its own.
    StrayBranch,
    /// A pull request is on a branch that is another agent's.
    ForeignBranch,
    /// Two pull requests change the same files.
    SharedFiles,
}

impl BreachKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StrayBranch => "stray_branch",
            Self::ForeignBranch => "foreign_branch",
            Self::SharedFiles => "shared_files",
        }
    }
}

impl fmt::Display for BreachKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that breaks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsolationBreach {
    pub kind: BreachKind,
    /// The number of the pull request; of two, the older one.
    pub pull: u64,
    pub branch: SmolStr,
    /// Whose pull request it is: the login, where the account is still there.
    pub author: Option<SmolStr>,
    /// The agent with that login.
    pub agent: Option<Name>,
    /// The agent whose branch it is; of two, the agent of the newer one.
    pub owner: Option<Name>,
    /// The newer one of two.
    pub other: Option<u64>,
    /// The files that both change: the first few.
    pub files: Vec<SmolStr>,
    /// All that in a sentence.
    pub summary: String,
}

impl IsolationBreach {
    /// Whether it is the same one, whatever the files are by now.
    pub fn is(&self, other: &Self) -> bool {
        let is_pair = self.kind == BreachKind::SharedFiles;
        (self.kind, self.pull, self.other, &self.branch)
            == (other.kind, other.pull, other.other, &other.branch)
            && (is_pair || self.owner == other.owner)
    }

    /// Whether a pull request takes part in it.
    pub fn is_about(&self, pull: u64) -> bool {
        self.pull == pull || self.other == Some(pull)
    }
}

/// What is said of the head of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsolationVerdict {
    pub pull: u64,
    pub branch: SmolStr,
    pub sha: SmolStr,
    /// How many breaches it takes part in.
    pub breaches: u32,
    /// `success` or `failure`, as a status of a commit has it.
    pub state: SmolStr,
    pub summary: String,
}

/// What the isolation of branches means in a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Isolation {
    /// Patterns of files that everybody changes.
    pub shared: Vec<SmolStr>,
}

/// Told of each breach, once.
pub const ISOLATION_BROKEN: &str = "github.isolation_broken";
/// Told once it is over.
pub const ISOLATION_RESTORED: &str = "github.isolation_restored";
/// Told of the head of each pull request, where a workflow waits for it.
pub const ISOLATION_JUDGED: &str = "github.isolation_judged";

impl Config {
    /// Whether anybody wants to know of the isolation of branches: the project says so, or a workflow waits for it.
    pub fn watches_isolation(&self) -> bool {
        self.project.isolation.is_some()
            || [ISOLATION_BROKEN, ISOLATION_RESTORED, ISOLATION_JUDGED]
                .into_iter()
                .any(|one| self.waits_for(one))
    }

    /// Whether the head of each pull request is judged.
    pub fn judges_isolation(&self) -> bool {
        self.waits_for(ISOLATION_JUDGED)
    }

    fn waits_for(&self, event: &str) -> bool {
        let enabled = self.workflows.values().filter(|workflow| workflow.enabled);
        enabled.flat_map(|workflow| &workflow.triggers).any(
            |trigger| matches!(&trigger.on, On::Event { types, .. } if types.iter().any(|one| one == event)),
        )
    }
}
