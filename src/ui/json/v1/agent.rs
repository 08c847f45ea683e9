//! `orch agent list` and `orch agent show` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::model::{AgentKind, Called, Code, Name, Priority, Task, TaskStatus, Time};
use crate::report::{Call, Workload, todo};

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentListV1 {
    pub format_version: u32,
    pub agents: Vec<AgentV1>,
}

impl AgentListV1 {
    pub fn new(workloads: &[Workload<'_>]) -> Self {
        Self { format_version: FORMAT_VERSION, agents: workloads.iter().map(AgentV1::from).collect() }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentDocumentV1 {
    pub format_version: u32,
    pub agent: AgentV1,
}

impl AgentDocumentV1 {
    pub fn new(workload: &Workload<'_>) -> Self {
        Self { format_version: FORMAT_VERSION, agent: AgentV1::from(workload) }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentV1 {
    #[schemars(with = "String")]
    pub name: Name,
    pub title: String,
    pub role: Option<String>,
    pub kind: AgentKind,
    pub max_active: u32,
    /// How many active tasks it holds.
    pub active: u32,
    /// How many more fit.
    pub room: u32,
    /// The tasks that it holds, in the order to do them.
    pub queue: Vec<QueuedV1>,
    /// The queued tasks that may come to it, the next first.
    pub waiting: Vec<QueuedV1>,
    /// The reviews that wait for it, the oldest first.
    pub pending_reviews: Vec<PendingReviewV1>,
    /// When it was activated last; null if it never was, or long ago.
    pub activated: Option<ActivatedV1>,
}

impl From<&Workload<'_>> for AgentV1 {
    fn from(work: &Workload<'_>) -> Self {
        let review = |(task, review): &(&Task, &crate::model::Review)| PendingReviewV1 {
            id: review.id.to_string(),
            kind: review.kind.clone(),
            task: task.code.clone(),
            requested_at: review.requested_at,
        };
        Self {
            name: work.agent.name.clone(),
            title: work.agent.title.clone(),
            role: work.agent.role.clone(),
            kind: work.agent.kind,
            max_active: work.agent.max_active,
            active: work.active(),
            room: work.room(),
            queue: work.holds.iter().map(|task| QueuedV1::new(task, Some(todo(task).command))).collect(),
            waiting: work.queue.iter().map(|task| QueuedV1::new(task, None)).collect(),
            pending_reviews: work.reviews.iter().map(review).collect(),
            activated: work.last_call.as_ref().map(ActivatedV1::from),
        }
    }
}

/// That an agent was called to a task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActivatedV1 {
    pub at: Time,
    pub task: Option<Code>,
    /// `work`, `schedule` or `hand`.
    #[schemars(with = "Option<String>")]
    pub by: Option<Called>,
    pub run: String,
    /// How the run stands.
    pub status: String,
    /// The step that reached the agent.
    pub way: Option<String>,
}

impl From<&Call<'_>> for ActivatedV1 {
    fn from(call: &Call<'_>) -> Self {
        Self {
            at: call.at(),
            task: call.task.clone(),
            by: call.by,
            run: call.run.id.to_string(),
            status: call.run.status.as_str().to_owned(),
            way: call.way.map(ToString::to_string),
        }
    }
}

/// A task in somebody's queue.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QueuedV1 {
    pub code: Code,
    pub title: String,
    pub status: TaskStatus,
    pub priority: Priority,
    pub deadline: Option<Time>,
    /// The command that its agent runs next.
    pub next: Option<String>,
}

impl QueuedV1 {
    fn new(task: &Task, next: Option<String>) -> Self {
        Self {
            code: task.code.clone(),
            title: task.spec.title.clone(),
            status: task.status,
            priority: task.spec.priority,
            deadline: task.spec.deadline,
            next,
        }
    }
}

/// A review that waits for somebody.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PendingReviewV1 {
    pub id: String,
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub kind: Name,
    pub task: Code,
    pub requested_at: Time,
}
