//! When an agent was called to work, and how that went.

use serde::Deserialize;
use smol_str::SmolStr;

use super::clean::one_line;
use crate::model::{Activate, Agent, Called, Code, Run, RunStatus, StepStatus, Time};
use crate::plan::task_of;
use crate::state::State;

/// A call to an agent.
#[derive(Debug)]
pub struct Call<'a> {
    pub run: &'a Run,
    pub task: Option<Code>,
    pub by: Option<Called>,
    /// The way that reached the agent.
    pub way: Option<&'a SmolStr>,
}

/// The last call to an agent, to a certain task if one is given; none if there was none, or it was long ago.
pub fn last_call<'a>(state: &'a State, agent: &Agent, task: Option<&Code>) -> Option<Call<'a>> {
    let activate = agent.activate.as_ref()?;
    let runs = state.meta.runs.values().map(AsRef::as_ref);
    let calls = runs.filter(|run| run.workflow == activate.workflow && task_of(run).is_some());
    let calls = calls.filter(|run| task.is_none() || task_of(run).as_ref() == task);
    let run = calls.max_by_key(|run| (run.created_at, run.id.number()))?;
    let reached = run.steps.iter().find(|(_, step)| step.status == StepStatus::Succeeded);
    let by = run.started.event.get("by").and_then(|by| Called::deserialize(by).ok());
    Some(Call { run, task: task_of(run), by, way: reached.map(|(id, _)| id) })
}

impl Call<'_> {
    pub fn at(&self) -> Time {
        self.run.created_at
    }

    /// How it went: `activate-writer#3 succeeded by claude`.
    pub fn outcome(&self) -> String {
        let (id, status) = (&self.run.id, self.run.status.as_str());
        match (self.run.status, self.way, &self.run.failure) {
            (RunStatus::Succeeded, Some(way), _) => format!("{id} {status} by {way}"),
            (RunStatus::Failed | RunStatus::Cancelled | RunStatus::Skipped, _, Some(failure)) => {
                format!("{id} {status}: {}", one_line(&failure.message))
            }
            (RunStatus::Running | RunStatus::Queued, ..) => format!("{id} is {status}"),
            (RunStatus::Waiting, ..) => format!("{id} waits for approval"),
            _ => format!("{id} {status}"),
        }
    }

    /// `2026-11-20T08:00:00Z for T-1, because it had work: activate-writer#3 succeeded by claude`.
    pub fn in_words(&self) -> String {
        let task = self.task.as_ref().map(|task| format!(" for {task}")).unwrap_or_default();
        let by = self.by.map(|by| format!(", {}", by.in_words())).unwrap_or_default();
        format!("{}{task}{by}: {}", self.at(), self.outcome())
    }
}

/// The agent that a run calls to a task.
pub(super) fn called_by(run: &Run) -> Option<&str> {
    let agent = run.started.event.get("agent")?.as_str()?;
    (run.workflow == Activate::workflow_of(agent)).then_some(agent)
}

/// The command that does again what a run did.
pub fn do_again(run: &Run) -> String {
    match (called_by(run), task_of(run)) {
        (Some(agent), Some(task)) => format!("orch agent activate {agent} {task}"),
        _ => format!("orch runs retry {}", run.id),
    }
}

/// When an agent is called: to follow on `is activated`.
pub fn when_called(agent: &Agent) -> Option<&'static str> {
    let activate = agent.activate.as_ref()?;
    Some(if activate.on_work { "as soon as it has work" } else { "by its schedule or by hand" })
}
