//! The files of a project, read and checked as every command does it first, and planned with if they are valid.

use std::collections::BTreeSet;

use super::{files, planning};
use crate::check::{Checked, check};
use crate::diag::{SourceMap, Span};
use crate::load::{Kind, Sources};
use crate::ui::diagnostics;

/// Files as `#= agents.yaml` and `#= workflows/clean.yaml` name them; without a name it is `orch.yaml`.
pub fn config(data: &[u8]) {
    let named = |(path, bytes): (String, Vec<u8>)| {
        let path = if path.is_empty() { Kind::Orch.file().to_owned() } else { path };
        let kind: Kind = path.split(['/', '.']).next()?.parse().ok()?;
        Some((path, kind, bytes))
    };
    let mut files: Vec<_> = files(data).into_iter().filter_map(named).collect();
    // A project is found by this file, and has one of those that have no folder.
    if !files.iter().any(|(_, kind, _)| *kind == Kind::Orch) {
        files.push((Kind::Orch.file().to_owned(), Kind::Orch, b"name: x".to_vec()));
    }
    let mut seen = BTreeSet::new();
    files.retain(|(path, kind, _)| {
        seen.insert(if kind.is_folder() { path.clone() } else { kind.to_string() })
    });
    let sources = Sources::in_memory(files);
    let checked = check(&sources, None);
    assert_eq!(checked, check(&sources, None), "the same files, the same findings");
    let Checked { config, diagnostics } = checked;
    assert_eq!(config.is_some(), !diagnostics.has_errors(), "{diagnostics:#?}");
    let map = sources.map();
    for diagnostic in &diagnostics {
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        inside(&map, &diagnostic.file, diagnostic.span);
        for label in &diagnostic.labels {
            inside(&map, &label.file, label.span);
        }
    }
    let _ = diagnostics::human(&diagnostics, &map, true);
    let _ = diagnostics::github(&diagnostics, &map);
    for json in [diagnostics::json(&diagnostics, &map), diagnostics::sarif(&diagnostics, &map)] {
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
    }
    if let Some(config) = config {
        planning::ticks(&config);
    }
}

/// A place is one of a file that was read, between characters, or the beginning of one that was not.
fn inside(map: &SourceMap, file: &str, span: Span) {
    let Some(source) = map.get(file) else {
        assert_eq!(span, Span::default(), "{file} was not read");
        return;
    };
    assert!(span.start <= span.end, "{file}: {span:?}");
    assert!(source.text().get(span.start..span.end).is_some(), "{file}: {span:?} of {}", source.text().len());
}
