//! Why a request about workflows is refused.

use crate::diag::did_you_mean;
use crate::model::{Code, Name, RunId, RunStatus, Time};

/// A request about workflows that the state or the configuration does not allow. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowRefusal {
    #[error("workflow `{workflow}` is not declared")]
    UnknownWorkflow { workflow: Name, known: Vec<Name> },
    #[error("run `{run}` does not exist, or ended long ago")]
    UnknownRun { run: RunId, known: Vec<RunId> },
    #[error("run `{run}` has {} already", .status.as_str())]
    RunOver { run: RunId, status: RunStatus },
    #[error("run `{run}` is still going on")]
    RunGoesOn { run: RunId },
    #[error("run `{run}` is one step of run `{whole}`, on a runner of its own")]
    IsPart { run: RunId, whole: RunId },
    #[error("workflow `{workflow}` is switched off{}", if *.by_hand { "" } else { " by `enabled: false`" })]
    Disabled { workflow: Name, by_hand: bool },
    #[error("workflow `{workflow}` has no input `{input}`")]
    UnknownInput { workflow: Name, input: String, known: Vec<String> },
    #[error("input `{input}` of workflow `{workflow}` is missing")]
    MissingInput { workflow: Name, input: String },
    #[error("input `{input}`: {why}")]
    BadInput { input: String, why: String },
    #[error("run `{run}` does not wait for approval")]
    NothingToApprove { run: RunId },
    #[error("run `{run}` is not what was shown for approval: its workflow has changed since")]
    NotAsShown { run: RunId },
    #[error("no step of run `{run}` is lost that somebody could say of that it was done")]
    NotLost { run: RunId },
    #[error("{} steps of run `{run}` wait for approval", .steps.len())]
    WhichStep { run: RunId, steps: Vec<String> },
    #[error("step `{step}` of run `{run}` does not wait for approval")]
    StepDoesNotWait { run: RunId, step: String, waiting: Vec<String> },
    #[error("{} {} paused", subject(.workflow.as_deref()), verb(.workflow.as_deref(), "is already", "are already"))]
    AlreadyPaused { workflow: Option<Name> },
    #[error("{} not paused", .workflow.as_deref().map_or("all workflows together are".into(), |w| format!("workflow `{w}` is")))]
    NotPaused { workflow: Option<Name> },
    #[error("workflow `{workflow}` is not switched off")]
    NotDisabled { workflow: Name },
    #[error("workflow `{workflow}` has no schedule to fill in")]
    NoSchedule { workflow: Name },
    #[error("workflow `{workflow}` has no slot between {from} and {through} to fill in")]
    NoSlots { workflow: Name, from: Time, through: Time },
    #[error("workflow `{workflow}` has more than {most} slots between {from} and {through}")]
    TooManySlots { workflow: Name, from: Time, through: Time, most: usize },
    #[error("agent `{agent}` is not declared")]
    UnknownAgent { agent: Name, known: Vec<Name> },
    #[error("agent `{agent}` is {}", if *.paused { "paused already" } else { "not paused" })]
    AgentSwitch { agent: Name, paused: bool },
    #[error("workflow `{workflow}` would be a part of itself: {}", path(.above, .workflow))]
    PartOfItself { workflow: Name, above: Vec<Name> },
    #[error("{why}")]
    EndlessChain { workflow: Name, why: String },
    #[error("workflow `{workflow}` calls agent `{agent}`, and is not run by itself")]
    CallsAgent { workflow: Name, agent: Name, task: Option<Code> },
    #[error("a metric is a number")]
    NotANumber,
}

impl FlowRefusal {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownWorkflow { workflow, known } => {
                did_you_mean(workflow, known.iter().map(Name::as_str))
                    .unwrap_or_else(|| "`orch workflow list` shows all workflows".to_owned())
            }
            Self::UnknownRun { run, known } => did_you_mean(&run.0, known.iter().map(|run| run.0.as_str()))
                .unwrap_or_else(|| "`orch runs list` shows the runs".to_owned()),
            Self::RunOver { run, .. } => format!("`orch runs retry {run}` does the same again"),
            Self::IsPart { whole, .. } => {
                format!("`orch runs retry {whole}` does the whole again, once it is over")
            }
            Self::RunGoesOn { run } => format!("`orch runs cancel {run}` stops it"),
            Self::Disabled { workflow, by_hand: true } => {
                format!("`orch workflow enable {workflow}` switches it on")
            }
            Self::Disabled { .. } => "change its file".to_owned(),
            Self::UnknownInput { input, known, workflow } => {
                did_you_mean(input, known.iter().map(String::as_str))
                    .unwrap_or_else(|| format!("`orch workflow show {workflow}` shows its inputs"))
            }
            Self::MissingInput { input, .. } => format!("give it: `--input {input}=VALUE`"),
            Self::BadInput { .. } => "correct the value".to_owned(),
            Self::NothingToApprove { run } => format!("`orch runs show {run}` tells what it does"),
            Self::NotAsShown { run } => {
                format!(
                    "`orch tick` asks anew, and `orch runs show {run}` shows for what; then say yes to that"
                )
            }
            Self::NotLost { run } => format!("`orch approve {run}` without `--done` says yes"),
            Self::WhichStep { steps, .. } => format!("say which: `--step {}`", steps.join("` or `--step ")),
            Self::StepDoesNotWait { waiting, .. } if waiting.is_empty() => "no step of it does".to_owned(),
            Self::StepDoesNotWait { waiting, .. } => format!("these do: {}", waiting.join(", ")),
            Self::AlreadyPaused { workflow: Some(workflow) } => {
                format!("`orch resume {workflow}` lets it go on")
            }
            Self::AlreadyPaused { .. } => "`orch resume` lets them go on".to_owned(),
            Self::NotPaused { workflow: None } => {
                "nothing to resume; `orch workflow list` shows which are paused one by one".to_owned()
            }
            Self::NotPaused { .. } => "`orch workflow list` shows what is paused".to_owned(),
            Self::NotDisabled { workflow } => format!("`orch workflow disable {workflow}` does that"),
            Self::NoSchedule { .. } => "only slots of schedules can be filled in".to_owned(),
            Self::NoSlots { workflow, .. } => {
                format!(
                    "`orch workflow show {workflow}` shows when it is due; slots whose run succeeded are left out"
                )
            }
            Self::TooManySlots { .. } => "fill them in piece by piece".to_owned(),
            Self::UnknownAgent { agent, known } => did_you_mean(agent, known.iter().map(Name::as_str))
                .unwrap_or_else(|| "`orch agent list` shows all agents".to_owned()),
            Self::AgentSwitch { agent, .. } => format!("`orch agent show {agent}` shows how it stands"),
            Self::PartOfItself { .. } => {
                "let an event start it instead: `on: { event: run.succeeded }` waits for nobody".to_owned()
            }
            Self::EndlessChain { .. } => "see to it that one of them stops starting the next".to_owned(),
            Self::CallsAgent { agent, task: Some(task), .. } => {
                format!("`orch agent activate {agent} {task}` does, with the task as it stands now")
            }
            Self::CallsAgent { agent, .. } => format!("`orch agent activate {agent}` does"),
            Self::NotANumber => "infinity and not-a-number are none".to_owned(),
        }
    }
}

fn path(above: &[Name], workflow: &Name) -> String {
    above.iter().chain([workflow]).map(Name::as_str).collect::<Vec<_>>().join(" → ")
}

fn subject(workflow: Option<&str>) -> String {
    workflow.map_or_else(|| "all workflows".to_owned(), |workflow| format!("workflow `{workflow}`"))
}

const fn verb(workflow: Option<&str>, one: &'static str, all: &'static str) -> &'static str {
    if workflow.is_some() { one } else { all }
}
