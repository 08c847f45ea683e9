//! The one way in which routes, review requirements and objectives pick tasks.

use super::{Name, NewTask, Priority, Task};

/// Conditions on a task: each list that is not empty must hold the task's value; of
/// `labels`, the task must bear all. Without conditions every task matches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskMatch {
    pub types: Vec<Name>,
    pub content_types: Vec<Name>,
    pub labels: Vec<Name>,
    pub priorities: Vec<Priority>,
    pub tiers: Vec<u8>,
}

/// The first condition that a task does not meet, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

impl TaskMatch {
    /// Whether it holds no condition at all.
    pub fn is_anything(&self) -> bool {
        *self == Self::default()
    }

    pub fn matches(&self, task: &Task) -> bool {
        self.matches_new(&task.spec)
    }

    pub fn matches_new(&self, spec: &NewTask) -> bool {
        any_of(&self.types, &spec.kind)
            && any_of_optional(&self.content_types, spec.content_type.as_ref())
            && any_of(&self.priorities, &spec.priority)
            && any_of_optional(&self.tiers, spec.tier.as_ref())
            && self.labels.iter().all(|label| spec.labels.contains(label))
    }

    /// Why a task does not match, or nothing if it does.
    pub fn mismatch(&self, spec: &NewTask) -> Option<Mismatch> {
        let reason = if !any_of(&self.types, &spec.kind) {
            differs("type", Some(&spec.kind), &self.types)
        } else if !any_of_optional(&self.content_types, spec.content_type.as_ref()) {
            differs("content_type", spec.content_type.as_ref(), &self.content_types)
        } else if !any_of(&self.priorities, &spec.priority) {
            differs("priority", Some(&spec.priority), &self.priorities)
        } else if !any_of_optional(&self.tiers, spec.tier.as_ref()) {
            differs("tier", spec.tier.as_ref(), &self.tiers)
        } else {
            let missing = self.labels.iter().find(|label| !spec.labels.contains(label))?;
            format!("label `{missing}` is missing")
        };
        Some(Mismatch(reason))
    }

    /// Whether every task that `other` takes is taken by this one as well.
    pub fn covers(&self, other: &Self) -> bool {
        superset(&self.types, &other.types)
            && superset(&self.content_types, &other.content_types)
            && superset(&self.priorities, &other.priorities)
            && superset(&self.tiers, &other.tiers)
            && self.labels.iter().all(|label| other.labels.contains(label))
    }
}

fn any_of<T: PartialEq>(allowed: &[T], value: &T) -> bool {
    allowed.is_empty() || allowed.contains(value)
}

fn any_of_optional<T: PartialEq>(allowed: &[T], value: Option<&T>) -> bool {
    allowed.is_empty() || value.is_some_and(|value| allowed.contains(value))
}

fn superset<T: PartialEq>(wide: &[T], narrow: &[T]) -> bool {
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|value| wide.contains(value)))
}

fn differs<T: ToString>(field: &str, value: Option<&T>, allowed: &[T]) -> String {
    let allowed =
        allowed.iter().map(|value| format!("`{}`", value.to_string())).collect::<Vec<_>>().join(", ");
    match value {
        Some(value) => format!("{field} `{}` is not {allowed}", value.to_string()),
        None => format!("{field} is not set, not {allowed}"),
    }
}
