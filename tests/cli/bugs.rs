//! The table of bugs that are put back by patch: every patch still applies, and the tests that it must turn red are
//! there. Whether they do turn red is for `tests/bugs/run`, which builds the program once for each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A row: the name of the bug, its tests, where it was seen.
struct Row {
    name: String,
    tests: Vec<String>,
    seen: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let table = std::fs::read_to_string(root().join("tests/bugs/README.md")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, tests, seen] = cells.as_slice() else { panic!("not three cells: {line}") };
        let tests = tests.split(", ").map(|test| test.trim_matches('`').to_owned()).collect();
        Row { name: name.trim_matches('`').to_owned(), tests, seen: (*seen).to_owned() }
    })
    .collect()
}

#[test]
fn every_bug_has_a_patch_that_applies_and_tests_that_are_there() {
    let rows = rows();
    assert!(rows.len() >= 12, "{} bugs", rows.len());
    let named: BTreeSet<String> = rows.iter().map(|row| format!("{}.patch", row.name)).collect();
    assert_eq!(named.len(), rows.len(), "a bug stands in the table twice");
    let entries = std::fs::read_dir(root().join("tests/bugs")).unwrap();
    let patches: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "patch"))
        .collect();
    assert_eq!(patches, named, "rows and patches go together");
    for row in &rows {
        assert!(!row.seen.is_empty() && !row.tests.is_empty(), "{}", row.name);
        let patch = format!("tests/bugs/{}.patch", row.name);
        let checked =
            Command::new("git").current_dir(root()).args(["apply", "--check", &patch]).output().unwrap();
        assert!(
            checked.status.success(),
            "{patch} does not apply any more; put the bug back by hand and write the difference there:\n{}",
            String::from_utf8_lossy(&checked.stderr)
        );
        for test in &row.tests {
            assert!(is_there(test), "{}: there is no test `{test}`", row.name);
        }
    }
}

/// Whether some file on the way that a test's path names has a function of its name.
fn is_there(test: &str) -> bool {
    let parts: Vec<&str> = test.split("::").collect();
    let (name, modules) = parts.split_last().unwrap();
    let folders = [root().join("src"), root().join("tests/cli")];
    let files = folders.iter().flat_map(|folder| {
        (1..=modules.len()).flat_map(move |depth| {
            let path: PathBuf = folder.join(modules[..depth].join("/"));
            [path.with_extension("rs"), path.join("mod.rs")]
        })
    });
    let declares =
        |text: String| text.contains(&format!("fn {name}(")) || text.contains(&format!("fn {name}<"));
    files.filter_map(|file| std::fs::read_to_string(file).ok()).any(declares)
}
