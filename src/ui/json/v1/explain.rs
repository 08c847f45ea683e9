//! `orch explain` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::model::Time;
use crate::report::{Explanation, Reason, Section, Step};

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExplanationV1 {
    pub format_version: u32,
    /// `task`, `review` or `agent`.
    pub kind: String,
    pub subject: String,
    /// Where it is, in one sentence.
    pub headline: String,
    pub sections: Vec<SectionV1>,
    /// What changes next; empty if nothing will.
    pub next: Vec<StepV1>,
}

impl From<&Explanation> for ExplanationV1 {
    fn from(explanation: &Explanation) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            kind: explanation.kind.to_owned(),
            subject: explanation.subject.clone(),
            headline: explanation.headline.clone(),
            sections: explanation.sections.iter().map(SectionV1::from).collect(),
            next: explanation.next.iter().map(StepV1::from).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SectionV1 {
    pub title: String,
    pub reasons: Vec<ReasonV1>,
}

impl From<&Section> for SectionV1 {
    fn from(section: &Section) -> Self {
        let reasons = section.reasons.iter().map(ReasonV1::from).collect();
        Self { title: section.title.to_owned(), reasons }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReasonV1 {
    pub text: String,
    /// The line of configuration that says so: `routing.yaml:12`.
    pub at: Option<String>,
    /// Whether the rule held; null where the reason is no rule that was tried.
    pub held: Option<bool>,
    pub because: Vec<ReasonV1>,
}

impl From<&Reason> for ReasonV1 {
    fn from(reason: &Reason) -> Self {
        Self {
            text: reason.text.clone(),
            at: reason.at.clone(),
            held: reason.held,
            because: reason.because.iter().map(Self::from).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepV1 {
    /// `clock`, or who must act.
    pub by: String,
    pub what: String,
    pub at: Option<Time>,
    pub command: Option<String>,
}

impl From<&Step> for StepV1 {
    fn from(step: &Step) -> Self {
        Self { by: step.by.clone(), what: step.what.clone(), at: step.at, command: step.command.clone() }
    }
}
