//! Which lines a pull request changes: what a remark can stand beside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::error::ClientError;
use super::workplace::Workplace;

/// The lines that are new or other, by the path of the file as it is called afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<String, Lines>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lines {
    /// GitHub shows no patch of large files; then every line counts.
    All,
    These(BTreeSet<u32>),
}

impl Changes {
    /// Those of a pull request. It is one call for each hundred files.
    pub fn read(at: &Workplace<'_>, number: u64) -> Result<Self, ClientError> {
        let path = format!("{}/pulls/{number}/files?per_page=100", at.repository.path());
        let files = at.pages(&path, None)?.items;
        let of = |file: &Value| {
            let path = file.get("filename").and_then(Value::as_str)?.to_owned();
            let shown = file.get("patch").and_then(Value::as_str);
            Some((path, shown.map_or(Lines::All, |patch| Lines::These(added(patch)))))
        };
        Ok(Self(files.iter().filter_map(of).collect()))
    }

    /// Whether a line was changed.
    pub fn has(&self, path: &str, line: u32) -> bool {
        match self.0.get(path) {
            Some(Lines::All) => true,
            Some(Lines::These(lines)) => lines.contains(&line),
            None => false,
        }
    }
}

/// The numbers of the lines that a patch adds. A patch that is no patch adds none.
fn added(patch: &str) -> BTreeSet<u32> {
    let (mut lines, mut next) = (BTreeSet::new(), None);
    for line in patch.split('\n') {
        match (line.as_bytes().first(), next) {
            (Some(b'@'), _) => next = begin(line),
            (Some(b'+'), Some(number)) => {
                lines.insert(number);
                next = number.checked_add(1);
            }
            (Some(b' ') | None, Some(number)) => next = number.checked_add(1),
            _ => {}
        }
    }
    lines
}

/// The first line afterwards of a hunk: 5 of `@@ -3,4 +5,6 @@ words`.
fn begin(line: &str) -> Option<u32> {
    let after = line.strip_prefix("@@ -")?.split_once(" +")?.1;
    after.split([',', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::forge::marker::Markers;
    use crate::forge::testing::{Desk, answer};

    #[test]
    fn lines_are_counted_as_they_are_afterwards() {
        let patch = "@@ -1,3 +1,4 @@ tasks:\n a\n-b\n+B\n+B2\n c\n@@ -10 +11,2 @@\n-x\n+y\n+++ z\n\\ No newline at end of file";
        assert_eq!(added(patch), BTreeSet::from([2, 3, 11, 12]));
        for odd in ["", "+a", "@@", "@@ -1 +x @@\n+a", "@@ -1 +4294967295 @@\n+a\n+b"] {
            assert!(added(odd).len() <= 1, "{odd}");
        }
    }

    #[test]
    fn a_file_without_a_patch_counts_whole() {
        let files = json!([
            { "filename": "a.yaml", "patch": "@@ -0,0 +1,2 @@\n+a\n+b" },
            { "filename": "large.yaml", "status": "modified" },
        ]);
        let desk = Desk::new([Ok(answer(&files))]);
        let at = Workplace::new(desk.client(), "o/r".parse().unwrap(), Markers::new("lineage", None));
        let changes = Changes::read(&at, 7).unwrap();
        assert_eq!(desk.asked(), ["GET /repos/o/r/pulls/7/files"]);
        assert!(changes.has("a.yaml", 2) && !changes.has("a.yaml", 3) && changes.has("large.yaml", 999));
        assert!(!changes.has("b.yaml", 1));
    }
}
