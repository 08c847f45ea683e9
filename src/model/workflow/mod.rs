//! Workflows as declared: what starts them, their steps, and how failure is handled.

mod policy;
mod step;
mod trigger;

pub use policy::{Approval, Breaker, Criticality, Overlap, Permissions};
pub use step::{Act, Command, Compensation, ForEach, OnLost, Retry, RetryOn, RunsOn, Step};
pub use trigger::{Change, FileWatch, GithubFilter, Guard, Input, InputKind, On, Threshold, Trigger};

use indexmap::IndexMap;
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{Duration, Name, Origin};

/// An automation: one file of `workflows`.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// The name of its file without the ending.
    pub id: Name,
    /// How people call it.
    pub title: String,
    pub description: Option<String>,
    /// Switched off in its file: no trigger fires.
    pub enabled: bool,
    pub triggers: Vec<Trigger>,
    /// What must hold of the event for a run to be made.
    pub condition: Option<Guard>,
    /// What `orch run` and `workflow.run` may give.
    pub inputs: IndexMap<SmolStr, Input>,
    /// Values for its expressions and templates, as written; texts in them are templates.
    pub vars: Map<String, Value>,
    /// The environment of its commands: templates.
    pub env: IndexMap<SmolStr, String>,
    pub steps: Vec<Step>,
    /// Done when a step failed for good, after the compensations.
    pub on_failure: Vec<Step>,
    /// Done at the end, whatever happened.
    pub finally: Vec<Step>,
    pub overlap: Overlap,
    /// The most steps of one run at a time.
    pub max_parallel: u32,
    pub criticality: Criticality,
    pub owner: Option<Name>,
    pub approval: Option<Approval>,
    pub permissions: Permissions,
    pub expected_duration: Option<Duration>,
    /// A run that works for longer fails; the time in which it waits does not count.
    pub timeout: Option<Duration>,
    /// Where more is written about it: an address or a path.
    pub documentation: Option<String>,
    /// Minutes of manual work that a run saves.
    pub saves: Option<u32>,
    pub breaker: Breaker,
    /// The agent that it calls, if `agents.yaml` declares it and no file of its own.
    pub activates: Option<Name>,
    /// Of the file's content: runs and approvals are bound to it.
    pub digest: SmolStr,
    pub origin: Origin,
}

impl Workflow {
    /// A step of any of its lists.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.all_steps().find(|step| step.id == id)
    }

    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.on_failure).chain(&self.finally)
    }
}
