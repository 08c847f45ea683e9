//! `orch agent isolation` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::model::{IsolationBreach, Name, Time};
use crate::report::IsolationReport;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IsolationV1 {
    pub format_version: u32,
    /// `owner/name`; empty before GitHub was looked at.
    pub repository: String,
    /// Whether each tick looks at the open pull requests for it.
    pub watched: bool,
    /// The latest change of a pull request that is known; null if they were never looked at.
    pub seen: Option<Time>,
    pub open_pull_requests: usize,
    pub breaches: Vec<IsolationBreachV1>,
    /// Whether there are more pairs with the same files than are told of.
    pub cut: bool,
    /// Pull requests of which only the first 100 files are compared.
    pub partly_compared: Vec<u64>,
    pub agents: Vec<AgentIsolationV1>,
}

/// One thing that breaks it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IsolationBreachV1 {
    /// `stray_branch`, `foreign_branch` or `shared_files`.
    pub kind: String,
    /// Of two pull requests, the older one.
    pub pull_request: u64,
    /// The newer one of two.
    pub other_pull_request: Option<u64>,
    pub branch: String,
    /// The login of its author.
    pub author: Option<String>,
    #[schemars(with = "Option<String>")]
    pub agent: Option<Name>,
    /// The agent whose branch it is, or whose pull request the newer one is.
    #[schemars(with = "Option<String>")]
    pub owner: Option<Name>,
    /// The first ten that both change.
    pub files: Vec<String>,
    pub summary: String,
}

/// How an agent keeps to its branches.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentIsolationV1 {
    #[schemars(with = "String")]
    pub agent: Name,
    pub login: Option<String>,
    pub branches: Vec<String>,
    pub open_pull_requests: usize,
    /// Those on a branch of its own; null where it has none.
    pub on_own_branches: Option<usize>,
    pub with_shared_files: usize,
}

impl IsolationV1 {
    pub fn new(report: &IsolationReport<'_>) -> Self {
        let agents = report.agents.iter().map(|one| AgentIsolationV1 {
            agent: one.agent.name.clone(),
            login: one.agent.github.as_ref().map(ToString::to_string),
            branches: one.agent.branches.iter().map(ToString::to_string).collect(),
            open_pull_requests: one.open,
            on_own_branches: one.on_own,
            with_shared_files: one.with_shared,
        });
        Self {
            format_version: FORMAT_VERSION,
            repository: report.repository.to_owned(),
            watched: report.is_watched,
            seen: report.seen,
            open_pull_requests: report.pulls,
            breaches: report.breaches.iter().map(IsolationBreachV1::from).collect(),
            cut: report.is_cut,
            partly_compared: report.partly.clone(),
            agents: agents.collect(),
        }
    }
}

impl From<&IsolationBreach> for IsolationBreachV1 {
    fn from(breach: &IsolationBreach) -> Self {
        Self {
            kind: breach.kind.as_str().to_owned(),
            pull_request: breach.pull,
            other_pull_request: breach.other,
            branch: breach.branch.to_string(),
            author: breach.author.as_ref().map(ToString::to_string),
            agent: breach.agent.clone(),
            owner: breach.owner.clone(),
            files: breach.files.iter().map(ToString::to_string).collect(),
            summary: breach.summary.clone(),
        }
    }
}
