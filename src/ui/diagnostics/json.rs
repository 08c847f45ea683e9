//! Diagnostics as JSON, format 1. The structs are frozen: fields may be added, never changed.

use serde::Serialize;

use crate::diag::{Diagnostic, Diagnostics, Label, Severity, SourceMap};

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
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    help: Option<&'a str>,
    labels: Vec<LabelV1<'a>>,
}

#[derive(Serialize)]
struct LabelV1<'a> {
    message: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
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
    let Place { line, column, end_line, end_column } = Place::of(map, &diagnostic.file, diagnostic.span);
    DiagnosticV1 {
        code: diagnostic.code(),
        severity: diagnostic.severity().as_str(),
        title: diagnostic.issue.title(),
        message: &diagnostic.message,
        file: &diagnostic.file,
        line,
        column,
        end_line,
        end_column,
        help: diagnostic.help.as_deref(),
        labels: diagnostic.labels.iter().map(|label| labelled(label, map)).collect(),
    }
}

fn labelled<'a>(label: &'a Label, map: &SourceMap) -> LabelV1<'a> {
    let Place { line, column, end_line, end_column } = Place::of(map, &label.file, label.span);
    LabelV1 { message: &label.text, file: &label.file, line, column, end_line, end_column }
}
