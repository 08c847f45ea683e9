//! The library of ready workflows: each file of `workflows/` is valid as it stands, and each is run
//! by the built program on real files in a project of its own.

mod maintenance;
mod news;
mod team;
mod thresholds;
mod weekly;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use crate::harness::Sandbox;

/// The workflows that the modules here run, and those on GitHub that `tests/github` runs against its double.
const RUN: [&str; 25] = [
    "agent-idle-redistribute",
    "announce-completions",
    "answer-build-failures",
    "branch-isolation",
    "build-monitor",
    "cleanup-old-logs",
    "collect-system-metrics",
    "compress-large-files",
    "config-backup-on-change",
    "control-center-alerts",
    "daily-digest",
    "deploy-with-approval",
    "disk-check-and-cleanup",
    "escalate-overdue-reviews",
    "export-metrics-csv",
    "high-cpu-diagnostics",
    "index-new-documents",
    "nightly-backup",
    "pr-review-automation",
    "resource-emergency",
    "resource-recovered",
    "rotate-logs",
    "structure-access-logs",
    "test-on-commit",
    "weekly-agent-report",
];

/// When it is looked at: after everything that happens here.
const LATER: &str = "2026-11-30T00:00:00Z";

/// The text of a workflow of the library.
fn source(name: &str) -> String {
    let path = format!("{}/workflows/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// A committed project that has these workflows, and nothing else.
fn project(workflows: &[&str]) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: demo\n");
    for name in workflows {
        sandbox.write(&format!("workflows/{name}.yaml"), source(name));
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox
}

impl Sandbox {
    /// What a tick at that time prints, on both streams; it must succeed.
    fn tick(&self, now: &str) -> String {
        self.said(&["tick", "--now", now])
    }

    /// What a tick prints in which a run fails.
    fn bad_tick(&self, now: &str) -> String {
        let (text, is_good) = self.outcome(&["tick", "--now", now]);
        assert!(!is_good, "{text}");
        text
    }

    /// What a command prints, on both streams; it must succeed.
    fn said(&self, args: &[&str]) -> String {
        let (text, is_good) = self.outcome(args);
        assert!(is_good, "orch {args:?}: {text}");
        text
    }

    /// What a command prints, and whether it succeeds.
    fn outcome(&self, args: &[&str]) -> (String, bool) {
        let output = self.orch(args);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (text, output.status.success())
    }

    /// Each run and how it stands, sorted.
    fn runs(&self) -> Vec<String> {
        let runs = self.json(&["runs", "list", "--now", LATER])["runs"].as_array().unwrap().clone();
        let text = |run: &Value, key: &str| run[key].as_str().unwrap().to_owned();
        let mut runs: Vec<String> =
            runs.iter().map(|run| format!("{} {}", text(run, "id"), text(run, "status"))).collect();
        runs.sort();
        runs
    }

    /// Each step of a run and how it stands, in the order in which they began.
    fn steps(&self, run: &str) -> Vec<String> {
        let runs = self.json(&["runs", "list", "--now", LATER])["runs"].as_array().unwrap().clone();
        let run = runs.iter().find(|one| one["id"] == run).expect("the run is there");
        let steps = run["steps"].as_array().unwrap().iter();
        steps
            .map(|step| format!("{} {}", step["key"].as_str().unwrap(), step["status"].as_str().unwrap()))
            .collect()
    }

    /// The last value of a metric.
    fn metric(&self, name: &str) -> f64 {
        let metrics = self.json(&["metric", "list", "--now", LATER])["metrics"].as_array().unwrap().clone();
        let metric = metrics.iter().find(|metric| metric["name"] == name).expect("it was recorded");
        metric["value"].as_f64().unwrap()
    }

    /// Writes a file that was last modified on a day.
    fn dated(&self, path: &str, text: impl AsRef<[u8]>, day: &str) {
        self.write(path, text);
        let second = format!("{day}T12:00:00Z").parse::<jiff::Timestamp>().unwrap().as_second();
        let modified = UNIX_EPOCH + Duration::from_secs(second.try_into().unwrap());
        let file = std::fs::File::options().write(true).open(self.cwd.join(path)).unwrap();
        file.set_modified(modified).unwrap();
    }

    /// The files below a folder, by their paths from the project.
    fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.cwd.join(folder)];
        while let Some(at) = open.pop() {
            for entry in std::fs::read_dir(at).into_iter().flatten().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    open.push(entry.path());
                } else {
                    found.push(entry.path().strip_prefix(&self.cwd).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// A tick that finds everything done.
    fn idle(&self, now: &str) {
        let before = self.tip("orch/state");
        let said = self.tick(now);
        assert!(said.contains("Nothing to do"), "{said}");
        assert_eq!(self.tip("orch/state"), before);
    }
}

#[test]
fn every_workflow_of_the_library_is_run_by_a_test() {
    let folder = format!("{}/workflows", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = files.map(|name| name.into_string().unwrap().replace(".yaml", "")).collect();
    names.sort();
    assert_eq!(names, RUN);
}

#[test]
fn the_library_is_valid_without_a_warning_and_says_what_it_is() {
    let sandbox = project(&RUN);
    assert_eq!(
        sandbox.run(&["validate"]),
        "$ orch validate\ndemo: 26 files are valid: 0 agents, 0 routes, 0 tiers, 0 objectives, 0 tasks, 25 workflows\n"
    );
    for name in RUN {
        let text = source(name);
        let first = "# yaml-language-server: $schema=../schemas/workflows.schema.json\n#\n# ";
        assert!(text.starts_with(first), "{name}");
        for key in [
            "name",
            "description",
            "owner",
            "criticality",
            "permissions",
            "documentation",
            "expected_duration",
        ] {
            assert!(text.contains(&format!("\n{key}:")), "{name} has no {key}");
        }
        assert!(text.contains(&format!("\ndocumentation: workflows/{name}.yaml\n")), "{name}");
        // What is not declared is not limited: each says what it touches, or that it touches nothing.
        for key in ["read", "write", "commands", "hosts", "secrets"] {
            assert!(text.contains(&format!("\n  {key}: ")), "{name} does not limit `{key}`");
        }
    }
}

#[test]
fn the_example_of_the_four_patterns_is_valid_without_a_warning() {
    let folder = format!("{}/examples/automation", env!("CARGO_MANIFEST_DIR"));
    let sandbox = Sandbox::bare();
    assert_eq!(
        sandbox.ok(&["-C", &folder, "validate"]),
        "automation: 7 files are valid: 2 agents, 0 routes, 0 tiers, 0 objectives, 0 tasks, 4 workflows, 2 channels\n"
    );
}
