//! The facts and requests about workflows: runs, steps, approvals, switches, and what triggers saw.
//!
//! Frozen like the other facts: a field may be added with a default, a variant may be added.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{
    FileChange, GithubEvent, GithubItem, GithubThing, IsolationBreach, IsolationVerdict, Lease, Manifest,
    Name, Outcome, Phase, RunId, RunStatus, SeenCommit, ShownTask, Started, Time,
};

/// What happened with workflows. In the log it stands as `{"flow":{"run.created":{…}}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FlowFact {
    #[serde(rename = "run.created")]
    RunCreated { run: RunId, workflow: Name, digest: SmolStr, started: Started },
    /// Nothing holds it back any more.
    #[serde(rename = "run.started")]
    RunStarted { run: RunId },
    /// A tick works on it, and nobody else until the lease ends. None gives it back.
    #[serde(rename = "run.leased")]
    RunLeased {
        run: RunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease: Option<Lease>,
        /// The tick that gives it back; none if it was taken from one that is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SmolStr>,
    },
    #[serde(rename = "run.phase")]
    RunPhase {
        run: RunId,
        phase: Phase,
        /// The step that failed, when that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// The workflow changed while the run was under way: it goes on by the new one.
    #[serde(rename = "run.redefined")]
    RunRedefined { run: RunId, digest: SmolStr },
    /// It is to end before its time: what goes on is stopped, `finally` is done, and then it is over.
    #[serde(rename = "run.cancelled")]
    RunCancelled { run: RunId, message: String },
    #[serde(rename = "run.finished")]
    RunFinished {
        run: RunId,
        status: RunStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A critical workflow failed, or one that keeps failing.
    #[serde(rename = "run.escalated")]
    RunEscalated { run: RunId, to: Vec<Name>, message: String },
    #[serde(rename = "step.expanded")]
    StepExpanded { run: RunId, step: SmolStr, items: Vec<Value> },
    #[serde(rename = "step.started")]
    StepStarted {
        run: RunId,
        step: SmolStr,
        attempt: u32,
        /// The tick that makes it, by the name under which it leased the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SmolStr>,
        /// Of a saved plan: exactly which files it changes, at later attempts too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manifest: Option<Box<Manifest>>,
    },
    #[serde(rename = "step.finished")]
    StepFinished {
        run: RunId,
        step: SmolStr,
        attempt: u32,
        /// The tick that made it; none if nothing was tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SmolStr>,
        outcome: Outcome,
    },
    /// The next attempt is due.
    #[serde(rename = "step.retried")]
    StepRetried { run: RunId, step: SmolStr, at: Time },
    #[serde(rename = "step.waiting")]
    StepWaiting { run: RunId, step: SmolStr, until: Time },
    #[serde(rename = "step.skipped")]
    StepSkipped { run: RunId, step: SmolStr },
    /// Its run as a part of this one was made.
    #[serde(rename = "step.delegated")]
    StepDelegated { run: RunId, step: SmolStr, child: RunId },
    #[serde(rename = "approval.requested")]
    ApprovalRequested {
        run: RunId,
        /// None: the run as a whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<SmolStr>,
        digest: SmolStr,
        expires_at: Time,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        roles: Vec<Name>,
    },
    #[serde(rename = "approval.granted")]
    ApprovalGranted {
        run: RunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// The lost step was done after all.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        was_done: bool,
    },
    #[serde(rename = "approval.denied")]
    ApprovalDenied {
        run: RunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    #[serde(rename = "approval.expired")]
    ApprovalExpired {
        run: RunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<SmolStr>,
    },
    /// A trigger looks for the first time: what was before does not count.
    #[serde(rename = "trigger.watched")]
    TriggerWatched {
        workflow: Name,
        trigger: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileChange>,
    },
    /// Whether it is to make a run cannot be told: its condition, or that of its workflow, fails.
    #[serde(rename = "trigger.failed")]
    TriggerFailed {
        workflow: Name,
        trigger: SmolStr,
        /// The type of the event.
        event: SmolStr,
        /// Where the condition stands.
        place: SmolStr,
        message: String,
    },
    /// Its declaration is gone.
    #[serde(rename = "trigger.dropped")]
    TriggerDropped { workflow: Name, trigger: SmolStr },
    /// A slot came, and made a run (or not, because its condition did not hold).
    #[serde(rename = "schedule.fired")]
    ScheduleFired { workflow: Name, trigger: SmolStr, slot: Time },
    /// Slots were let go by, under the policy of the schedule.
    #[serde(rename = "schedule.missed")]
    ScheduleMissed { workflow: Name, trigger: SmolStr, from: Time, through: Time, count: u64 },
    #[serde(rename = "files.changed")]
    FilesChanged {
        workflow: Name,
        trigger: SmolStr,
        /// What the trigger asks for; none makes no run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileChange>,
        /// What it does not ask for and must know of, to tell later what is new.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<FileChange>,
    },
    #[serde(rename = "webhook.received")]
    WebhookReceived {
        workflow: Name,
        trigger: SmolStr,
        file: FileChange,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        payload: Value,
        /// Why it is none, and makes no run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    #[serde(rename = "commit.seen")]
    CommitSeen {
        workflow: Name,
        trigger: SmolStr,
        commit: SeenCommit,
        /// Those that do not match stand here only to say how far was looked.
        matches: bool,
        /// The one that was seen before it: two clones that look at the same history see it once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<SmolStr>,
    },
    /// Something on GitHub is another than the state knows.
    #[serde(rename = "github.seen")]
    GithubSeen {
        item: GithubItem,
        /// What has happened to it since then; none where it was looked at for the first time.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Vec<GithubEvent>,
        /// GitHub sent an event about it: what else has changed before that is still to be looked at.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        delivered: bool,
    },
    /// Tasks that stand for issues are others than these show.
    #[serde(rename = "github.tasks_changed")]
    GithubTasksChanged { tasks: Vec<ShownTask> },
    /// Most of the time of an objective on GitHub has passed.
    #[serde(rename = "github.warned")]
    GithubWarned { objective: Name, about: GithubThing, due: Time },
    #[serde(rename = "github.exceeded")]
    GithubExceeded { objective: Name, about: GithubThing, due: Time },
    #[serde(rename = "github.escalated")]
    GithubEscalated { objective: Name, about: GithubThing, due: Time, level: u8, to: Vec<Name> },
    /// What took too long is over.
    #[serde(rename = "github.recovered")]
    GithubRecovered { objective: Name, about: GithubThing },
    /// An agent is on a branch that is not its own, or two pull requests change the same files.
    #[serde(rename = "github.isolation_broken")]
    GithubIsolationBroken { breach: Box<IsolationBreach> },
    #[serde(rename = "github.isolation_restored")]
    GithubIsolationRestored { breach: Box<IsolationBreach> },
    /// What there is to say of the head of a pull request.
    #[serde(rename = "github.isolation_judged")]
    GithubIsolationJudged { verdict: Box<IsolationVerdict> },
    #[serde(rename = "metric.recorded")]
    MetricRecorded { metric: SmolStr, value: f64 },
    /// The metric is beyond the limit of a trigger.
    #[serde(rename = "metric.crossed")]
    MetricCrossed { workflow: Name, trigger: SmolStr },
    /// It has been for long enough.
    #[serde(rename = "metric.held")]
    MetricHeld { workflow: Name, trigger: SmolStr },
    #[serde(rename = "metric.cleared")]
    MetricCleared { workflow: Name, trigger: SmolStr },
    #[serde(rename = "value.set")]
    ValueSet { key: SmolStr, value: Value },
    /// `workflow` none: all of them.
    #[serde(rename = "workflow.paused")]
    WorkflowPaused {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workflow: Option<Name>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    #[serde(rename = "workflow.resumed")]
    WorkflowResumed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workflow: Option<Name>,
    },
    #[serde(rename = "workflow.disabled")]
    WorkflowDisabled {
        workflow: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    #[serde(rename = "workflow.enabled")]
    WorkflowEnabled { workflow: Name },
    #[serde(rename = "agent.paused")]
    AgentPaused {
        agent: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    #[serde(rename = "agent.resumed")]
    AgentResumed { agent: Name },
}

impl FlowFact {
    /// Every type, in the order of the table in the documentation.
    pub const TYPES: [&'static str; 47] = [
        "run.created",
        "run.started",
        "run.leased",
        "run.phase",
        "run.redefined",
        "run.cancelled",
        "run.finished",
        "run.escalated",
        "step.expanded",
        "step.started",
        "step.finished",
        "step.retried",
        "step.waiting",
        "step.skipped",
        "step.delegated",
        "approval.requested",
        "approval.granted",
        "approval.denied",
        "approval.expired",
        "trigger.watched",
        "trigger.failed",
        "trigger.dropped",
        "schedule.fired",
        "schedule.missed",
        "files.changed",
        "webhook.received",
        "commit.seen",
        "github.seen",
        "github.tasks_changed",
        "github.warned",
        "github.exceeded",
        "github.escalated",
        "github.recovered",
        "github.isolation_broken",
        "github.isolation_restored",
        "github.isolation_judged",
        "metric.recorded",
        "metric.crossed",
        "metric.held",
        "metric.cleared",
        "value.set",
        "workflow.paused",
        "workflow.resumed",
        "workflow.disabled",
        "workflow.enabled",
        "agent.paused",
        "agent.resumed",
    ];

    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RunCreated { .. } => "run.created",
            Self::RunStarted { .. } => "run.started",
            Self::RunLeased { .. } => "run.leased",
            Self::RunPhase { .. } => "run.phase",
            Self::RunRedefined { .. } => "run.redefined",
            Self::RunCancelled { .. } => "run.cancelled",
            Self::RunFinished { .. } => "run.finished",
            Self::RunEscalated { .. } => "run.escalated",
            Self::StepExpanded { .. } => "step.expanded",
            Self::StepStarted { .. } => "step.started",
            Self::StepFinished { .. } => "step.finished",
            Self::StepRetried { .. } => "step.retried",
            Self::StepWaiting { .. } => "step.waiting",
            Self::StepSkipped { .. } => "step.skipped",
            Self::StepDelegated { .. } => "step.delegated",
            Self::ApprovalRequested { .. } => "approval.requested",
            Self::ApprovalGranted { .. } => "approval.granted",
            Self::ApprovalDenied { .. } => "approval.denied",
            Self::ApprovalExpired { .. } => "approval.expired",
            Self::TriggerWatched { .. } => "trigger.watched",
            Self::TriggerFailed { .. } => "trigger.failed",
            Self::TriggerDropped { .. } => "trigger.dropped",
            Self::ScheduleFired { .. } => "schedule.fired",
            Self::ScheduleMissed { .. } => "schedule.missed",
            Self::FilesChanged { .. } => "files.changed",
            Self::WebhookReceived { .. } => "webhook.received",
            Self::CommitSeen { .. } => "commit.seen",
            Self::GithubSeen { .. } => "github.seen",
            Self::GithubTasksChanged { .. } => "github.tasks_changed",
            Self::GithubWarned { .. } => "github.warned",
            Self::GithubExceeded { .. } => "github.exceeded",
            Self::GithubEscalated { .. } => "github.escalated",
            Self::GithubRecovered { .. } => "github.recovered",
            Self::GithubIsolationBroken { .. } => "github.isolation_broken",
            Self::GithubIsolationRestored { .. } => "github.isolation_restored",
            Self::GithubIsolationJudged { .. } => "github.isolation_judged",
            Self::MetricRecorded { .. } => "metric.recorded",
            Self::MetricCrossed { .. } => "metric.crossed",
            Self::MetricHeld { .. } => "metric.held",
            Self::MetricCleared { .. } => "metric.cleared",
            Self::ValueSet { .. } => "value.set",
            Self::WorkflowPaused { .. } => "workflow.paused",
            Self::WorkflowResumed { .. } => "workflow.resumed",
            Self::WorkflowDisabled { .. } => "workflow.disabled",
            Self::WorkflowEnabled { .. } => "workflow.enabled",
            Self::AgentPaused { .. } => "agent.paused",
            Self::AgentResumed { .. } => "agent.resumed",
        }
    }

    /// The run that it is about, if it is about one.
    pub const fn run(&self) -> Option<&RunId> {
        match self {
            Self::RunCreated { run, .. }
            | Self::RunStarted { run, .. }
            | Self::RunLeased { run, .. }
            | Self::RunPhase { run, .. }
            | Self::RunRedefined { run, .. }
            | Self::RunCancelled { run, .. }
            | Self::RunFinished { run, .. }
            | Self::RunEscalated { run, .. }
            | Self::StepExpanded { run, .. }
            | Self::StepStarted { run, .. }
            | Self::StepFinished { run, .. }
            | Self::StepRetried { run, .. }
            | Self::StepWaiting { run, .. }
            | Self::StepSkipped { run, .. }
            | Self::StepDelegated { run, .. }
            | Self::ApprovalRequested { run, .. }
            | Self::ApprovalGranted { run, .. }
            | Self::ApprovalDenied { run, .. }
            | Self::ApprovalExpired { run, .. } => Some(run),
            _ => None,
        }
    }

    /// The workflow that it is about, if it is about one.
    pub fn workflow(&self) -> Option<&str> {
        match self {
            Self::TriggerWatched { workflow, .. }
            | Self::TriggerFailed { workflow, .. }
            | Self::TriggerDropped { workflow, .. }
            | Self::ScheduleFired { workflow, .. }
            | Self::ScheduleMissed { workflow, .. }
            | Self::FilesChanged { workflow, .. }
            | Self::WebhookReceived { workflow, .. }
            | Self::CommitSeen { workflow, .. }
            | Self::MetricCrossed { workflow, .. }
            | Self::MetricHeld { workflow, .. }
            | Self::MetricCleared { workflow, .. }
            | Self::WorkflowDisabled { workflow, .. }
            | Self::WorkflowEnabled { workflow, .. } => Some(workflow),
            Self::WorkflowPaused { workflow, .. } | Self::WorkflowResumed { workflow } => workflow.as_deref(),
            other => other.run().map(RunId::workflow),
        }
    }

    /// The thing on GitHub that a clock tells of.
    pub const fn thing(&self) -> Option<&GithubThing> {
        match self {
            Self::GithubWarned { about, .. }
            | Self::GithubExceeded { about, .. }
            | Self::GithubEscalated { about, .. }
            | Self::GithubRecovered { about, .. } => Some(about),
            _ => None,
        }
    }
}

/// What can be asked of workflows.
#[derive(Debug, Clone, PartialEq)]
pub enum FlowAsk {
    /// A run by hand, or as a step of another.
    Run {
        workflow: Name,
        inputs: Map<String, Value>,
        parent: Option<(RunId, SmolStr)>,
    },
    /// The same again: a new run with the same event and inputs.
    RetryRun {
        run: RunId,
    },
    CancelRun {
        run: RunId,
        why: Option<String>,
    },
    /// `step` none: the run as a whole, or the one step that waits.
    Approve {
        run: RunId,
        step: Option<SmolStr>,
        note: Option<String>,
        /// The lost step was done after all: it is not done again.
        was_done: bool,
    },
    Deny {
        run: RunId,
        step: Option<SmolStr>,
        note: Option<String>,
    },
    /// `workflow` none: all of them.
    Pause {
        workflow: Option<Name>,
        why: Option<String>,
    },
    Resume {
        workflow: Option<Name>,
    },
    Disable {
        workflow: Name,
        why: Option<String>,
    },
    Enable {
        workflow: Name,
    },
    /// Slots of the past, as if they came now.
    Backfill {
        workflow: Name,
        from: Time,
        through: Time,
        skip_succeeded: bool,
    },
    RecordMetric {
        metric: SmolStr,
        value: f64,
    },
    SetValue {
        key: SmolStr,
        value: Value,
    },
    PauseAgent {
        agent: Name,
        why: Option<String>,
    },
    ResumeAgent {
        agent: Name,
    },
}

impl FlowAsk {
    /// What is asked for, to follow on `asked to`: `run clean-logs`.
    pub fn in_words(&self) -> String {
        let all = |workflow: &Option<Name>| workflow.as_deref().unwrap_or("all workflows").to_owned();
        match self {
            Self::Run { workflow, .. } => format!("run {workflow}"),
            Self::RetryRun { run } => format!("retry {run}"),
            Self::CancelRun { run, .. } => format!("cancel {run}"),
            Self::Approve { run, .. } => format!("approve {run}"),
            Self::Deny { run, .. } => format!("deny {run}"),
            Self::Pause { workflow, .. } => format!("pause {}", all(workflow)),
            Self::Resume { workflow } => format!("resume {}", all(workflow)),
            Self::Disable { workflow, .. } => format!("disable {workflow}"),
            Self::Enable { workflow } => format!("enable {workflow}"),
            Self::Backfill { workflow, .. } => format!("backfill {workflow}"),
            Self::RecordMetric { metric, .. } => format!("record {metric}"),
            Self::SetValue { key, .. } => format!("set {key}"),
            Self::PauseAgent { agent, .. } => format!("pause {agent}"),
            Self::ResumeAgent { agent } => format!("resume {agent}"),
        }
    }
}
