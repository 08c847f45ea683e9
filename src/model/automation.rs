//! What the state remembers of workflows, beyond their runs. Frozen like the facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use super::{Change, RunId, Time};

/// What the state knows of one workflow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WorkflowRecord {
    /// Switched off by hand: its triggers are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Switch>,
    /// Paused: its triggers make runs, which wait until it is resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Switch>,
    /// When it was resumed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Time>,
    /// How far each of its triggers has looked, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub triggers: BTreeMap<SmolStr, Watermark>,
    /// The last finished runs, newest last, 50 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<PastRun>,
    #[serde(default)]
    pub runs: u64,
    #[serde(default)]
    pub failures: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_triggered: Option<Time>,
}

/// Who switched something off, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    pub by: SmolStr,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Why ticks decide nothing: somebody rolled the state back, and nobody has said yet that it may go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub by: SmolStr,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The tick whose state it is.
    pub serial: u64,
}

/// A finished run, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    pub run: RunId,
    pub succeeded: bool,
    pub at: Time,
    pub seconds: u64,
    /// From what triggered it to its start.
    #[serde(default)]
    pub waited: u64,
}

/// How far a trigger has looked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watermark {
    /// Of a schedule: every slot up to here is decided. Of the others: when it looked first.
    pub through: Time,
    /// Slots that were let go by.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missed: u64,
    /// Of a metric: since when it is beyond its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Of a metric: whether it has fired since then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fired: bool,
    /// Of commits: the last one seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<SmolStr>,
    /// Of files and payloads: the content of each, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<SmolStr, SmolStr>,
    /// Why it could not be told whether it was to make a run, if it has made none since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<TriggerProblem>,
}

/// A condition that could not be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerProblem {
    pub at: Time,
    /// The type of the event that it was to be told of.
    pub event: SmolStr,
    /// Where it stands: `workflows/x.yaml:4`.
    pub place: SmolStr,
    pub message: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The last value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    pub value: f64,
    pub at: Time,
}

/// A value that a workflow keeps between runs, and who set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredValue {
    pub value: Value,
    pub at: Time,
}

/// One file that a trigger saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    pub path: SmolStr,
    pub change: Change,
    /// Of its content now; none if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<SmolStr>,
}

/// One commit that a trigger saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenCommit {
    pub id: SmolStr,
    pub author: String,
    pub subject: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<String>,
}
