//! The four patterns of automation, played from end to end by ticks; plans that are carried out exactly; and
//! ticks that come as badly as they can.

use std::collections::BTreeSet;
use std::process::Output;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::harness::Sandbox;

/// A committed project with one of the workflows of `tests/fixtures/patterns`, watched since 08:00.
fn pattern(name: &str, files: &[(&str, &str)]) -> Sandbox {
    let folder = format!("{}/tests/fixtures/patterns", env!("CARGO_MANIFEST_DIR"));
    let text = |path: &str| std::fs::read_to_string(format!("{folder}/{path}")).unwrap();
    let path = format!("workflows/{name}.yaml");
    let mut all = vec![("orch.yaml", text("orch.yaml")), (path.as_str(), text(&path))];
    all.extend(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    project(&all)
}

fn project(files: &[(&str, String)]) -> Sandbox {
    let sandbox = Sandbox::repository();
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox.ok(&["tick", "--now", "2026-11-20T08:00:00Z"]);
    sandbox
}

fn commit(sandbox: &Sandbox, path: &str, text: &str, message: &str) {
    sandbox.write(path, text);
    sandbox.git(&["add", path]);
    sandbox.git(&["commit", "--quiet", "-m", message]);
}

/// What a command prints on both streams, and how it ends.
fn said(sandbox: &Sandbox, args: &[&str]) -> (String, Option<i32>) {
    let Output { status, stdout, stderr } = sandbox.orch(args);
    (String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr), status.code())
}

/// What a tick prints, at a minute of 2026-11-20.
fn tick(sandbox: &Sandbox, minute: &str) -> String {
    let (text, code) = said(sandbox, &["tick", "--now", &at(minute)]);
    assert!(matches!(code, Some(0 | 11)), "{text}");
    text
}

fn at(minute: &str) -> String {
    format!("2026-11-20T{minute}:00Z")
}

fn exists(sandbox: &Sandbox, path: &str) -> bool {
    sandbox.cwd.join(path).exists()
}

/// Writes a file that is a hundred days old.
fn old(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.write(path, text);
    let hundred_days = Duration::from_hours(2_400);
    let noon = SystemTime::UNIX_EPOCH + Duration::from_hours(498_660) - hundred_days;
    let file = std::fs::File::options().write(true).open(sandbox.cwd.join(path)).unwrap();
    file.set_modified(noon).unwrap();
}

#[test]
fn an_event_a_commit_is_tested_and_built_or_its_developer_hears_of_it() {
    let demo = pattern("commit", &[("src/test.sh", "echo fine")]);
    assert!(tick(&demo, "08:30").contains("Nothing to do"));
    commit(&demo, "README.md", "words", "only words");
    assert!(!tick(&demo, "08:45").contains("commit#1"), "it touches no source");
    commit(&demo, "src/test.sh", "echo still fine", "better; $(touch owned)");
    assert!(tick(&demo, "09:00").contains("commit#1 succeeded"));
    assert_eq!(demo.read("built.txt"), "built better; $(touch owned)\n");
    assert!(!exists(&demo, "owned"), "what a commit says is never run");
    assert!(tick(&demo, "09:01").contains("Nothing to do"), "once");
    commit(&demo, "src/test.sh", "echo two tests fail; exit 3", "worse");
    assert!(tick(&demo, "09:10").contains("commit#2 failed"));
    assert_eq!(demo.read("outbox/developer.txt").trim(), "worse fails in test: two tests fail");
    assert_eq!(demo.read("built.txt").lines().count(), 1);
    demo.ok(&["fsck"]);
}

#[test]
fn a_schedule_the_night_in_tokyo() {
    let demo = pattern("night", &[("data/a.txt", "precious"), ("disk.txt", "40\n")]);
    old(&demo, "logs/old.log", "old");
    demo.write("logs/new.log", "new");
    assert!(tick(&demo, "16:59").contains("Nothing to do"));
    assert!(tick(&demo, "17:00").contains("night@2026-11-20T17:00Z succeeded"), "02:00 there");
    assert!(exists(&demo, "remote/data-2026-11-20.zip"));
    assert!(exists(&demo, "logs/old.log"), "there was room enough");
    let report = demo.read("reports/2026-11-20.md");
    assert!(report.contains("Disk 40 %, clean-up skipped, 1 archive uploaded."), "{report}");
    assert!(tick(&demo, "17:00").contains("Nothing to do"), "a doubled tick");

    demo.write("disk.txt", "91\n");
    let (text, _) = said(&demo, &["tick", "--now", "2026-11-21T19:00:00Z"]);
    assert!(text.contains("night@2026-11-21T17:00Z succeeded"), "two hours late: {text}");
    assert!(!exists(&demo, "logs/old.log") && exists(&demo, "logs/new.log"));
    assert!(demo.read("reports/2026-11-21.md").contains("clean-up succeeded"));
    demo.ok(&["fsck"]);
}

#[test]
fn a_threshold_the_runbook_or_somebody_helps() {
    for known in [true, false] {
        let demo = pattern("threshold", &[("load.txt", "3.5\n")]);
        if known {
            demo.write("runbooks/high-cpu.sh", "echo calmed >> calmed.txt\n");
        }
        let record = |minute: &str, value: &str| {
            demo.ok(&["metric", "record", "cpu_percent", value, "--now", &at(minute)]);
        };
        record("09:00", "95");
        assert!(tick(&demo, "09:10").contains("Nothing to do"), "silence holds nothing");
        record("09:11", "50");
        record("09:12", "95");
        record("09:16", "96");
        assert!(tick(&demo, "09:16").contains("Nothing to do"), "four minutes");
        record("09:17", "97");
        let text = tick(&demo, "09:17");
        assert_eq!(exists(&demo, "calmed.txt"), known);
        assert_eq!(text.contains("and no runbook"), !known, "{text}");
        let incident: Value = serde_json::from_str(&demo.read("incidents/cpu.json")).unwrap();
        assert_eq!(incident["load"], 3.5);
        assert_eq!(incident["remediated"], if known { "succeeded" } else { "skipped" });
        record("09:18", if known { "40" } else { "98" });
        assert!(!exists(&demo, "recovered.txt"), "it settles for two minutes");
        assert!(tick(&demo, "09:19").contains("threshold#1 succeeded"));
        assert_eq!(exists(&demo, "recovered.txt"), known);
        record("09:30", "99");
        assert!(tick(&demo, "09:30").contains("Nothing to do"), "one run for each time that it goes up");
    }
}

#[test]
fn a_pipeline_a_document_is_read_indexed_and_announced() {
    let demo = pattern("document", &[("docs/first.md", "---\ntitle: First\n---\n")]);
    assert!(tick(&demo, "08:30").contains("Nothing to do"));
    demo.write("docs/deep/second.md", "---\ntitle: Second\n---\n# Second\n");
    let text = tick(&demo, "09:00");
    assert!(text.contains("docs/deep/second.md is the 2. document"), "{text}");
    let index: Value = serde_json::from_str(&demo.read("knowledge/index.json")).unwrap();
    let titles: Vec<&str> =
        index.as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap()).collect();
    assert_eq!(titles.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(["First", "Second"]));
    assert!(tick(&demo, "09:01").contains("Nothing to do"));
}

fn cleaning() -> Sandbox {
    let workflow = "name: Clean\non: { schedule: { cron: '0 9 * * *' } }\nbreaker: false\n\
        inputs: { folder: { default: logs } }\nsteps:\n  - id: clean\n    \
        files.delete: { in: \"{{ inputs.folder | default('logs', true) }}\", match: '**/*.log', older_than: 30d }\n  \
        - id: after\n    needs: clean\n    run: echo {{ steps.clean.outputs.count }} >> count.txt\n";
    project(&[("orch.yaml", "name: demo\n".to_owned()), ("workflows/clean.yaml", workflow.to_owned())])
}

#[test]
fn a_saved_clean_up_deletes_exactly_what_it_lists() {
    let demo = cleaning();
    for name in ["a", "b", "c", "d"] {
        old(&demo, &format!("logs/{name}.log"), name);
    }
    demo.write("logs/new.log", "new");
    let text = demo.ok(&["plan", "-o", "plan.json", "--now", &at("09:00")]);
    for line in ["delete 4 files, 4 B", "logs/a.log", "logs/b.log", "logs/c.log", "logs/d.log"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let plan: Value = serde_json::from_str(&demo.read("plan.json")).unwrap();
    let files = plan["effects"][0]["manifest"]["files"].as_array().unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["logs/a.log", "logs/b.log", "logs/c.log", "logs/d.log"]);

    // Meanwhile one changes, one goes, and one comes that would match.
    old(&demo, "logs/b.log", "more of b");
    std::fs::remove_file(demo.cwd.join("logs/c.log")).unwrap();
    old(&demo, "logs/e.log", "e");
    demo.ok(&["apply", "plan.json", "--now", &at("09:05")]);
    let left: BTreeSet<String> = std::fs::read_dir(demo.cwd.join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["b.log", "e.log", "new.log"].map(str::to_owned).into());
    let run = demo.ok(&["runs", "show", "clean@2026-11-20T09:00Z"]);
    for word in ["[\"logs/a.log\",\"logs/d.log\"]", "changed since it was planned", "is gone"] {
        assert!(run.contains(word), "{word}: {run}");
    }
    // What follows was not in the plan, and is left to the next tick.
    assert!(!exists(&demo, "count.txt"));
    tick(&demo, "09:06");
    assert_eq!(demo.read("count.txt"), "2\n");
    assert!(exists(&demo, "logs/e.log"), "its turn is tomorrow");

    let (text, code) = said(&demo, &["apply", "plan.json", "--now", &at("09:07")]);
    assert_eq!(code, Some(20));
    assert!(text.contains("the state went from tick 1 to tick"), "{text}");
    assert!(text.contains("clean@2026-11-20T09:00Z"), "it names what moved it: {text}");
    demo.ok(&["fsck"]);
}

#[test]
fn a_stale_plan_says_what_moved() {
    let demo = cleaning();
    old(&demo, "logs/a.log", "a");
    demo.ok(&["plan", "-o", "plan.json", "--now", &at("09:00")]);
    demo.edit("workflows/clean.yaml", "30d", "3d");
    demo.write("workflows/other.yaml", "name: Other\non: manual\nsteps:\n  - run: echo\n");
    let (text, code) = said(&demo, &["apply", "plan.json", "--now", &at("09:05")]);
    assert_eq!(code, Some(20));
    for word in ["`workflows/clean.yaml` changed", "`workflows/other.yaml` is new"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    demo.edit("workflows/clean.yaml", "3d", "30d");
    std::fs::remove_file(demo.cwd.join("workflows/other.yaml")).unwrap();
    let (text, code) = said(&demo, &["apply", "plan.json", "--now", &at("08:59")]);
    assert_eq!(code, Some(20), "{text}");
    assert!(exists(&demo, "logs/a.log"));
    demo.ok(&["apply", "plan.json", "--now", &at("09:05")]);
    assert!(!exists(&demo, "logs/a.log"));
}

#[test]
fn a_clean_up_never_leaves_the_project() {
    let demo = cleaning();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("x.log"), "mine").unwrap();
    std::os::unix::fs::symlink(outside.path(), demo.cwd.join("link")).unwrap();
    old(&demo, "logs/real.log", "real");
    std::os::unix::fs::symlink(outside.path().join("x.log"), demo.cwd.join("logs/link.log")).unwrap();
    let absolute = outside.path().to_str().unwrap();
    for (number, folder) in
        ["../outside", absolute, ".git", "logs/../../outside", "link", "logs/../.git"].iter().enumerate()
    {
        let input = format!("folder={folder}");
        let (text, code) = said(&demo, &["run", "clean", "--input", &input, "--now", &at("08:30")]);
        assert_eq!(code, Some(11), "{folder}: {text}");
        let run = demo.ok(&["runs", "show", &format!("clean#{}", number + 1)]);
        assert!(run.contains(folder), "the error names it: {run}");
    }
    assert!(exists(&demo, ".git/HEAD") && outside.path().join("x.log").exists());
    let (text, code) = said(&demo, &["run", "clean", "--now", &at("08:40")]);
    assert_eq!(code, Some(0), "{text}");
    assert!(outside.path().join("x.log").exists(), "a link is not followed");
    assert!(!exists(&demo, "logs/real.log"));
}

#[test]
fn bad_ticks_lose_no_slot() {
    let workflow = |policy: &str| {
        format!(
            "name: Slots\non: {{ schedule: {{ cron: '*/20 * * * *', catch_up: {policy} }} }}\n\
             steps:\n  - run: echo {{{{ run.slot }}}} >> slots.txt\n"
        )
    };
    for (seed, policy) in [(3u64, "all, max_catch_up: 5"), (7, "latest")] {
        let files = [("orch.yaml", "name: demo\n".to_owned()), ("workflows/slots.yaml", workflow(policy))];
        let demo = project(&files);
        let begin: jiff::Timestamp = at("08:00").parse().unwrap();
        let (mut minutes, mut draw, mut missed) = (0i64, seed, 0);
        for _ in 0..30 {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Doubled, on time, or hours late.
            minutes += match draw >> 61 {
                0 | 1 => 0,
                2..=5 => i64::try_from((draw >> 40) % 25).unwrap(),
                _ => i64::try_from((draw >> 40) % 420).unwrap(),
            };
            let now = (begin + jiff::SignedDuration::from_mins(minutes)).to_string();
            let told = demo.json(&["tick", "--now", &now]);
            for event in told["events"].as_array().unwrap() {
                if event["type"] == "schedule.missed" {
                    missed += event["data"]["count"].as_i64().unwrap();
                }
            }
        }
        let ran = demo.read("slots.txt");
        let distinct: BTreeSet<&str> = ran.lines().collect();
        assert_eq!(distinct.len(), ran.lines().count(), "no slot ran twice: {ran}");
        assert_eq!(i64::try_from(distinct.len()).unwrap() + missed, minutes / 20, "{policy}: {ran}");
        assert!(missed > 0, "the ticks were not that bad");
        demo.ok(&["fsck"]);
    }
}
