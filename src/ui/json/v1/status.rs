//! `orch status` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::agent::ActivatedV1;
use super::workflow::FlowStatusV1;
use crate::model::{Code, Name, TaskStatus, Time};
use crate::report::{Bottleneck, Overview, Tip, Workload, why_blocked};
use crate::state::State;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusV1 {
    pub format_version: u32,
    pub project: String,
    /// The commit of the state; null before the first tick.
    pub state: Option<String>,
    pub serial: u64,
    pub now: Time,
    /// Tasks by status, the archived ones included.
    pub tasks: Vec<StatusCountsV1>,
    pub archived: u64,
    /// Pending tasks that wait for an agent.
    pub queued: u64,
    pub workloads: Vec<WorkloadV1>,
    /// For whom reviews wait, the most first.
    pub bottlenecks: Vec<BottleneckV1>,
    pub blocked: Vec<BlockedV1>,
    pub clocks: ClockCountsV1,
    pub alerts: Vec<AlertV1>,
    pub workflows: FlowStatusV1,
    /// When the clock alone will change something.
    pub next_change: Option<Time>,
}

impl StatusV1 {
    pub fn new(overview: &Overview<'_>, state: &State, project: &str, tip: &Tip, now: Time) -> Self {
        let blocked = |task: &&crate::model::Task| BlockedV1 {
            code: task.code.clone(),
            title: task.spec.title.clone(),
            waiting_on: task.waiting_on.clone(),
            why: why_blocked(state, task),
        };
        let (running, warned, exceeded) = overview.clocks;
        Self {
            format_version: FORMAT_VERSION,
            project: project.to_owned(),
            state: tip.commit.as_ref().map(ToString::to_string),
            serial: tip.serial,
            now,
            tasks: overview.counts.iter().map(|&(status, count)| StatusCountsV1 { status, count }).collect(),
            archived: overview.archived,
            queued: overview.queued as u64,
            workloads: overview.workloads.iter().map(WorkloadV1::from).collect(),
            bottlenecks: overview.bottlenecks.iter().map(BottleneckV1::from).collect(),
            blocked: overview.blocked.iter().map(blocked).collect(),
            clocks: ClockCountsV1 { running, warned, exceeded },
            alerts: overview
                .alerts
                .iter()
                .map(|&(task, key, message)| AlertV1::new(task, key, message))
                .collect(),
            workflows: FlowStatusV1::from(&overview.flow),
            next_change: overview.next_change,
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusCountsV1 {
    pub status: TaskStatus,
    pub count: u64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkloadV1 {
    #[schemars(with = "String")]
    pub agent: Name,
    pub active: u32,
    pub max_active: u32,
    pub room: u32,
    /// How many queued tasks may come to it.
    pub waiting: usize,
    pub pending_reviews: usize,
    /// When the agent was activated last; null if it never was, or long ago.
    pub activated: Option<ActivatedV1>,
}

impl From<&Workload<'_>> for WorkloadV1 {
    fn from(work: &Workload<'_>) -> Self {
        Self {
            agent: work.agent.name.clone(),
            active: work.active(),
            max_active: work.agent.max_active,
            room: work.room(),
            waiting: work.queue.len(),
            pending_reviews: work.reviews.len(),
            activated: work.last_call.as_ref().map(ActivatedV1::from),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BottleneckV1 {
    /// Null: reviews that anybody but the author may do.
    #[schemars(with = "Option<String>")]
    pub reviewer: Option<Name>,
    pub pending: usize,
    pub oldest_requested_at: Time,
}

impl From<&Bottleneck> for BottleneckV1 {
    fn from(one: &Bottleneck) -> Self {
        Self { reviewer: one.reviewer.clone(), pending: one.pending, oldest_requested_at: one.oldest }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BlockedV1 {
    pub code: Code,
    pub title: String,
    pub waiting_on: Vec<Code>,
    pub why: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClockCountsV1 {
    pub running: usize,
    pub warned: usize,
    pub exceeded: usize,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AlertV1 {
    pub task: Code,
    pub alert: String,
    pub message: String,
}

impl AlertV1 {
    fn new(task: &Code, alert: &str, message: &str) -> Self {
        Self { task: task.clone(), alert: alert.to_owned(), message: message.to_owned() }
    }
}
