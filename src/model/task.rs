//! A task: what was declared of it, and how far it has come.
//!
//! The serialised form is the record of a snapshot line, frozen as state format 1: a field
//! may be added with a default; anything else is a new format with a migration.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Activation, Claim, Code, Name, Priority, Review, ReviewId, ReviewStatus, Time};

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Waits for an agent, or for its agent to start.
    Pending,
    InProgress,
    /// Waits for other tasks, or was put on hold by hand.
    Blocked,
    /// Delivered by its author, waits for reviews.
    Review,
    Complete,
    Cancelled,
}

impl TaskStatus {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::InProgress, Self::Blocked, Self::Review, Self::Complete, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Blocked => "blocked",
            Self::Review => "review",
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
        }
    }

    /// As a sentence says it: `the task is in review`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::InProgress => "in progress",
            Self::Review => "in review",
            other => other.as_str(),
        }
    }

    /// Complete or cancelled: nothing happens to the task any more.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Complete | Self::Cancelled)
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is declared of a task when it is made, by file, command or import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTask {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default)]
    pub priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    /// The file that declares the task, relative to the project; none for the CLI's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SmolStr>,
    /// The issue on GitHub that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<u64>,
}

/// Changed fields of a task's declaration; what is absent stays as it is. An inner `None` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskEdit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "explicit")]
    pub content_type: Option<Option<Name>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "explicit")]
    pub description: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "explicit")]
    pub tier: Option<Option<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<Name>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<Code>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "explicit")]
    pub deadline: Option<Option<Time>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "explicit")]
    pub source: Option<Option<SmolStr>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "explicit")]
    pub issue: Option<Option<u64>>,
}

/// Keeps `null` (cleared) apart from absent (unchanged).
mod explicit {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::option_option, reason = "null and absent mean different things in an edit")]
    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(deserializer).map(Some)
    }

    #[expect(clippy::ref_option, clippy::option_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }
}

impl NewTask {
    /// What the source of a task begins with that an issue on GitHub declares; its number follows.
    pub const ISSUE: &'static str = "#";

    /// What must change so that `self` becomes `wanted`; nothing if they agree.
    pub fn difference(&self, wanted: &Self) -> Option<TaskEdit> {
        fn changed<T: PartialEq + Clone>(old: &T, new: &T) -> Option<T> {
            (old != new).then(|| new.clone())
        }
        let edit = TaskEdit {
            title: changed(&self.title, &wanted.title),
            kind: changed(&self.kind, &wanted.kind),
            content_type: changed(&self.content_type, &wanted.content_type),
            description: changed(&self.description, &wanted.description),
            priority: changed(&self.priority, &wanted.priority),
            tier: changed(&self.tier, &wanted.tier),
            labels: changed(&self.labels, &wanted.labels),
            depends_on: changed(&self.depends_on, &wanted.depends_on),
            deadline: changed(&self.deadline, &wanted.deadline),
            source: changed(&self.source, &wanted.source),
            issue: changed(&self.issue, &wanted.issue),
        };
        (edit != TaskEdit::default()).then_some(edit)
    }

    pub fn edit(&mut self, edit: &TaskEdit) {
        fn set<T: Clone>(field: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
        set(&mut self.title, edit.title.as_ref());
        set(&mut self.kind, edit.kind.as_ref());
        set(&mut self.content_type, edit.content_type.as_ref());
        set(&mut self.description, edit.description.as_ref());
        set(&mut self.priority, edit.priority.as_ref());
        set(&mut self.tier, edit.tier.as_ref());
        set(&mut self.labels, edit.labels.as_ref());
        set(&mut self.depends_on, edit.depends_on.as_ref());
        set(&mut self.deadline, edit.deadline.as_ref());
        set(&mut self.source, edit.source.as_ref());
        set(&mut self.issue, edit.issue.as_ref());
    }
}

impl TaskEdit {
    /// The names of the fields that change, in the order of the declaration.
    pub fn fields(&self) -> Vec<&'static str> {
        let fields = [
            ("title", self.title.is_some()),
            ("type", self.kind.is_some()),
            ("content_type", self.content_type.is_some()),
            ("description", self.description.is_some()),
            ("priority", self.priority.is_some()),
            ("tier", self.tier.is_some()),
            ("labels", self.labels.is_some()),
            ("depends_on", self.depends_on.is_some()),
            ("deadline", self.deadline.is_some()),
            ("source", self.source.is_some()),
            ("issue", self.issue.is_some()),
        ];
        fields.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
    }
}

/// A task put on hold by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub reason: String,
    pub by: SmolStr,
    pub at: Time,
}

/// What a running clock has already said, so that it says each thing once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The name of the objective.
    pub objective: Name,
    /// The review that the clock runs on; none if it runs on the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewId>,
    /// When the clock was due: another round, or another limit, is another clock.
    pub due: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceeded_at: Option<Time>,
    /// How many levels have been escalated to.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(level: &u8) -> bool {
    *level == 0
}

/// A task as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub code: Code,
    pub status: TaskStatus,
    /// What was declared, under its own key so that the two never mix.
    pub spec: NewTask,
    pub created_at: Time,
    /// Who holds the task now, or held it last when it is on hold, in review or finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Name>,
    /// Who started or delivered it: gets it back after a rejection, and never reviews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Name>,
    /// Since when its agent has it and has given no sign of having begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When the author delivered last: the start of the present round of reviews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Box<Hold>>,
    /// The dependencies that are not complete yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_on: Vec<Code>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Who works on it alone; only while it is active, and then its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Box<Claim>>,
    /// How many claims it has had: the last token given.
    #[serde(default, skip_serializing_if = "no_claims")]
    pub claims: u64,
    /// That its agent was called to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Box<Activation>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn no_claims(claims: &u64) -> bool {
    *claims == 0
}

impl Task {
    pub fn new(code: Code, spec: NewTask, created_at: Time) -> Self {
        Self {
            code,
            status: TaskStatus::Pending,
            spec,
            created_at,
            agent: None,
            author: None,
            assigned_at: None,
            started_at: None,
            delivered_at: None,
            completed_at: None,
            output: None,
            hold: None,
            waiting_on: Vec::new(),
            reviews: Vec::new(),
            marks: Vec::new(),
            claim: None,
            claims: 0,
            activation: None,
        }
    }

    /// Whether the task counts against its agent's capacity.
    pub fn is_active(&self) -> bool {
        self.agent.is_some() && matches!(self.status, TaskStatus::Pending | TaskStatus::InProgress)
    }

    /// Whether the task waits to be given to somebody.
    pub fn is_queued(&self) -> bool {
        self.status == TaskStatus::Pending && self.agent.is_none()
    }

    /// That the agent which holds the task was called to it since it was given the task.
    pub fn activated(&self) -> Option<&Activation> {
        let is_present =
            |activation: &&Activation| !activation.is_past && self.agent.as_ref() == Some(&activation.agent);
        self.activation.as_deref().filter(is_present)
    }

    /// The order in which queued tasks are given out: priority, then deadline, then age, then code.
    pub fn queue_key(&self) -> (Priority, Option<Time>, Time, &Code) {
        let never = Time::from_second(i64::MAX);
        (self.spec.priority, Some(self.spec.deadline.unwrap_or(never)), self.created_at, &self.code)
    }

    /// The round of reviews the task is in, from 1; 0 before the first delivery.
    pub fn round(&self) -> u16 {
        self.reviews.iter().map(|review| review.round).max().unwrap_or(0)
    }

    /// The stage of the present round that was requested last, from 1.
    pub fn stage(&self) -> u8 {
        self.current_reviews().map(|review| review.stage).max().unwrap_or(0)
    }

    /// The reviews of the present round.
    pub fn current_reviews(&self) -> impl Iterator<Item = &Review> {
        let round = self.round();
        self.reviews.iter().filter(move |review| review.round == round)
    }

    pub fn pending_reviews(&self) -> impl Iterator<Item = &Review> {
        self.reviews.iter().filter(|review| review.status == ReviewStatus::Pending)
    }

    pub fn review(&self, id: ReviewId) -> Option<&Review> {
        self.reviews.iter().find(|review| review.id == id)
    }
}
