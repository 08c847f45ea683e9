//! Diagnostics as workflow commands of GitHub Actions, which shows them beside the changed lines.
//!
//! Format and escapes: GitHub documentation, "Workflow commands for GitHub Actions", and
//! `actions/toolkit`, `packages/core/src/command.ts`.

use std::fmt::Write;

use crate::diag::{Diagnostic, Diagnostics, SourceMap};

use super::place::Place;

/// One annotation a line; empty if there are no diagnostics.
pub fn github(diagnostics: &Diagnostics, map: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| annotation(diagnostic, map) + "\n").collect()
}

fn annotation(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let place = Place::of(map, &diagnostic.file, diagnostic.span);
    let mut line = format!(
        "::{} file={}",
        diagnostic.severity().as_str(),
        property(&map.in_repository(&diagnostic.file))
    );
    let _ = write!(line, ",line={},endLine={}", place.line, place.end_line);
    // GitHub refuses columns that span lines.
    if place.line == place.end_line {
        let _ = write!(line, ",col={},endColumn={}", place.column, place.end_column);
    }
    let title = format!("{}: {}", diagnostic.code(), diagnostic.issue.title());
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = data(&format!("{}{help}", diagnostic.message));
    let _ = write!(line, ",title={}::{message}", property(&title));
    line
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
