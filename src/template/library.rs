//! The library of ready workflows, embedded as they stand in `workflows/` of this repository. A new file
//! there is a new line of the table; a test fails until it stands.

use super::{SCHEMA_DIR, SCHEMAS_OF_LIBRARY};

/// A workflow that `orch workflow add` writes into a project.
#[derive(Debug, PartialEq, Eq)]
pub struct Ready {
    /// That of its file without the ending.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    source: &'static str,
}

impl Ready {
    /// What to write into a user's project, where the schemas lie elsewhere.
    pub fn contents(&self) -> String {
        self.source.replace(SCHEMAS_OF_LIBRARY, &format!("../{SCHEMA_DIR}/"))
    }
}

/// One row: `ready!("clean-old-logs", "deletes log files older than 30 days")`.
#[expect(unused_macros, reason = "the table is filled with the library")]
macro_rules! ready {
    ($name:literal, $summary:literal) => {
        Ready {
            name: $name,
            summary: $summary,
            source: include_str!(concat!("../../workflows/", $name, ".yaml")),
        }
    };
}

/// All ready workflows, in the order of their names.
pub const LIBRARY: &[Ready] = &[];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test compares with the real files")]
    fn every_file_of_the_library_stands_in_the_table() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| Some(name.strip_suffix(".yaml")?.to_owned()))
            .collect();
        files.sort();
        assert_eq!(LIBRARY.iter().map(|ready| ready.name).collect::<Vec<_>>(), files);
    }
}
