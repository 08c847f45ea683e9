//! Something that the user named is not there: what to say, and the nearest that is.

use crate::diag::{did_you_mean, literal};
use crate::model::{Code, Config, Name, ReviewId};
use crate::state::State;

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
        let hint = did_you_mean(subject, config.agents.keys().map(Name::as_str));
        Self {
            what: format!("there is no task, review, agent or diagnostic code {}", literal(subject)),
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
}
