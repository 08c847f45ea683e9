//! Where an expression or template stands, and what it may name there.

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum At {
    /// In the condition of a trigger: there is no run yet.
    Trigger,
    /// In the condition of the workflow: there is no run yet, but what it was given.
    Condition,
    /// Among the values that other texts name.
    Vars,
    /// In the environment of all steps.
    Env,
    /// In a step, by its place among all steps.
    Step(usize),
}

/// When it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Moment {
    /// Before anything has failed, as far as is known.
    Before,
    /// After another step failed.
    Failed,
    /// After the step itself was tried.
    Attempted,
    /// After an attempt failed, to see whether there is to be another.
    Retried,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) struct Place {
    pub(in crate::check) at: At,
    /// Whether the items of a `for_each` are gone through here.
    pub(in crate::check) has_item: bool,
    pub(in crate::check) moment: Moment,
    pub(in crate::check) takes_secrets: bool,
}

impl Place {
    pub(super) const fn new(at: At) -> Self {
        Self { at, has_item: false, moment: Moment::Before, takes_secrets: false }
    }

    pub(super) const fn with_secrets(self) -> Self {
        Self { takes_secrets: true, ..self }
    }
}
