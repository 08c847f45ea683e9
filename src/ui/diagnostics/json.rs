//! Diagnostics as JSON, format 1. The structs are frozen: fields may be added, never changed.

use serde::Serialize;

use crate::diag::{Diagnostic, Diagnostics, Severity, SourceMap};

use super::place::Place;

const FORMAT_VERSION: u8 = 1;

#[derive(Serialize)]
struct ReportV1<'a> {
    format_version: u8,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<DiagnosticV1<'a>>,
}

#[derive(Serialize)]
struct DiagnosticV1<'a> {
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    message: &'a str,
    file: &'a str,
    #[serde(flatten)]
    place: Place,
    help: Option<&'a str>,
    labels: Vec<LabelV1<'a>>,
}

#[derive(Serialize)]
struct LabelV1<'a> {
    message: &'a str,
    file: &'a str,
    #[serde(flatten)]
    place: Place,
}

/// One JSON object with a line feed at its end.
pub fn json(diagnostics: &Diagnostics, map: &SourceMap) -> String {
    let report = ReportV1 {
        format_version: FORMAT_VERSION,
        errors: diagnostics.count(Severity::Error),
        warnings: diagnostics.count(Severity::Warning),
        diagnostics: diagnostics.iter().map(|diagnostic| one(diagnostic, map)).collect(),
    };
    let text = serde_json::to_string_pretty(&report).expect("texts and numbers are plain JSON");
    text + "\n"
}

fn one<'a>(diagnostic: &'a Diagnostic, map: &SourceMap) -> DiagnosticV1<'a> {
    let labels = diagnostic.labels.iter().map(|label| LabelV1 {
        message: &label.text,
        file: &label.file,
        place: Place::of(map, &label.file, label.span),
    });
    DiagnosticV1 {
        code: diagnostic.code(),
        severity: diagnostic.severity().as_str(),
        title: diagnostic.issue.title(),
        message: &diagnostic.message,
        file: &diagnostic.file,
        place: Place::of(map, &diagnostic.file, diagnostic.span),
        help: diagnostic.help.as_deref(),
        labels: labels.collect(),
    }
}
