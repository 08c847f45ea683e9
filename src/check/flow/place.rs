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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) struct Place {
    pub(in crate::check) at: At,
    /// Whether the items of a `for_each` are gone through here.
    pub(in crate::check) has_item: bool,
    /// Whether something has failed when this is read.
    pub(in crate::check) has_failure: bool,
    /// Whether the step itself has been tried when this is read.
    pub(in crate::check) is_after: bool,
    pub(in crate::check) takes_secrets: bool,
}

impl Place {
    pub(super) const fn new(at: At) -> Self {
        Self { at, has_item: false, has_failure: false, is_after: false, takes_secrets: false }
    }

    pub(super) const fn with_secrets(self) -> Self {
        Self { takes_secrets: true, ..self }
    }
}
