//! Runs: what a workflow did, and is doing, this time.
//!
//! These are records of the state, frozen like the facts: a field may be added with a default.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{Duration, Manifest, Name, Steps, Time};

/// The name of a run. Of a slot of a schedule: `clean-logs@2026-11-20T17:00Z`, so that a doubled tick
/// makes no second run; of anything else a number: `clean-logs#12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub SmolStr);

impl RunId {
    pub fn of_slot(workflow: &str, slot: Time) -> Self {
        let slot = slot.to_string();
        // Seconds only where they tell something apart.
        let slot = slot.strip_suffix(":00Z").map_or_else(|| slot.clone(), |minutes| format!("{minutes}Z"));
        Self(smol_str::format_smolstr!("{workflow}@{slot}"))
    }

    pub fn numbered(workflow: &str, number: u32) -> Self {
        Self(smol_str::format_smolstr!("{workflow}#{number}"))
    }

    /// The name of the part of a run that is the doing of one step, or one item of it, on a runner of its own:
    /// `deploy#4/build[3]`. There is one of a kind, however often it is made.
    pub fn of_part(run: &Self, step: &str) -> Self {
        Self(smol_str::format_smolstr!("{run}/{step}"))
    }

    /// The run that it is a part of, by its name, and the step.
    pub fn whole(&self) -> Option<(Self, &str)> {
        let (run, step) = self.0.split_once('/')?;
        Some((Self(run.into()), step))
    }

    /// The number of a run that is not of a slot.
    pub fn number(&self) -> Option<u32> {
        self.0.rsplit_once('#')?.1.parse().ok()
    }

    /// The workflow it is of.
    pub fn workflow(&self) -> &str {
        self.0.split(['@', '#']).next().unwrap_or_default()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for RunId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Started {
    /// By what a run is started that is the doing of one step of another, on a runner of its own.
    pub const PART: &str = "runs_on";

    /// The run and the step of it, or item of one, that a run is the doing of on a runner of its own.
    pub fn part(&self) -> Option<(&RunId, &SmolStr)> {
        self.parent.as_ref().filter(|_| self.by == Self::PART).map(|(run, step)| (run, step))
    }

    /// Whether nobody asked for the run, and it is no part of another.
    pub const fn is_by_itself(&self) -> bool {
        self.actor.is_none() && self.parent.is_none()
    }
}

/// What made a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The type of the event: `schedule`, `manual`, `task.created`, `files.changed`, …
    pub by: SmolStr,
    /// The trigger's key; none for `orch run` and `workflow.run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<SmolStr>,
    /// The slot of a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Time>,
    /// Who asked for it, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<SmolStr>,
    /// What expressions see as `event`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub event: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub inputs: Map<String, Value>,
    /// The run and step that made it, as a part of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<(RunId, SmolStr)>,
    /// The run that it came of, if it came of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
}

/// Where a run stands in a chain of runs each of which came of the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The run before it.
    pub run: RunId,
    /// How many are before it.
    pub depth: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Waits for earlier runs of its workflow, or for the workflow to be resumed.
    Queued,
    /// Waits for approval.
    Waiting,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// Not done, because another run of the workflow was going on.
    Skipped,
}

impl RunStatus {
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

/// Which of its lists a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Steps,
    /// A step failed for good: what was done is undone, last first.
    Rollback,
    OnFailure,
    Finally,
}

/// The tick that works on a run, and until when nobody else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub holder: SmolStr,
    pub until: Time,
}

/// A yes that a run or step waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalState {
    pub requested_at: Time,
    pub expires_at: Time,
    /// The digest of the workflow that was shown; another one makes the approval void.
    pub digest: SmolStr,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<ApprovalVerdict>,
}

/// How an approval was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalVerdict {
    pub granted: bool,
    pub by: SmolStr,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The lost step was done after all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_done: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub workflow: Name,
    pub digest: SmolStr,
    pub status: RunStatus,
    #[serde(default)]
    pub phase: Phase,
    pub started: Started,
    pub created_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// The last one that there was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_lease: Option<Lease>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalState>,
    /// By key: the step's id, `id[3]` of an item, `id:rollback` of its compensation.
    #[serde(default, skip_serializing_if = "Steps::is_empty")]
    pub steps: Steps,
    /// Why it is to end before its time: what is left of it is its `finally`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
    /// The step that failed it and what it said; or why it was cancelled or skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<RunFailure>,
    /// For how long it has worked in all, until its clock last stopped.
    #[serde(default, skip_serializing_if = "Duration::is_zero")]
    pub worked: Duration,
    /// Since when a step of it, or of a run that is a part of it, is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub works_since: Option<Time>,
}

impl Run {
    /// The run and the step of it, or item of one, that it is the doing of on a runner of its own.
    pub fn part(&self) -> Option<(&RunId, &SmolStr)> {
        self.started.part()
    }

    /// For how long it has worked: what its limit of time counts.
    pub fn worked(&self, now: Time) -> Duration {
        self.works_since.map_or(self.worked, |since| self.worked + now.since(since))
    }
}

/// Why a run did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailure {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<SmolStr>,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// An attempt is being made.
    Running,
    /// The next attempt waits for its time.
    Retrying,
    /// Waits for a time or a person.
    Waiting,
    /// Its items are being done.
    Expanded,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

impl StepStatus {
    /// All that expressions find as the status of a step; one that has not begun is pending.
    pub const NAMES: [&'static str; 9] = [
        "pending",
        Self::Running.as_str(),
        Self::Retrying.as_str(),
        Self::Waiting.as_str(),
        Self::Expanded.as_str(),
        Self::Succeeded.as_str(),
        Self::Failed.as_str(),
        Self::Skipped.as_str(),
        Self::Cancelled.as_str(),
    ];

    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Waiting => "waiting",
            Self::Expanded => "expanded",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A step of a run; steps that have not begun have no record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRun {
    pub status: StepStatus,
    /// From 1; 0 for steps that are not tried at all.
    #[serde(default)]
    pub attempt: u32,
    /// The tick that makes, or made, the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<SmolStr>,
    /// How many of the attempts ended with their tick.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cut_off: u32,
    pub started_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// When the next attempt, or the end of a wait, is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// The items of a `for_each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalState>,
    /// Its run, if it is one of another workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Exactly which files its attempts change, where a saved plan said so; kept until it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Box<Manifest>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over so")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

impl StepRun {
    /// Of a step that begins.
    pub fn new(started_at: Time) -> Self {
        Self {
            status: StepStatus::Running,
            attempt: 0,
            by: None,
            cut_off: 0,
            started_at,
            finished_at: None,
            due: None,
            items: None,
            approval: None,
            child: None,
            outcome: None,
            manifest: None,
        }
    }

    /// Whether nobody knows how its last attempt went.
    pub fn is_lost(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.ended == Ended::Lost)
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Succeeded,
    Failed,
    TimedOut,
    /// The tick that made it died, and nobody knows.
    Lost,
    /// Stopped from outside.
    Cancelled,
}

/// The end of an attempt, as the executor reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub ended: Ended,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub outputs: Map<String, Value>,
    /// What went wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The end of what it printed, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub millis: u64,
    /// Whether trying again cannot help: wrong arguments, a refused permission.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
    /// Whether its tick was stopped or killed under it, so that this says nothing about the step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut_off: bool,
}

impl Outcome {
    /// An end with nothing more to say about it.
    pub fn of(ended: Ended) -> Self {
        Self {
            ended,
            exit_code: None,
            outputs: Map::new(),
            error: None,
            tail: None,
            millis: 0,
            is_final: false,
            is_cut_off: false,
        }
    }
}
