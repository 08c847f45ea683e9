//! An explanation as data: sections of reasons, and the steps that come next.

use crate::model::{Origin, Time};

/// Why something is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// `task`, `review` or `agent`.
    pub kind: &'static str,
    /// `CONTENT-010`, `REVIEW-025`, `content-strategist`.
    pub subject: String,
    /// Where it is, in one sentence.
    pub headline: String,
    pub sections: Vec<Section>,
    /// What changes next and by whom; nothing if nothing will.
    pub next: Vec<Step>,
}

/// Reasons of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    pub reasons: Vec<Reason>,
}

/// One reason and those behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    pub text: String,
    /// The line of configuration that says so.
    pub at: Option<String>,
    /// Whether the rule held, where the reason is a rule that was tried.
    pub held: Option<bool>,
    pub because: Vec<Reason>,
}

impl Reason {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn at(mut self, origin: &Origin) -> Self {
        self.at = Some(origin.to_string());
        self
    }

    pub(super) fn held(mut self, held: bool) -> Self {
        self.held = Some(held);
        self
    }

    pub(super) fn because(mut self, because: Vec<Self>) -> Self {
        self.because = because;
        self
    }
}

/// What changes something next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `clock`, or who must act.
    pub by: String,
    pub what: String,
    /// When, if the clock does it.
    pub at: Option<Time>,
    /// The command to run, if somebody must act.
    pub command: Option<String>,
}

impl Step {
    pub(super) fn act(by: &str, what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { by: by.to_owned(), what: what.into(), at: None, command: Some(command.into()) }
    }

    /// Something that follows by itself once another thing has happened.
    pub(super) fn follows(by: &str, what: impl Into<String>) -> Self {
        Self { by: by.to_owned(), what: what.into(), at: None, command: None }
    }

    pub(super) fn clock(at: Time, what: impl Into<String>) -> Self {
        Self { by: "clock".to_owned(), what: what.into(), at: Some(at), command: None }
    }
}

/// Adds a section if there is something in it.
pub(super) fn add(sections: &mut Vec<Section>, title: &'static str, reasons: Vec<Reason>) {
    if !reasons.is_empty() {
        sections.push(Section { title, reasons });
    }
}
