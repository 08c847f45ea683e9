//! The line that counts: `40 errors, 2 warnings in 6 files`.

use std::collections::BTreeSet;

use crate::diag::{Diagnostics, Severity};

/// How many problems there are, and in how many files; nothing without any.
pub fn summary(diagnostics: &Diagnostics) -> Option<String> {
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning")]
        .map(|(severity, name)| (diagnostics.count(severity), name))
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| counted(count, name))
        .collect::<Vec<_>>();
    let files: BTreeSet<_> = diagnostics.iter().map(|diagnostic| &diagnostic.file).collect();
    (!counts.is_empty()).then(|| format!("{} in {}", counts.join(", "), counted(files.len(), "file")))
}

fn counted(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
