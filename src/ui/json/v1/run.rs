//! `orch runs list`, `orch runs show` and `orch runs logs` as JSON.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::FORMAT_VERSION;
use crate::model::{ApprovalState, Config, Run, Time};
use crate::report::{RunStep, asked, failure, length, next_of_run, registered, run_steps, started_by};
use crate::state::State;
use crate::ui::text::Log;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunListV1 {
    pub format_version: u32,
    pub runs: Vec<RunV1>,
}

impl RunListV1 {
    pub fn new(config: &Config, runs: &[&Run], now: Time) -> Self {
        let runs = runs.iter().map(|run| RunV1::new(config, run, now)).collect();
        Self { format_version: FORMAT_VERSION, runs }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunDocumentV1 {
    pub format_version: u32,
    pub run: RunV1,
    /// What whoever is asked should know; null where nobody is asked.
    pub decision: Option<DecisionV1>,
}

impl RunDocumentV1 {
    pub fn new(config: &Config, state: &State, run: &Run, now: Time) -> Self {
        let workflow = config.workflows.get(&run.workflow);
        let decision = workflow.filter(|_| !asked(run).is_empty()).map(|workflow| {
            let approval = workflow.approval.as_ref();
            DecisionV1 {
                purpose: approval
                    .and_then(|approval| approval.purpose.clone())
                    .or_else(|| workflow.description.clone()),
                risk: approval.and_then(|approval| approval.risk.clone()),
                benefit: registered(state, workflow, now).benefit(now),
            }
        });
        Self { format_version: FORMAT_VERSION, run: RunV1::new(config, run, now), decision }
    }
}

/// Why one would say yes or no.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionV1 {
    pub purpose: Option<String>,
    pub risk: Option<String>,
    /// In words.
    pub benefit: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunV1 {
    pub id: String,
    pub workflow: String,
    /// `queued`, `waiting`, `running`, `succeeded`, `failed`, `cancelled` or `skipped`.
    pub status: String,
    /// `steps`, `rollback`, `on_failure` or `finally`.
    pub phase: String,
    /// The type of what made it: `schedule`, `manual`, `task.created`.
    pub started_by: String,
    /// The same in words.
    pub why: String,
    pub trigger: Option<String>,
    pub slot: Option<Time>,
    pub actor: Option<String>,
    /// The run that it is a part of, and the step of it.
    pub parent: Option<ParentV1>,
    pub inputs: Map<String, Value>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    /// How long it took, or has taken so far.
    pub duration_seconds: Option<u64>,
    pub failure: Option<FailureV1>,
    pub approval: Option<ApprovalV1>,
    pub steps: Vec<RunStepV1>,
    /// When the clock alone changes something about it.
    pub next_change: Option<Time>,
}

impl RunV1 {
    pub(super) fn new(config: &Config, run: &Run, now: Time) -> Self {
        let steps = run_steps(config.workflows.get(&run.workflow), run);
        let phase = serde_json::to_value(run.phase).ok();
        Self {
            id: run.id.to_string(),
            workflow: run.workflow.to_string(),
            status: run.status.as_str().to_owned(),
            phase: phase.and_then(|phase| phase.as_str().map(str::to_owned)).unwrap_or_default(),
            started_by: run.started.by.to_string(),
            why: started_by(&run.started),
            trigger: run.started.trigger.as_ref().map(ToString::to_string),
            slot: run.started.slot,
            actor: run.started.actor.as_ref().map(ToString::to_string),
            parent: run
                .started
                .parent
                .as_ref()
                .map(|(run, step)| ParentV1 { run: run.to_string(), step: step.to_string() }),
            inputs: run.started.inputs.clone(),
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            duration_seconds: length(run, now),
            failure: failure(run).map(|(step, message)| FailureV1 {
                step: step.map(str::to_owned),
                message: message.to_owned(),
            }),
            approval: run.approval.as_ref().map(ApprovalV1::from),
            steps: steps.iter().map(RunStepV1::from).collect(),
            next_change: next_of_run(run),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ParentV1 {
    pub run: String,
    pub step: String,
}

/// Why a run did not succeed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FailureV1 {
    pub step: Option<String>,
    pub message: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ApprovalV1 {
    pub requested_at: Time,
    pub expires_at: Time,
    /// Roles, any of which may say yes; empty: every role that may approve.
    pub roles: Vec<String>,
    /// Null as long as nobody has answered.
    pub granted: Option<bool>,
    pub by: Option<String>,
    pub at: Option<Time>,
    pub note: Option<String>,
}

impl From<&ApprovalState> for ApprovalV1 {
    fn from(approval: &ApprovalState) -> Self {
        let verdict = approval.verdict.as_ref();
        Self {
            requested_at: approval.requested_at,
            expires_at: approval.expires_at,
            roles: approval.roles.iter().map(ToString::to_string).collect(),
            granted: verdict.map(|verdict| verdict.granted),
            by: verdict.map(|verdict| verdict.by.to_string()),
            at: verdict.map(|verdict| verdict.at),
            note: verdict.and_then(|verdict| verdict.note.clone()),
        }
    }
}

/// A step of a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunStepV1 {
    /// Its id; `id[3]` of an item, `id:rollback` of what undid it.
    pub key: String,
    /// `pending`, `not done`, `running`, `retrying`, `waiting`, `waiting for approval`, `expanded`, `succeeded`,
    /// `failed`, `skipped` or `cancelled`.
    pub status: String,
    pub attempt: u32,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    /// When the next attempt, or the end of a wait, is due.
    pub due: Option<Time>,
    /// How long the last attempt took.
    pub millis: Option<u64>,
    pub exit_code: Option<i32>,
    pub error: Option<String>,
    pub outputs: Map<String, Value>,
    /// The end of what it printed.
    pub tail: Option<String>,
    /// Its run, if it is one of another workflow.
    pub child: Option<String>,
    pub approval: Option<ApprovalV1>,
    /// The line that declares it: `workflows/clean-logs.yaml:12`.
    pub at: Option<String>,
}

impl From<&RunStep<'_>> for RunStepV1 {
    fn from(row: &RunStep<'_>) -> Self {
        let record = row.record;
        let outcome = record.and_then(|record| record.outcome.as_ref());
        Self {
            key: row.key.to_owned(),
            status: row.status().to_owned(),
            attempt: record.map_or(0, |record| record.attempt),
            started_at: record.map(|record| record.started_at),
            finished_at: record.and_then(|record| record.finished_at),
            due: record.and_then(|record| record.due),
            millis: outcome.map(|outcome| outcome.millis),
            exit_code: outcome.and_then(|outcome| outcome.exit_code),
            error: outcome.and_then(|outcome| outcome.error.clone()),
            outputs: outcome.map(|outcome| outcome.outputs.clone()).unwrap_or_default(),
            tail: outcome.and_then(|outcome| outcome.tail.clone()),
            child: record.and_then(|record| record.child.as_ref()).map(ToString::to_string),
            approval: record.and_then(|record| record.approval.as_ref()).map(ApprovalV1::from),
            at: row.step.map(|step| step.origin.to_string()),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunLogsV1 {
    pub format_version: u32,
    pub run: String,
    pub logs: Vec<LogV1>,
}

/// What an attempt printed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LogV1 {
    pub step: String,
    pub attempt: u32,
    pub text: String,
    /// False: it is the end of it only.
    pub whole: bool,
}

impl RunLogsV1 {
    pub fn new(run: &Run, logs: &[Log]) -> Self {
        let log = |log: &Log| LogV1 {
            step: log.step.clone(),
            attempt: log.attempt,
            text: log.text.clone(),
            whole: log.is_whole,
        };
        let logs = logs.iter().map(log).collect();
        Self { format_version: FORMAT_VERSION, run: run.id.to_string(), logs }
    }
}
