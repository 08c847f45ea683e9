//! Diagnostics as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), which code
//! scanning on GitHub and many editors read.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Diagnostics, Issue, Severity, SourceMap, Span};

use super::place::Place;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://github.com/orch-dev/orch";

/// One SARIF log with one run.
pub fn sarif(diagnostics: &Diagnostics, map: &SourceMap) -> String {
    let mut issues: Vec<Issue> = diagnostics.iter().map(|diagnostic| diagnostic.issue).collect();
    issues.sort_unstable();
    issues.dedup();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, &issues, map)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "orch",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": issues.iter().copied().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(issue: Issue) -> Value {
    json!({
        "id": issue.code(),
        "shortDescription": { "text": issue.title() },
        "help": {
            "text": format!("run `orch explain {}`", issue.code()),
            "markdown": issue.explanation(),
        },
        "defaultConfiguration": { "level": level(issue.severity()) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(diagnostic: &Diagnostic, issues: &[Issue], map: &SourceMap) -> Value {
    let help = diagnostic.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    let mut result = json!({
        "ruleId": diagnostic.code(),
        "ruleIndex": issues.binary_search(&diagnostic.issue).unwrap_or_default(),
        "level": level(diagnostic.severity()),
        "message": { "text": format!("{}{help}", diagnostic.message) },
        "locations": [{ "physicalLocation": location(&diagnostic.file, diagnostic.span, map) }],
    });
    if !diagnostic.labels.is_empty() {
        let related = diagnostic.labels.iter().enumerate().map(|(index, label)| {
            json!({
                "id": index,
                "message": { "text": label.text },
                "physicalLocation": location(&label.file, label.span, map),
            })
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(file: &str, span: Span, map: &SourceMap) -> Value {
    let place = Place::of(map, file, span);
    json!({
        "artifactLocation": { "uri": uri(&map.in_repository(file)), "uriBaseId": "%SRCROOT%" },
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    })
}

/// A relative path as a URI reference (RFC 3986, section 3.3).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
