//! All that people declared, typed and cross-checked: what `check` hands to the planner.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;

use super::{
    Agent, Channel, Code, Freeze, Isolation, Name, NewTask, Objective, Origin, Priority, ReviewPolicy, Role,
    Routing, Workflow,
};

/// What `orch.yaml` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// Which issues on GitHub become tasks: the first that fits says what of.
    pub github_tasks: Vec<IssueTasks>,
    /// What on GitHub delivers the task that it names.
    pub github_results: Vec<GithubResult>,
    /// Whether the isolation of branches on GitHub is watched, and how.
    pub isolation: Option<Isolation>,
    /// The names of secrets, each an environment variable of `orch`.
    pub secrets: Vec<SmolStr>,
    /// When no workflow starts by itself.
    pub freezes: Vec<Freeze>,
}

impl Project {
    /// What an issue with these labels becomes, if it becomes a task.
    pub fn tasks_of(&self, labels: &[SmolStr]) -> Option<&IssueTasks> {
        self.github_tasks.iter().find(|one| labels.iter().any(|label| one.label.eq_ignore_ascii_case(label)))
    }
}

/// Issues with a label become tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueTasks {
    pub label: SmolStr,
    /// Of their codes; the number is that of the issue.
    pub prefix: SmolStr,
    pub kind: Name,
    pub content_type: Option<Name>,
    /// Where no label such as `P1` says so.
    pub priority: Priority,
    /// Where no label such as `tier-2` says so.
    pub tier: Option<u8>,
    pub origin: Origin,
}

/// What on GitHub may be the result of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GithubResult {
    /// A pull request that names the task, or closes its issue: opened by the task's agent it starts the task, merged
    /// it delivers it.
    PullRequest,
    /// A run of GitHub Actions that was started by `workflow_dispatch` and has `Task: CODE` in its name: it delivers the
    /// task when it succeeds.
    Run,
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
