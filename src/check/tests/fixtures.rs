//! `tests/fixtures/check/CODE/{bad,ok}`: a small project each.

use std::path::{Path, PathBuf};

use crate::adapters::disk::Disk;
use crate::check::{Checked, check};
use crate::diag::{ALL_ISSUES, Diagnostics, Issue, SourceMap};
use crate::load::{Sources, load};

pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(super) fn project(folder: &Path) -> (Sources, Checked) {
    let sources = load(&Disk, folder).unwrap();
    assert_eq!(sources.root, folder, "the fixture has an orch.yaml of its own");
    let checked = check(&sources, None);
    (sources, checked)
}

/// `file:line:column CODE message`, a line each.
pub(super) fn lines(diagnostics: &Diagnostics, map: &SourceMap) -> Vec<String> {
    let line = |diagnostic: &crate::diag::Diagnostic| {
        let at = map.position(&diagnostic.file, diagnostic.span.start);
        let (code, message) = (diagnostic.code(), &diagnostic.message);
        format!("{}:{}:{} {code} {message}", diagnostic.file, at.line, at.column)
    };
    diagnostics.iter().map(line).collect()
}

#[test]
fn every_code_has_a_project_that_shows_it_and_one_that_does_not() {
    let mut failures = Vec::new();
    for issue in ALL_ISSUES {
        // A file of more than a megabyte does not belong into a repository; `hostile` makes one.
        if *issue == Issue::FileTooLarge {
            continue;
        }
        let folder = folder("check").join(issue.code());
        let (sources, bad) = project(&folder.join("bad"));
        if bad.diagnostics.is_empty() || bad.diagnostics.iter().any(|one| one.issue != *issue) {
            failures.push(format!("{} bad: {:#?}", issue.code(), lines(&bad.diagnostics, &sources.map())));
        }
        assert_eq!(bad.config.is_none(), bad.diagnostics.has_errors(), "{}", issue.code());
        let (sources, ok) = project(&folder.join("ok"));
        if !ok.diagnostics.is_empty() || ok.config.is_none() {
            failures.push(format!("{} ok: {:#?}", issue.code(), lines(&ok.diagnostics, &sources.map())));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_problem_says_what_to_do_and_quotes_what_is_wrong() {
    for issue in ALL_ISSUES.iter().filter(|issue| **issue != Issue::FileTooLarge) {
        let (_, checked) = project(&folder("check").join(issue.code()).join("bad"));
        for diagnostic in &checked.diagnostics {
            let message = &diagnostic.message;
            let is_fragment = !message.ends_with('.') && !message.starts_with(char::is_uppercase);
            assert!(is_fragment, "{}: {message}", issue.code());
            let helps = diagnostic.help.is_some() || *issue == Issue::Syntax;
            assert!(helps, "{} has no help: {message}", issue.code());
        }
    }
}

#[test]
fn the_examples_of_explanations_are_the_fixtures() {
    for issue in ALL_ISSUES.iter().filter(|issue| **issue != Issue::FileTooLarge) {
        for (heading, which) in [("\nWrong:\n", "bad"), ("\nRight:\n", "ok")] {
            let (_, rest) = issue.explanation().split_once(heading).unwrap();
            let example = rest.split("```").nth(1).unwrap().strip_prefix("yaml\n").unwrap();
            let (title, text) = example.split_once('\n').unwrap();
            let path = title.strip_prefix("# ").unwrap();
            // Some name the file with a remark or leave out lines; those are for reading only.
            if path.contains([',', ' ']) || text.contains('…') || text.contains("\n# ") {
                continue;
            }
            let (sources, _) = project(&folder("check").join(issue.code()).join(which));
            let file = sources.files.iter().find(|file| &*file.path == path);
            let Some(file) = file.filter(|_| *issue != Issue::FileNotRead) else { continue };
            assert_eq!(&*file.text(), text, "{} {which} {path}", issue.code());
        }
    }
}
