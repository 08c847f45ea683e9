//! Deleting on real files: exactly the plan, whatever happens in between.
#![expect(clippy::disallowed_methods, reason = "tests change the disk behind the action's back")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::actions::files::testing::Bench;
use crate::model::Permissions;

fn old_logs() -> Value {
    json!({ "in": "logs", "match": "**/*.log", "older_than": "30d" })
}

#[test]
fn deletes_exactly_what_the_plan_lists() {
    let bench = Bench::new();
    bench.file("logs/a.log", "12345", 30);
    bench.file("logs/deep/ü\n日本.log", "123", 40);
    bench.file("logs/new.log", "1", 29);
    bench.file("logs/a.txt", "1", 99);
    bench.file("a.log", "1", 99);
    let manifest = bench.preview(&Delete, &old_logs());
    let listed: Vec<_> = manifest.files.iter().map(|file| (file.path.as_str(), file.bytes)).collect();
    assert_eq!(listed, [("logs/a.log", 5), ("logs/deep/ü\n日本.log", 3)]);
    assert_eq!(bench.paths().len(), 5, "a preview changes nothing");
    let outputs = bench.perform_planned(&Delete, &old_logs(), &manifest).unwrap();
    assert_eq!(
        Value::Object(outputs),
        json!({
            "count": 2, "bytes": 8, "files": ["logs/a.log", "logs/deep/ü\n日本.log"], "more": 0,
            "left_alone": [], "left_count": 0,
        })
    );
    assert_eq!(bench.paths(), ["a.log", "logs/a.txt", "logs/new.log"]);
}

#[test]
fn what_changed_in_between_is_left_alone() {
    let bench = Bench::new();
    for name in ["appended", "fine", "gone", "linked", "replaced", "touched"] {
        bench.file(&format!("logs/{name}.log"), "old", 40);
    }
    let manifest = bench.preview(&Delete, &old_logs());
    bench.file("logs/appended.log", "old and more", 40);
    bench.file("logs/touched.log", "old", 39);
    bench.file("logs/late.log", "old", 40);
    bench.remove("logs/gone.log");
    let logs = bench.folder.path().join("logs");
    // Of the same size and time, but another file.
    bench.file("logs/other", "new", 40);
    fs::rename(logs.join("other"), logs.join("replaced.log")).unwrap();
    bench.remove("logs/linked.log");
    symlink("fine.log", logs.join("linked.log")).unwrap();
    let outputs = bench.perform_planned(&Delete, &old_logs(), &manifest).unwrap();
    assert_eq!(outputs["files"], json!(["logs/fine.log"]));
    assert_eq!(
        outputs["left_alone"],
        json!([
            { "path": "logs/appended.log", "why": "changed since it was planned" },
            { "path": "logs/gone.log", "why": "is gone" },
            { "path": "logs/linked.log", "why": "`logs/linked.log` leads through a symbolic link at `logs/linked.log`" },
            { "path": "logs/replaced.log", "why": "changed since it was planned" },
            { "path": "logs/touched.log", "why": "changed since it was planned" },
        ])
    );
    assert_eq!(
        bench.paths(),
        ["logs/appended.log", "logs/late.log", "logs/replaced.log", "logs/touched.log"]
    );
}

#[test]
fn a_folder_swapped_for_a_link_saves_what_is_behind_it() {
    let bench = Bench::new();
    bench.file("logs/a.log", "old", 40);
    let manifest = bench.preview(&Delete, &old_logs());
    let outside = tempfile::tempdir().unwrap();
    fs::rename(bench.folder.path().join("logs"), outside.path().join("logs")).unwrap();
    symlink(outside.path().join("logs"), bench.folder.path().join("logs")).unwrap();
    let outputs = bench.perform_planned(&Delete, &old_logs(), &manifest).unwrap();
    assert_eq!((&outputs["count"], &outputs["left_count"]), (&json!(0), &json!(1)));
    assert!(outside.path().join("logs/a.log").exists());
    // Planned anew, the link itself is refused.
    let error = bench.try_preview(&Delete, &old_logs()).unwrap_err();
    assert_eq!(error.message, "`logs` leads through a symbolic link at `logs`");
}

#[test]
fn hostile_arguments_touch_nothing() {
    let mut bench = Bench::new();
    bench.file("orch.yaml", "name: x", 99);
    bench.file("workflows/a.yaml", "name: x", 99);
    bench.file(".git/config", "x", 99);
    bench.file("sub/.GIT/config", "x", 99);
    for args in [
        json!({ "in": "..", "match": "**" }),
        json!({ "in": "/", "match": "**" }),
        json!({ "in": ".git", "match": "**" }),
        json!({ "in": "sub/.Git ", "match": "**" }),
        json!({ "in": "a\\..\\b", "match": "**" }),
        json!({ "match": "../**" }),
        json!({ "match": "**", "not_match": "/x" }),
        json!({ "match": "*.yaml" }),
        json!({ "in": "workflows", "match": "**" }),
    ] {
        let error = bench.in_world(|world| Delete.perform(&args, None, world)).unwrap_err();
        assert!(error.is_final, "{args}: {error}");
    }
    let outputs = bench.perform(&Delete, &json!({ "match": "**/config" })).unwrap();
    assert_eq!(outputs["count"], 0, "what belongs to git is not even listed");
    // A manifest is not trusted more than arguments.
    for path in ["../x", ".git/config", "orch.yaml", "/etc/passwd"] {
        let files = vec![crate::actions::ManifestFile { path: path.into(), ..Default::default() }];
        let manifest = Manifest { verb: "delete".into(), files };
        let error = bench.perform_planned(&Delete, &old_logs(), &manifest).unwrap_err();
        assert!(error.is_final, "{path}: {error}");
    }
    bench.file("logs/a.log", "x", 99);
    bench.permissions.write = Some(vec!["logs/archive/**".into()]);
    let error = bench.try_preview(&Delete, &old_logs()).unwrap_err();
    assert_eq!(
        error.message,
        "`logs/a.log` is outside of `permissions.write`, which allows `logs/archive/**`"
    );
    assert!(bench.folder.path().join(".git/config").exists());
    assert!(bench.folder.path().join("sub/.GIT/config").exists());
    assert_eq!(bench.paths().len(), 3);
}

#[test]
fn caps_hold_before_anything_is_touched() {
    let mut bench = Bench::new();
    for number in 0..11 {
        bench.file(&format!("logs/{number}.log"), "0123456789", 99);
    }
    bench.permissions = Permissions { max_files: Some(10), ..Permissions::default() };
    let error = bench.perform(&Delete, &old_logs()).unwrap_err();
    assert_eq!(
        error.message,
        "this would delete 11 files, more than 10; choose fewer, or raise `permissions.max_files`"
    );
    bench.permissions = Permissions { max_bytes: Some(109), ..Permissions::default() };
    let error = bench.perform(&Delete, &old_logs()).unwrap_err();
    assert!(error.is_final && error.message.contains("110 bytes (110 B), more than 109"), "{error}");
    assert_eq!(bench.paths().len(), 11);
    bench.permissions = Permissions { max_bytes: Some(110), max_files: Some(11), ..Permissions::default() };
    assert_eq!(bench.perform(&Delete, &old_logs()).unwrap()["count"], 11);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_folder_that_refuses_is_a_failure_that_says_what_was_done() {
    let bench = Bench::new();
    bench.file("logs/a.log", "x", 99);
    bench.file("logs/locked/b.log", "x", 99);
    let locked = bench.folder.path().join("logs/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let error = bench.perform(&Delete, &old_logs()).unwrap_err();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(error.message.starts_with("failed to delete one of 2 files: `logs/locked/b.log`"), "{error}");
    assert_eq!((&error.outputs["files"], error.is_final), (&json!(["logs/a.log"]), false));
}

#[test]
fn ten_thousand_files_are_few() {
    let mut bench = Bench::new();
    bench.permissions.max_files = Some(10_000);
    for number in 0..10_000 {
        bench.file(&format!("logs/{}/{number}.log", number % 100), "", 40);
    }
    let begin = std::time::Instant::now();
    let manifest = bench.preview(&Delete, &old_logs());
    assert_eq!(manifest.files.len(), 10_000);
    let outputs = bench.perform_planned(&Delete, &old_logs(), &manifest).unwrap();
    let took = begin.elapsed();
    assert_eq!((&outputs["count"], &outputs["more"]), (&json!(10_000), &json!(9_900)));
    assert_eq!(outputs["files"].as_array().unwrap().len(), 100);
    assert!(took.as_secs() < 10, "{took:?}");
}

fn is_log(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == "log")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever files there are, and whatever happens to some of them: deleted is what was listed
    /// and nobody changed, and nothing else.
    #[test]
    fn deletes_the_list_and_nothing_else(
        files in prop::collection::btree_map("(a|b)(/(c|d))?/[xyz\n日]{1,2}\\.(log|txt)", 0u64..60, 0..12),
        changed in prop::collection::vec(any::<bool>(), 12),
        keep in 0u32..4,
    ) {
        let bench = Bench::new();
        for (path, days) in &files {
            bench.file(path, path, *days);
        }
        let before: BTreeSet<_> = bench.paths().into_iter().collect();
        let args = json!({ "match": "**/*.log", "older_than": "30d", "keep_newest": keep });
        let manifest = bench.preview(&Delete, &args);
        let listed: BTreeSet<_> = manifest.files.iter().map(|file| file.path.clone()).collect();
        prop_assert!(listed.iter().all(|path| is_log(path) && files[path] >= 30));
        let kept = before.iter().filter(|path| is_log(path)).count() - listed.len();
        prop_assert!(kept >= (keep as usize).min(kept + listed.len()));
        let touched: BTreeSet<_> =
            listed.iter().zip(&changed).filter(|(_, changed)| **changed).map(|(path, _)| path.clone()).collect();
        for path in &touched {
            bench.file(path, "changed", 1);
        }
        let outputs = bench.perform_planned(&Delete, &args, &manifest).unwrap();
        let after: BTreeSet<_> = bench.paths().into_iter().collect();
        let gone: BTreeSet<_> = listed.difference(&touched).cloned().collect();
        prop_assert_eq!(&outputs["count"], &json!(gone.len()));
        prop_assert_eq!(before.difference(&after).cloned().collect::<BTreeSet<_>>(), gone);
    }
}

#[test]
fn a_later_attempt_leaves_what_came_after_the_first_one() {
    let bench = Bench::new();
    bench.file("old.log", "x", 40);
    bench.file("old-enough-now.log", "x", 31);
    bench.file("new.log", "x", 1);
    // The first attempt began two days ago.
    let args = json!({ "match": "*.log", "older_than": "30d" });
    let outputs = bench.perform_again(&Delete, &args, 2).unwrap();
    assert_eq!(outputs["files"], json!(["old.log"]));
    let outputs = bench.perform_again(&Delete, &json!({ "match": "*.log" }), 2).unwrap();
    assert_eq!(outputs["files"], json!(["old-enough-now.log"]));
    assert_eq!(bench.paths(), ["new.log"]);
}
