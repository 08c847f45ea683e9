//! `orch task list` and `orch task show` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::event::ListedEventV1;
use super::sla::ClockV1;
use crate::model::{Claim, Code, Config, Hold, Name, Priority, Review, ReviewStatus, Task, TaskStatus, Time};
use crate::report::{Logged, standings_of};
use crate::state::State;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskListV1 {
    pub format_version: u32,
    pub tasks: Vec<TaskV1>,
}

impl TaskListV1 {
    pub fn new<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        Self { format_version: FORMAT_VERSION, tasks: tasks.into_iter().map(TaskV1::from).collect() }
    }
}

/// One task with what is around it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskDocumentV1 {
    pub format_version: u32,
    pub task: TaskV1,
    /// The unfinished tasks that wait for this one.
    pub needed_by: Vec<Code>,
    pub clocks: Vec<ClockV1>,
    /// The messages of its open alerts.
    pub alerts: Vec<String>,
    /// Its last events, the oldest first.
    pub events: Vec<ListedEventV1>,
}

impl TaskDocumentV1 {
    pub fn new(config: &Config, state: &State, task: &Task, now: Time, events: &[Logged<'_>]) -> Self {
        let alerts = state.meta.alerts.iter().filter(|((code, _), _)| *code == task.code);
        Self {
            format_version: FORMAT_VERSION,
            task: TaskV1::from(task),
            needed_by: state.dependents(&task.code),
            clocks: standings_of(config, task, now).iter().map(|s| ClockV1::new(s, now)).collect(),
            alerts: alerts.map(|(_, message)| message.clone()).collect(),
            events: events.iter().map(|logged| ListedEventV1::new(logged, state)).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskV1 {
    pub code: Code,
    pub title: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub kind: Name,
    #[schemars(with = "Option<String>")]
    pub content_type: Option<Name>,
    pub status: TaskStatus,
    pub priority: Priority,
    pub tier: Option<u8>,
    /// Who holds the task, or held it last.
    #[schemars(with = "Option<String>")]
    pub agent: Option<Name>,
    #[schemars(with = "Option<String>")]
    pub author: Option<Name>,
    #[schemars(with = "Vec<String>")]
    pub labels: Vec<Name>,
    pub depends_on: Vec<Code>,
    /// The dependencies that are not complete yet.
    pub waiting_on: Vec<Code>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    /// When its author delivered it last.
    pub delivered_at: Option<Time>,
    pub completed_at: Option<Time>,
    pub deadline: Option<Time>,
    pub output: Option<String>,
    pub hold: Option<HoldV1>,
    /// Who alone works on it.
    pub claim: Option<ClaimV1>,
    /// The file that declares it.
    pub source: Option<String>,
    /// The number of the issue on GitHub that it stands for.
    pub issue: Option<u64>,
    pub reviews: Vec<ReviewV1>,
}

impl From<&Task> for TaskV1 {
    fn from(task: &Task) -> Self {
        let spec = task.spec.clone();
        Self {
            code: task.code.clone(),
            title: spec.title,
            description: spec.description,
            kind: spec.kind,
            content_type: spec.content_type,
            status: task.status,
            priority: spec.priority,
            tier: spec.tier,
            agent: task.agent.clone(),
            author: task.author.clone(),
            labels: spec.labels,
            depends_on: spec.depends_on,
            waiting_on: task.waiting_on.clone(),
            created_at: task.created_at,
            started_at: task.started_at,
            delivered_at: task.delivered_at,
            completed_at: task.completed_at,
            deadline: spec.deadline,
            output: task.output.clone(),
            hold: task.hold.as_deref().map(HoldV1::from),
            claim: task.claim.as_deref().map(ClaimV1::from),
            source: spec.source.map(Into::into),
            issue: spec.issue,
            reviews: task.reviews.iter().map(ReviewV1::from).collect(),
        }
    }
}

/// One agent alone works on a task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClaimV1 {
    pub holder: String,
    /// Grows with each claim of the task; `--token` shows it.
    pub token: u64,
    pub until: Time,
}

impl From<&Claim> for ClaimV1 {
    fn from(claim: &Claim) -> Self {
        Self { holder: claim.holder.to_string(), token: claim.token, until: claim.until }
    }
}

/// What `orch next` claimed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NextV1 {
    pub format_version: u32,
    /// Null: nothing is ready.
    pub task: Option<TaskV1>,
    /// Null: nothing is ready.
    pub claim: Option<ClaimV1>,
    pub pushed: bool,
}

impl NextV1 {
    pub fn new(claimed: Option<(&Task, &Claim)>, pushed: bool) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            task: claimed.map(|(task, _)| TaskV1::from(task)),
            claim: claimed.map(|(_, claim)| ClaimV1::from(claim)),
            pushed,
        }
    }
}

/// A task put on hold by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HoldV1 {
    pub reason: String,
    pub by: String,
    pub at: Time,
}

impl From<&Hold> for HoldV1 {
    fn from(hold: &Hold) -> Self {
        Self { reason: hold.reason.clone(), by: hold.by.to_string(), at: hold.at }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReviewV1 {
    /// Such as `REVIEW-025`.
    pub id: String,
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub kind: Name,
    /// Null: anybody but the author.
    #[schemars(with = "Option<String>")]
    pub reviewer: Option<Name>,
    pub status: ReviewStatus,
    pub round: u16,
    pub stage: u8,
    pub requested_at: Time,
    pub completed_at: Option<Time>,
    pub rating: Option<u8>,
    pub minutes: Option<u32>,
    pub notes: Option<String>,
}

impl From<&Review> for ReviewV1 {
    fn from(review: &Review) -> Self {
        Self {
            id: review.id.to_string(),
            kind: review.kind.clone(),
            reviewer: review.reviewer.clone(),
            status: review.status,
            round: review.round,
            stage: review.stage,
            requested_at: review.requested_at,
            completed_at: review.completed_at,
            rating: review.rating,
            minutes: review.minutes,
            notes: review.notes.clone(),
        }
    }
}
