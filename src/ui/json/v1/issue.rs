//! `orch explain ORCH-0123` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diag::Issue;

/// A kind of problem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IssueV1 {
    pub format_version: u32,
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    pub title: String,
    /// What it means and what to do, in Markdown.
    pub explanation: String,
}

impl From<Issue> for IssueV1 {
    fn from(issue: Issue) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            code: issue.code().to_owned(),
            severity: issue.severity().as_str().to_owned(),
            title: issue.title().to_owned(),
            explanation: issue.explanation().to_owned(),
        }
    }
}
