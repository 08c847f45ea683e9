//! `orch sla status` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::model::{Code, Name, Time};
use crate::report::{Condition, GithubStanding, NextStep, Standing};

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SlaStatusV1 {
    pub format_version: u32,
    /// The one with the least time left first.
    pub clocks: Vec<ClockV1>,
    /// Those that run on something on GitHub, in the same order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_github: Vec<GithubClockV1>,
}

/// A clock that runs on something on GitHub.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GithubClockV1 {
    /// `pull request 12`, `workflow run 99`.
    pub subject: String,
    #[schemars(with = "String")]
    pub objective: Name,
    /// The line of configuration that declares the objective.
    pub at: String,
    pub started_at: Time,
    pub due: Time,
    pub within_seconds: u64,
    pub elapsed_seconds: u64,
    /// `ok`, `warned` or `exceeded`.
    pub state: String,
    /// The level of escalation reached, 0 before the first.
    pub level: u8,
}

impl GithubClockV1 {
    fn new(standing: &GithubStanding<'_>) -> Self {
        let level = match standing.condition {
            Condition::Exceeded { level } => level,
            Condition::Ok | Condition::Warned => 0,
        };
        Self {
            subject: standing.subject.clone(),
            objective: standing.objective.name.clone(),
            at: standing.objective.origin.to_string(),
            started_at: standing.start,
            due: standing.due,
            within_seconds: standing.objective.within.as_seconds(),
            elapsed_seconds: standing.elapsed.as_seconds(),
            state: standing.condition.as_str().to_owned(),
            level,
        }
    }
}

impl SlaStatusV1 {
    pub fn new(standings: &[Standing<'_>], on_github: &[GithubStanding<'_>], now: Time) -> Self {
        let clocks = standings.iter().map(|standing| ClockV1::new(standing, now)).collect();
        let on_github = on_github.iter().map(GithubClockV1::new).collect();
        Self { format_version: FORMAT_VERSION, clocks, on_github }
    }
}

/// A running clock.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClockV1 {
    #[schemars(with = "String")]
    pub objective: Name,
    /// The line of configuration that declares the objective.
    pub at: String,
    pub task: Code,
    /// The review that it runs on; null if it runs on the task.
    pub review: Option<String>,
    pub started_at: Time,
    pub due: Time,
    pub within_seconds: u64,
    pub elapsed_seconds: u64,
    /// Negative once it is overdue.
    pub left_seconds: i64,
    /// `ok`, `warned` or `exceeded`.
    pub state: String,
    /// The level of escalation reached, 0 before the first.
    pub level: u8,
    /// What the clock does next; null after the last level.
    pub next: Option<NextStepV1>,
}

impl ClockV1 {
    pub(super) fn new(standing: &Standing<'_>, now: Time) -> Self {
        let level = match standing.condition {
            Condition::Exceeded { level } => level,
            Condition::Ok | Condition::Warned => 0,
        };
        Self {
            objective: standing.objective.name.clone(),
            at: standing.objective.origin.to_string(),
            task: standing.task.code.clone(),
            review: standing.review.map(|review| review.id.to_string()),
            started_at: standing.start,
            due: standing.due,
            within_seconds: standing.objective.within.as_seconds(),
            elapsed_seconds: standing.elapsed.as_seconds(),
            left_seconds: standing.seconds_left(now),
            state: standing.condition.as_str().to_owned(),
            level,
            next: standing.next.as_ref().map(|(at, step)| NextStepV1::new(*at, step)),
        }
    }
}

/// What a clock does next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NextStepV1 {
    pub at: Time,
    /// `warning`, `breach` or `escalation`.
    pub step: String,
    pub level: Option<u8>,
    #[schemars(with = "Vec<String>")]
    pub to: Vec<Name>,
}

impl NextStepV1 {
    fn new(at: Time, step: &NextStep<'_>) -> Self {
        let (step, level, to) = match step {
            NextStep::Warning => ("warning", None, Vec::new()),
            NextStep::Breach => ("breach", None, Vec::new()),
            NextStep::Escalation { level, to } => ("escalation", Some(*level), to.to_vec()),
        };
        Self { at, step: step.to_owned(), level, to }
    }
}
