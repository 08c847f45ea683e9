//! Events: the facts that are logged, queried and replayed.
//!
//! The serialised [`Fact`]s are lines of the event log, frozen as state format 1: a field may
//! be added with a default, a variant may be added; anything else is a new format.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{
    Actor, Asked, Called, Code, FlowFact, Name, NewTask, ReviewId, ReviewStatus, RunId, Source, Task,
    TaskEdit, Time, Verdict,
};

/// The actor of everything that a rule did.
pub const ORCH: &str = "orch";

/// Why a rule added an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The rule's name.
    pub rule: SmolStr,
    /// The reason in a few words: `route tweets`, `LORE-003 is complete`.
    pub why: SmolStr,
    /// The line of configuration that says so: `routing.yaml:12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<SmolStr>,
    /// The event of the same tick that the rule answered, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u32>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub at: Time,
    /// Who did it: `orch` for rules, else an agent's name or a person's address.
    pub actor: SmolStr,
    /// None for facts from outside.
    pub cause: Option<Cause>,
    /// How it was asked for, where that is more than by whom.
    pub asked: Option<Box<Asked>>,
    pub fact: Fact,
}

impl Event {
    /// Who asked for it, as far as that was recorded.
    pub fn by(&self) -> Actor {
        let source = match &self.asked {
            Some(asked) => asked.source.clone(),
            None if self.actor == ORCH => Source::Itself,
            None => Source::Told,
        };
        Actor { name: self.actor.clone(), source }
    }
}

/// What happened. The names are those of the event table in the documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    #[serde(rename = "state.created")]
    StateCreated { lineage: SmolStr, project: Name },
    /// The state is again what it was after a tick of the past, and held so until somebody resumes.
    #[serde(rename = "state.rolled_back")]
    StateRolledBack {
        /// The commit of that tick.
        to: SmolStr,
        serial: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The history is cut here: the state goes on at another branch.
    #[serde(rename = "state.compacted")]
    StateCompacted { from: SmolStr, to: SmolStr },
    /// The configuration differs from the one of the last tick; both are git tree ids.
    #[serde(rename = "config.changed")]
    ConfigChanged {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<SmolStr>,
        to: SmolStr,
    },
    #[serde(rename = "task.created")]
    TaskCreated { task: Code, spec: NewTask },
    /// A task taken over whole from another system, with its history.
    #[serde(rename = "task.imported")]
    TaskImported { task: Box<Task> },
    #[serde(rename = "task.edited")]
    TaskEdited { task: Code, edit: Box<TaskEdit> },
    #[serde(rename = "task.assigned")]
    TaskAssigned {
        task: Code,
        agent: Name,
        /// The route that chose the agent; none if a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        route: Option<Name>,
    },
    /// The agent is no longer declared: the task goes back to the queue.
    #[serde(rename = "task.unassigned")]
    TaskUnassigned { task: Code, agent: Name },
    #[serde(rename = "task.started")]
    TaskStarted { task: Code, agent: Name },
    #[serde(rename = "task.blocked")]
    TaskBlocked {
        task: Code,
        /// The dependencies it waits for; none if it was put on hold.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<Code>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Nothing holds the task any more: it goes back to the queue.
    #[serde(rename = "task.unblocked")]
    TaskUnblocked { task: Code },
    /// The hold by hand ended, but dependencies still block the task.
    #[serde(rename = "task.released")]
    TaskReleased { task: Code },
    /// The author is done; reviews or completion follow.
    #[serde(rename = "task.delivered")]
    TaskDelivered {
        task: Code,
        agent: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<String>,
    },
    /// A review sent the task back to its author.
    #[serde(rename = "task.returned")]
    TaskReturned {
        task: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<Name>,
    },
    #[serde(rename = "task.completed")]
    TaskCompleted { task: Code },
    #[serde(rename = "task.cancelled")]
    TaskCancelled {
        task: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "task.escalated")]
    TaskEscalated {
        task: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<ReviewId>,
        objective: Name,
        /// From 1.
        level: u8,
        to: Vec<Name>,
    },
    /// One agent alone works on the task, and for how long.
    #[serde(rename = "task.claimed")]
    TaskClaimed { task: Code, agent: Name, token: u64, until: Time },
    #[serde(rename = "task.claim_renewed")]
    TaskClaimRenewed { task: Code, agent: Name, token: u64, until: Time },
    #[serde(rename = "task.claim_released")]
    TaskClaimReleased { task: Code, agent: Name, token: u64 },
    /// The claim ended without a delivery: the task goes back to the queue.
    #[serde(rename = "task.claim_expired")]
    TaskClaimExpired { task: Code, agent: Name, token: u64 },
    #[serde(rename = "review.requested")]
    ReviewRequested {
        task: Code,
        review: ReviewId,
        #[serde(rename = "type")]
        kind: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reviewer: Option<Name>,
        round: u16,
        stage: u8,
    },
    #[serde(rename = "review.reassigned")]
    ReviewReassigned {
        task: Code,
        review: ReviewId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reviewer: Option<Name>,
    },
    #[serde(rename = "review.completed")]
    ReviewCompleted {
        task: Code,
        review: ReviewId,
        verdict: Verdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rating: Option<u8>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notes: Option<String>,
    },
    #[serde(rename = "review.withdrawn")]
    ReviewWithdrawn { task: Code, review: ReviewId },
    #[serde(rename = "dependency.resolved")]
    DependencyResolved { task: Code, dependency: Code },
    #[serde(rename = "sla.warned")]
    SlaWarned {
        task: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<ReviewId>,
        objective: Name,
        due: Time,
    },
    #[serde(rename = "sla.exceeded")]
    SlaExceeded {
        task: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<ReviewId>,
        objective: Name,
        due: Time,
    },
    /// The clock of a breached objective stopped.
    #[serde(rename = "sla.recovered")]
    SlaRecovered {
        task: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<ReviewId>,
        objective: Name,
    },
    /// Something that no rule can settle: a person must look.
    #[serde(rename = "alert.fired")]
    AlertFired { alert: SmolStr, task: Code, message: String },
    #[serde(rename = "alert.resolved")]
    AlertResolved { alert: SmolStr, task: Code },
    /// The agent that holds a task is called to it: a run of its `activate` follows.
    #[serde(rename = "agent.activated")]
    AgentActivated { task: Code, agent: Name, by: Called },
    /// No way to call the agent worked.
    #[serde(rename = "agent.activation_failed")]
    AgentActivationFailed { task: Code, agent: Name, run: RunId, message: String },
    /// Something about workflows.
    #[serde(rename = "flow")]
    Flow(Box<FlowFact>),
}

impl From<FlowFact> for Fact {
    fn from(fact: FlowFact) -> Self {
        Self::Flow(Box::new(fact))
    }
}

impl Fact {
    /// Every event type, in the order of the table in the documentation.
    pub const TYPES: [&'static str; 34] = [
        "state.created",
        "state.rolled_back",
        "state.compacted",
        "config.changed",
        "task.created",
        "task.imported",
        "task.edited",
        "task.assigned",
        "task.unassigned",
        "task.started",
        "task.blocked",
        "task.unblocked",
        "task.released",
        "task.delivered",
        "task.returned",
        "task.completed",
        "task.cancelled",
        "task.escalated",
        "task.claimed",
        "task.claim_renewed",
        "task.claim_released",
        "task.claim_expired",
        "review.requested",
        "review.reassigned",
        "review.completed",
        "review.withdrawn",
        "dependency.resolved",
        "sla.warned",
        "sla.exceeded",
        "sla.recovered",
        "alert.fired",
        "alert.resolved",
        "agent.activated",
        "agent.activation_failed",
    ];

    pub const fn kind(&self) -> &'static str {
        match self {
            Self::StateCreated { .. } => "state.created",
            Self::StateRolledBack { .. } => "state.rolled_back",
            Self::StateCompacted { .. } => "state.compacted",
            Self::ConfigChanged { .. } => "config.changed",
            Self::TaskCreated { .. } => "task.created",
            Self::TaskImported { .. } => "task.imported",
            Self::TaskEdited { .. } => "task.edited",
            Self::TaskAssigned { .. } => "task.assigned",
            Self::TaskUnassigned { .. } => "task.unassigned",
            Self::TaskStarted { .. } => "task.started",
            Self::TaskBlocked { .. } => "task.blocked",
            Self::TaskUnblocked { .. } => "task.unblocked",
            Self::TaskReleased { .. } => "task.released",
            Self::TaskDelivered { .. } => "task.delivered",
            Self::TaskReturned { .. } => "task.returned",
            Self::TaskCompleted { .. } => "task.completed",
            Self::TaskCancelled { .. } => "task.cancelled",
            Self::TaskEscalated { .. } => "task.escalated",
            Self::TaskClaimed { .. } => "task.claimed",
            Self::TaskClaimRenewed { .. } => "task.claim_renewed",
            Self::TaskClaimReleased { .. } => "task.claim_released",
            Self::TaskClaimExpired { .. } => "task.claim_expired",
            Self::ReviewRequested { .. } => "review.requested",
            Self::ReviewReassigned { .. } => "review.reassigned",
            Self::ReviewCompleted { .. } => "review.completed",
            Self::ReviewWithdrawn { .. } => "review.withdrawn",
            Self::DependencyResolved { .. } => "dependency.resolved",
            Self::SlaWarned { .. } => "sla.warned",
            Self::SlaExceeded { .. } => "sla.exceeded",
            Self::SlaRecovered { .. } => "sla.recovered",
            Self::AlertFired { .. } => "alert.fired",
            Self::AlertResolved { .. } => "alert.resolved",
            Self::AgentActivated { .. } => "agent.activated",
            Self::AgentActivationFailed { .. } => "agent.activation_failed",
            Self::Flow(fact) => fact.kind(),
        }
    }

    /// The task that the event is about, if it is about one.
    pub const fn task(&self) -> Option<&Code> {
        match self {
            Self::StateCreated { .. }
            | Self::StateRolledBack { .. }
            | Self::StateCompacted { .. }
            | Self::ConfigChanged { .. }
            | Self::Flow(_) => None,
            Self::TaskImported { task } => Some(&task.code),
            Self::TaskCreated { task, .. }
            | Self::TaskEdited { task, .. }
            | Self::TaskAssigned { task, .. }
            | Self::TaskUnassigned { task, .. }
            | Self::TaskStarted { task, .. }
            | Self::TaskBlocked { task, .. }
            | Self::TaskUnblocked { task }
            | Self::TaskReleased { task }
            | Self::TaskDelivered { task, .. }
            | Self::TaskReturned { task, .. }
            | Self::TaskCompleted { task }
            | Self::TaskCancelled { task, .. }
            | Self::TaskEscalated { task, .. }
            | Self::TaskClaimed { task, .. }
            | Self::TaskClaimRenewed { task, .. }
            | Self::TaskClaimReleased { task, .. }
            | Self::TaskClaimExpired { task, .. }
            | Self::ReviewRequested { task, .. }
            | Self::ReviewReassigned { task, .. }
            | Self::ReviewCompleted { task, .. }
            | Self::ReviewWithdrawn { task, .. }
            | Self::DependencyResolved { task, .. }
            | Self::SlaWarned { task, .. }
            | Self::SlaExceeded { task, .. }
            | Self::SlaRecovered { task, .. }
            | Self::AlertFired { task, .. }
            | Self::AlertResolved { task, .. }
            | Self::AgentActivated { task, .. }
            | Self::AgentActivationFailed { task, .. } => Some(task),
        }
    }

    /// The run that the event is about, if it is about one.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Flow(fact) => fact.run(),
            Self::AgentActivationFailed { run, .. } => Some(run),
            _ => None,
        }
    }

    /// The review that the event is about, if it is about one.
    pub const fn review(&self) -> Option<ReviewId> {
        match self {
            Self::ReviewRequested { review, .. }
            | Self::ReviewReassigned { review, .. }
            | Self::ReviewCompleted { review, .. }
            | Self::ReviewWithdrawn { review, .. } => Some(*review),
            Self::TaskEscalated { review, .. }
            | Self::SlaWarned { review, .. }
            | Self::SlaExceeded { review, .. }
            | Self::SlaRecovered { review, .. } => *review,
            _ => None,
        }
    }

    /// The status that a verdict gives its review, if the event is one.
    pub const fn verdict(&self) -> Option<ReviewStatus> {
        match self {
            Self::ReviewCompleted { verdict, .. } => Some(verdict.status()),
            _ => None,
        }
    }
}
