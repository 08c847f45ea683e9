//! Something that the user named is not there: what to say, and the nearest that is.

use crate::actions::ACTIONS;
use crate::diag::{did_you_mean, literal};
use crate::model::{Code, Config, Name, ReviewId, Run, RunId};
use crate::state::State;
use crate::template::LIBRARY;

/// A name that leads nowhere.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct Unknown {
    pub what: String,
    pub hint: String,
}

impl Unknown {
    pub(super) fn task(state: &State, code: &Code) -> Self {
        let known = state.tasks().map(|task| task.code.as_str());
        let hint = did_you_mean(code.as_str(), known);
        Self {
            what: format!("task `{code}` does not exist"),
            hint: hint.unwrap_or_else(|| "`orch task list` shows all tasks".to_owned()),
        }
    }

    pub(super) fn review(review: ReviewId) -> Self {
        Self {
            what: format!("review `{review}` does not exist"),
            hint: "`orch review list --all` shows those that do".to_owned(),
        }
    }

    /// What is neither the code of anything nor the name of an agent.
    pub(super) fn subject(config: &Config, subject: &str) -> Self {
        let names = config.agents.keys().chain(config.workflows.keys());
        let hint = did_you_mean(subject, names.map(Name::as_str));
        Self {
            what: format!(
                "there is no task, review, agent, run, workflow or diagnostic code {}",
                literal(subject)
            ),
            hint: hint
                .unwrap_or_else(|| "`orch task list` and `orch agent list` show what there is".to_owned()),
        }
    }

    pub(super) fn agent(config: &Config, agent: &str) -> Self {
        let hint = did_you_mean(agent, config.agents.keys().map(Name::as_str));
        Self {
            what: format!("agent `{agent}` is not declared"),
            hint: hint.unwrap_or_else(|| "`orch agent list` shows all".to_owned()),
        }
    }

    pub(super) fn workflow(config: &Config, workflow: &str) -> Self {
        let hint = did_you_mean(workflow, config.workflows.keys().map(Name::as_str));
        Self {
            what: format!("workflow {} is not declared", literal(workflow)),
            hint: hint.unwrap_or_else(|| "`orch workflow list` shows all".to_owned()),
        }
    }

    /// Whether each of these workflows is declared, or has left something in the state: their runs and events
    /// outlive their files.
    pub(super) fn check_workflows(config: &Config, state: &State, workflows: &[Name]) -> Result<(), Self> {
        let is_known = |name: &Name| config.workflows.contains_key(name) || state.workflow(name).is_some();
        match workflows.iter().find(|name| !is_known(name)) {
            Some(name) => Err(Self::workflow(config, name)),
            None => Ok(()),
        }
    }

    pub(super) fn run(state: &State, run: &RunId) -> Self {
        let hint = did_you_mean(&run.0, state.meta.runs.keys().map(|run| run.0.as_str()));
        Self {
            what: format!("run {} does not exist, or ended long ago", literal(&run.0)),
            hint: hint.unwrap_or_else(|| {
                format!("`orch runs list` shows the runs; `orch event list --run '{run}'` what the log knows")
            }),
        }
    }

    /// What no runner is sent for.
    pub(super) fn part(run: &RunId) -> Self {
        Self {
            what: format!("run {} is no step that is sent to a runner", literal(&run.0)),
            hint: format!(
                "`orch runs show {run}` tells which of its steps are, such as `deploy#4/build`; `orch tick` goes on with whole runs"
            ),
        }
    }

    pub(super) fn step(run: &Run, step: &str) -> Self {
        let hint = did_you_mean(step, run.steps.keys().map(smol_str::SmolStr::as_str));
        Self {
            what: format!("step {} of run `{}` has not begun, or does not exist", literal(step), run.id),
            hint: hint.unwrap_or_else(|| format!("`orch runs show {}` shows its steps", run.id)),
        }
    }

    pub(super) fn action(action: &str) -> Self {
        let hint = did_you_mean(action, ACTIONS.iter().map(|action| action.name()));
        Self {
            what: format!("there is no action {}", literal(action)),
            hint: hint.unwrap_or_else(|| "`orch workflow actions` lists all".to_owned()),
        }
    }

    pub(super) fn ready_workflow(workflow: &str) -> Self {
        let hint = did_you_mean(workflow, LIBRARY.iter().map(|ready| ready.name));
        Self {
            what: format!("there is no ready workflow {}", literal(workflow)),
            hint: hint.unwrap_or_else(|| "`orch workflow add` lists what there is".to_owned()),
        }
    }
}
