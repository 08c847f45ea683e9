//! JSON documents of format version 1. A field may be added; nothing may be renamed, removed or
//! change its meaning without a version 2. Keys are always present, absent values are null, times
//! are RFC 3339 in UTC, lengths of time are whole seconds.

mod activity;
mod agent;
mod checkup;
mod compaction;
mod document;
mod effect;
mod event;
mod explain;
mod export;
mod fsck;
mod isolation;
mod issue;
mod log;
mod plan;
mod review;
mod run;
mod schema;
mod sla;
mod status;
mod task;
#[cfg(test)]
mod tests;
mod tick;
mod workflow;

pub use activity::{ActivityV1, AgentActivityV1, DeedV1, GithubActivityV1};
pub use agent::{ActivatedV1, AgentDocumentV1, AgentListV1, AgentV1, PendingReviewV1, QueuedV1};
pub use checkup::{CheckupFindingV1, CheckupV1};
pub use compaction::{CompactionV1, CompactionView};
pub use document::{FORMAT_VERSION, to_json};
pub use effect::{CallV1, CommandV1, EffectV1, OriginV1, PermissionsV1};
pub use event::{AskedV1, CauseV1, EventListV1, ListedEventV1};
pub use explain::{ExplanationV1, ReasonV1, SectionV1, StepV1};
pub use export::{ExportedReviewV1, ExportedTaskV1, export};
pub use fsck::{FindingV1, FsckV1, VerifyV1};
pub use isolation::{AgentIsolationV1, IsolationBreachV1, IsolationV1};
pub use issue::IssueV1;
pub use log::{LogOfTicksV1, LoggedTickV1};
pub use plan::{BaseV1, EventV1, ItemV1, SavedPlanError, SavedPlanV1};
pub use review::{ListedReviewV1, ReviewDocumentV1, ReviewListV1};
pub use run::{
    ApprovalV1, DecisionV1, FailureV1, LogV1, ParentV1, RunDocumentV1, RunListV1, RunLogsV1, RunStepV1, RunV1,
};
pub use schema::schemas;
pub use sla::{ClockV1, GithubClockV1, NextStepV1, SlaStatusV1};
pub use status::{AlertV1, BlockedV1, BottleneckV1, ClockCountsV1, StatusCountsV1, StatusV1, WorkloadV1};
pub use task::{ClaimV1, HoldV1, NextV1, ReviewV1, TaskDocumentV1, TaskListV1, TaskV1};
pub use tick::TickV1;
pub use workflow::{
    ActionListV1, ActionV1, EventFieldV1, EventFieldsV1, FlowStatusV1, InputV1, LibraryV1, MetricListV1,
    MetricV1, ReadyV1, SettlementListV1, SettlementV1, TriggerV1, WorkflowDocumentV1, WorkflowListV1,
    WorkflowStepV1, WorkflowV1,
};
