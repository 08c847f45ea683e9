//! All that people declared, typed and cross-checked: what `check` hands to the planner.

use indexmap::IndexMap;

use smol_str::SmolStr;

use super::{
    Agent, Channel, Code, Freeze, Name, NewTask, Objective, Origin, ReviewPolicy, Role, Routing, Workflow,
};

/// What `orch.yaml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub name: Name,
    /// The branch that holds the state, without `refs/heads/`.
    pub state_branch: String,
    /// The remote that `--push` sends it to.
    pub remote: String,
    /// The zone of schedules that name none: an IANA name.
    pub timezone: SmolStr,
    /// `owner/name` on GitHub, where it is declared.
    pub github: Option<SmolStr>,
    /// Whether comments on GitHub may ask for something.
    pub github_commands: bool,
    /// The names of secrets, each an environment variable of `orch`.
    pub secrets: Vec<SmolStr>,
    /// When no workflow starts by itself.
    pub freezes: Vec<Freeze>,
}

/// A task by pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTask {
    pub code: Code,
    pub spec: NewTask,
    pub origin: Origin,
}

/// A valid configuration. Every name in it resolves, every graph in it is free of cycles.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub project: Project,
    pub agents: IndexMap<Name, Agent>,
    pub routing: Routing,
    pub reviews: ReviewPolicy,
    pub objectives: Vec<Objective>,
    pub tasks: Vec<DeclaredTask>,
    /// By the names of their files.
    pub workflows: IndexMap<Name, Workflow>,
    pub channels: IndexMap<Name, Channel>,
    /// None: there is no `roles.yaml`, and everybody may everything.
    pub roles: Option<IndexMap<Name, Role>>,
}

impl Config {
    pub fn agent(&self, name: &str) -> Option<&Agent> {
        self.agents.get(name)
    }
}
