//! One problem in the user's files: what is wrong, where, and what to do about it.

use std::sync::Arc;

use super::{Issue, Severity};

/// A range of bytes in a file, its byte order mark left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// Another place that has to do with a problem, such as the first of two declarations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub file: Arc<str>,
    pub span: Span,
    pub text: String,
}

/// A problem. The message is a fragment without final period; the help says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub issue: Issue,
    pub message: String,
    /// As shown to people: relative to the project, with `/`.
    pub file: Arc<str>,
    pub span: Span,
    pub labels: Vec<Label>,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn new(issue: Issue, file: &Arc<str>, span: Span, message: impl Into<String>) -> Self {
        Self { issue, message: message.into(), file: file.clone(), span, labels: Vec::new(), help: None }
    }

    pub fn label(mut self, file: &Arc<str>, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { file: file.clone(), span, text: text.into() });
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    pub fn severity(&self) -> Severity {
        self.issue.severity()
    }

    /// The code, such as `ORCH-0201`.
    pub fn code(&self) -> &'static str {
        self.issue.code()
    }
}
