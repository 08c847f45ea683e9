//! One event in words, as a value: what kind of thing it is, about what, why and by which line
//! of configuration.

use std::fmt;

use crate::model::{Fact, FlowFact};

/// What kind of thing happens, in one ASCII character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symbol {
    Made,
    Changed,
    Handed,
    Done,
    Withdrawn,
    Attention,
}

impl Symbol {
    /// The legend: each symbol with what it means.
    pub const LEGEND: &'static str =
        "+ made   ~ changed   > handed to somebody   = done   - withdrawn   ! needs attention";

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "+",
            Self::Changed => "~",
            Self::Handed => ">",
            Self::Done => "=",
            Self::Withdrawn => "-",
            Self::Attention => "!",
        }
    }
}

/// What an event is about, in the order in which plans show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Configuration,
    Tasks,
    Assignments,
    Reviews,
    Sla,
    /// What triggers saw, and what was switched.
    Workflows,
    Runs,
    Approvals,
    Alerts,
}

impl Group {
    pub const ALL: [Self; 9] = [
        Self::Configuration,
        Self::Tasks,
        Self::Assignments,
        Self::Reviews,
        Self::Sla,
        Self::Workflows,
        Self::Runs,
        Self::Approvals,
        Self::Alerts,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration",
            Self::Tasks => "Tasks",
            Self::Assignments => "Assignments",
            Self::Reviews => "Reviews",
            Self::Sla => "SLA",
            Self::Workflows => "Workflows",
            Self::Runs => "Runs",
            Self::Approvals => "Approvals",
            Self::Alerts => "Alerts",
        }
    }

    /// The group of a fact.
    pub fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Flow(fact) => Self::of_flow(fact),
            Fact::StateCreated { .. }
            | Fact::StateRolledBack { .. }
            | Fact::StateCompacted { .. }
            | Fact::ConfigChanged { .. } => Self::Configuration,
            Fact::TaskAssigned { .. }
            | Fact::TaskUnassigned { .. }
            | Fact::TaskReturned { .. }
            | Fact::TaskClaimed { .. }
            | Fact::TaskClaimRenewed { .. }
            | Fact::TaskClaimReleased { .. }
            | Fact::TaskClaimExpired { .. }
            | Fact::AgentActivated { .. }
            | Fact::AgentActivationFailed { .. } => Self::Assignments,
            Fact::ReviewRequested { .. }
            | Fact::ReviewReassigned { .. }
            | Fact::ReviewCompleted { .. }
            | Fact::ReviewWithdrawn { .. } => Self::Reviews,
            Fact::SlaWarned { .. }
            | Fact::SlaExceeded { .. }
            | Fact::SlaRecovered { .. }
            | Fact::TaskEscalated { .. } => Self::Sla,
            Fact::AlertFired { .. } | Fact::AlertResolved { .. } => Self::Alerts,
            _ => Self::Tasks,
        }
    }

    /// The group of a fact about workflows.
    pub(super) fn of_flow(fact: &FlowFact) -> Self {
        match fact {
            FlowFact::ApprovalRequested { .. }
            | FlowFact::ApprovalGranted { .. }
            | FlowFact::ApprovalDenied { .. }
            | FlowFact::ApprovalExpired { .. } => Self::Approvals,
            FlowFact::AgentPaused { .. } | FlowFact::AgentResumed { .. } => Self::Assignments,
            fact if fact.run().is_some() => Self::Runs,
            _ => Self::Workflows,
        }
    }
}

/// One event in words: `> CONTENT-010 assigned to content-strategist — route tweets (routing.yaml:12)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub symbol: Symbol,
    pub group: Group,
    /// `CONTENT-010`, `REVIEW-025`, or `state` and `configuration`.
    pub subject: String,
    pub text: String,
    /// Why, if a rule did it.
    pub reason: Option<String>,
    /// The line of configuration that says so.
    pub at: Option<String>,
}

impl Line {
    /// The reason and its line, as they stand at the end: ` — route tweets (routing.yaml:12)`.
    pub fn because(&self) -> String {
        let reason = self.reason.as_ref().map(|reason| format!(" — {reason}")).unwrap_or_default();
        let at = self.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        reason + &at
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}{}", self.symbol.as_str(), self.subject, self.text, self.because())
    }
}
