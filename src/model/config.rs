//! All that people declared, typed and cross-checked: what `check` hands to the planner.

use indexmap::IndexMap;

use super::{Agent, Code, Name, NewTask, Objective, Origin, ReviewPolicy, Routing};

/// What `orch.yaml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub name: Name,
    /// The branch that holds the state, without `refs/heads/`.
    pub state_branch: String,
    /// The remote that `--push` sends it to.
    pub remote: String,
}

/// A task by pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTask {
    pub code: Code,
    pub spec: NewTask,
    pub origin: Origin,
}

/// A valid configuration. Every name in it resolves, every graph in it is free of cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub project: Project,
    pub agents: IndexMap<Name, Agent>,
    pub routing: Routing,
    pub reviews: ReviewPolicy,
    pub objectives: Vec<Objective>,
    pub tasks: Vec<DeclaredTask>,
}

impl Config {
    pub fn agent(&self, name: &str) -> Option<&Agent> {
        self.agents.get(name)
    }
}
