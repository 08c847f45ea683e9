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
pub const LIBRARY: &[Ready] = &[
    ready!("agent-idle-redistribute", "gives a waiting task an hour to an agent who has nothing to do"),
    ready!("announce-completions", "announces each finished task, and keeps a page of it"),
    ready!(
        "answer-build-failures",
        "runs failed builds on GitHub again once, then tells, and keeps an issue"
    ),
    ready!("branch-isolation", "shows on each pull request whether it keeps to its branch and its files"),
    ready!("build-monitor", "escalates builds on GitHub that take too long, level by level"),
    ready!("cleanup-old-logs", "deletes log files older than 30 days, every night"),
    ready!("collect-system-metrics", "records CPU, memory, disk and load, every minute"),
    ready!("compress-large-files", "replaces large artifacts by their gzip, every week"),
    ready!("config-backup-on-change", "archives the configuration folder after each change"),
    ready!("control-center-alerts", "answers alerts from outside once, and makes tasks of critical ones"),
    ready!("daily-digest", "sums up open tasks, agents and metrics, every morning"),
    ready!("deploy-with-approval", "deploys a version after a yes, and goes back if it is not healthy"),
    ready!("disk-check-and-cleanup", "measures the disk every 15 minutes, and cleans up above 80 %"),
    ready!("escalate-overdue-reviews", "makes the task of a late review more urgent, and says so"),
    ready!("export-metrics-csv", "writes all metrics as CSV and a spreadsheet, every day"),
    ready!("high-cpu-diagnostics", "diagnoses high CPU, remediates by runbook or alerts, and verifies"),
    ready!("index-new-documents", "indexes the titles, dates, authors and links of new documents"),
    ready!("nightly-backup", "backs data up, verifies it, and keeps 30 days of it"),
    ready!("pr-review-automation", "asks for reviews of small pull requests, and shows where they stand"),
    ready!("resource-emergency", "pauses agents while CPU or memory runs out"),
    ready!("resource-recovered", "lets the agents go on that the emergency paused"),
    ready!("rotate-logs", "compresses logs after 7 days and deletes them after 30"),
    ready!("structure-access-logs", "makes tables, a summary and a metric of web server logs"),
    ready!("test-on-commit", "tests and builds each new commit as it is in git"),
    ready!("weekly-agent-report", "compiles the week of all agents, and archives old reports"),
];

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
