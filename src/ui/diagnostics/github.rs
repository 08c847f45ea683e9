//! Diagnostics as workflow commands of GitHub Actions, which shows them beside the changed lines.
//!
//! Format and escapes: GitHub documentation, "Workflow commands for GitHub Actions", and
//! `actions/toolkit`, `packages/core/src/command.ts`.

use std::fmt::Write;

use crate::diag::{Diagnostic, Diagnostics, Severity, SourceMap};

use super::place::Place;

/// One annotation a line; empty if there are no diagnostics.
pub fn github(diagnostics: &Diagnostics, map: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| annotation(diagnostic, map) + "\n").collect()
}

/// A diagnostic as GitHub shows it beside lines of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// From the root of the repository.
    pub path: String,
    /// From 1, both within.
    pub lines: (u32, u32),
    pub severity: Severity,
    pub title: String,
    pub message: String,
}

/// Diagnostics as remarks on a check.
pub fn remarks(diagnostics: &Diagnostics, map: &SourceMap) -> Vec<Remark> {
    diagnostics.iter().map(|diagnostic| remark(diagnostic, map)).collect()
}

fn remark(diagnostic: &Diagnostic, map: &SourceMap) -> Remark {
    let place = Place::of(map, &diagnostic.file, diagnostic.span);
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    Remark {
        path: map.in_repository(&diagnostic.file),
        lines: (place.line, place.end_line),
        severity: diagnostic.severity(),
        title: format!("{}: {}", diagnostic.code(), diagnostic.issue.title()),
        message: diagnostic.message.clone() + &help,
    }
}

fn annotation(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let place = Place::of(map, &diagnostic.file, diagnostic.span);
    let remark = remark(diagnostic, map);
    let mut line = format!("::{} file={}", remark.severity.as_str(), property(&remark.path));
    let _ = write!(line, ",line={},endLine={}", place.line, place.end_line);
    // GitHub refuses columns that span lines.
    if place.line == place.end_line {
        let _ = write!(line, ",col={},endColumn={}", place.column, place.end_column);
    }
    let _ = write!(line, ",title={}::{}", property(&remark.title), data(&remark.message));
    line
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
