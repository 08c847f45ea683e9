//! Ticks that look at the world: files, payloads and commits start workflows.

use std::path::{Path, PathBuf};

use super::git_http::{GitHttp, bare};
use super::harness::Sandbox;

/// A project with one workflow, whose step writes down what it was started with.
fn project(on: &str, says: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: demo\n");
    let steps = format!("steps:\n  - id: say\n    run: echo {says} >> log.txt\n");
    sandbox.write("workflows/watch.yaml", format!("name: Watch\non:\n{on}{steps}"));
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox
}

/// Ticks, and gives what the runs wrote down.
fn tick(sandbox: &Sandbox) -> Vec<String> {
    tick_at(sandbox, &sandbox.cwd, &["tick"])
}

fn tick_at(sandbox: &Sandbox, cwd: &Path, args: &[&str]) -> Vec<String> {
    let output = sandbox.orch_command(args).current_dir(cwd).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = cwd.join("log.txt");
    let lines = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    lines.lines().map(str::to_owned).collect()
}

fn commit(sandbox: &Sandbox, path: &str, message: &str) {
    sandbox.write(path, message);
    sandbox.git(&["add", path]);
    sandbox.git(&["commit", "--quiet", "-m", message]);
}

/// The subjects of the commits that the log of a clone says were seen.
fn seen(sandbox: &Sandbox, cwd: &Path) -> Vec<String> {
    let log = ["-C", cwd.to_str().unwrap(), "grep", "-h", "commit.seen\":", "orch/state", "--", "events"];
    let lines = sandbox.git(&log);
    let facts = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    facts
        .map(|line| line["fact"]["flow"]["commit.seen"]["commit"]["subject"].as_str().unwrap().to_owned())
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn files_start_a_run_and_what_was_there_before_does_not() {
    let says =
        "made {{ event.created }} changed {{ event.changed }} gone {{ event.deleted }} now {{ event.files }}";
    let demo = project("  - files: { match: [\"docs/**/*.md\", \"!docs/drafts/**\"] }\n", says);
    demo.write("docs/old.md", "old");
    assert_eq!(tick(&demo), NOTHING, "the first look is silent");
    let after_first = demo.tip("orch/state");
    assert_eq!(tick(&demo), NOTHING);
    assert_eq!(demo.tip("orch/state"), after_first, "nothing happened: no commit");

    demo.write("docs/a/new one.md", "1");
    demo.write("docs/drafts/not-yet.md", "1");
    demo.write("docs/b.txt", "1");
    assert_eq!(tick(&demo), ["made docs/a/new one.md changed gone now docs/a/new one.md"]);
    assert_eq!(tick(&demo), NOTHING);
    demo.write("docs/a/new one.md", "2");
    std::fs::remove_file(demo.cwd.join("docs/old.md")).unwrap();
    assert_eq!(tick(&demo), ["made changed docs/a/new one.md gone docs/old.md now docs/a/new one.md"]);
    // The same content, written again: another mark, and no change.
    demo.write("docs/a/new one.md", "2");
    let before = demo.tip("orch/state");
    assert_eq!(tick(&demo), NOTHING);
    assert_eq!(demo.tip("orch/state"), before);
    demo.ok(&["fsck"]);
}

#[test]
fn each_file_has_its_run_and_only_what_is_asked_for_counts() {
    let demo =
        project("  - files: { match: \"docs/*.md\", changes: created, each: true }\n", "{{ event.path }}");
    assert_eq!(tick(&demo), NOTHING);
    for name in ["b", "a", "$(touch hacked); c"] {
        demo.write(&format!("docs/{name}.md"), "1");
    }
    let mut said = tick(&demo);
    said.sort();
    assert_eq!(said, ["docs/$(touch hacked); c.md", "docs/a.md", "docs/b.md"]);
    assert!(!demo.cwd.join("hacked").exists());
    demo.write("docs/a.md", "2");
    assert_eq!(tick(&demo), NOTHING);
    // Gone is nothing to run for, but it must be known for it to come back.
    std::fs::remove_file(demo.cwd.join("docs/b.md")).unwrap();
    assert_eq!(tick(&demo), NOTHING);
    demo.write("docs/b.md", "1");
    assert_eq!(tick(&demo), ["docs/b.md"]);
    demo.ok(&["fsck"]);
}

#[test]
fn payloads_start_runs_and_wrong_ones_are_told_once() {
    let demo = project(
        "  - webhook: { name: shop, match: \"hooks/*.json\" }\n    if: event.payload.kind != 'ping'\n",
        "{{ event.name }} {{ event.path }} {{ event.payload.order }}",
    );
    demo.write("hooks/0.json", "{\"kind\":\"old\",\"order\":0}");
    assert_eq!(tick(&demo), NOTHING);
    demo.write("hooks/1.json", "{\"kind\":\"sale\",\"order\":\"12; rm -rf *\"}");
    demo.write("hooks/2.json", "{\"kind\":\"ping\"}");
    demo.write("hooks/3.json", "{\"kind\":");
    let told = demo.run(&["tick"]);
    assert!(
        told.contains("warning: `hooks/3.json` is no payload for workflow `watch`: not a JSON document"),
        "{told}"
    );
    assert_eq!(demo.read("log.txt"), "shop hooks/1.json 12; rm -rf *\n");
    let told = demo.run(&["tick"]);
    assert!(told.contains("Nothing to do") && !told.contains("warning"), "{told}");
    std::fs::remove_file(demo.cwd.join("log.txt")).unwrap();
    demo.write("hooks/3.json", "{\"kind\":\"sale\",\"order\":13}");
    assert_eq!(tick(&demo), ["shop hooks/3.json 13"]);
    demo.ok(&["fsck"]);
}

#[test]
fn commits_of_a_real_repository_start_runs() {
    let on =
        "  - commits: { paths: \"src/**\", authors: \"*<tess@example.com>\", trailers: \"Kind: build\" }\n";
    let demo = project(on, "{{ event.commit.subject }} {{ event.commit.paths }}");
    assert_eq!(tick(&demo), NOTHING, "what was committed before does not count");
    commit(&demo, "src/a.rs", "one\n\nKind: build");
    commit(&demo, "docs/a.md", "two\n\nKind: build");
    commit(&demo, "src/b.rs", "three");
    commit(&demo, "src/c $x.rs", "four; true\n\nkind: build");
    let mut said = tick(&demo);
    said.sort();
    assert_eq!(said, ["four; true src/c $x.rs", "one src/a.rs"]);
    let before = demo.tip("orch/state");
    assert_eq!(tick(&demo), NOTHING);
    assert_eq!(demo.tip("orch/state"), before);
    // Of commits that do not match, only how far was looked is known.
    commit(&demo, "docs/b.md", "five");
    commit(&demo, "docs/c.md", "six");
    assert_eq!(tick(&demo), NOTHING);
    assert_eq!(seen(&demo, &demo.cwd), ["one", "four; true", "six"]);

    demo.git(&["commit", "--quiet", "--amend", "-m", "six anew"]);
    let told = demo.run(&["tick"]);
    assert!(told.contains("the history that it watches was rewritten"), "{told}");
    assert!(demo.run(&["tick"]).contains("Nothing to do"));
    demo.git(&["checkout", "--quiet", "--detach"]);
    commit(&demo, "src/d.rs", "seven\n\nKind: build");
    assert_eq!(tick(&demo), ["seven src/d.rs"], "a detached head is looked at as well");
    demo.ok(&["fsck"]);
}

#[test]
fn too_many_files_stop_the_tick_with_words() {
    let demo = project("  - files: { match: \"logs/**\" }\n", "x");
    for number in 0..10_001 {
        std::fs::create_dir_all(demo.cwd.join("logs")).unwrap();
        std::fs::write(demo.cwd.join(format!("logs/{number}")), "").unwrap();
    }
    let told = demo.run(&["tick"]);
    assert!(
        told.contains("watches 10001 files with `logs/**`, and 10000 is the most: narrow the pattern"),
        "{told}"
    );
    assert!(told.contains("--- exit 1"), "{told}");
}

#[test]
fn a_workflow_that_changes_what_it_watches_does_not_keep_a_tick_for_ever() {
    let demo = project("  - files: { match: \"docs/*.md\" }\n", "x >> docs/a.md; echo y");
    assert_eq!(tick(&demo), NOTHING);
    demo.write("docs/a.md", "");
    let told = demo.run(&["tick"]);
    assert!(told.contains("does a workflow change what it watches?"), "{told}");
    let runs = demo.read("log.txt").lines().count();
    assert!((2..=20).contains(&runs), "{runs}");
}

/// Clones of a project over HTTP.
fn clones(on: &str, says: &str) -> (Sandbox, [PathBuf; 2]) {
    let sandbox = project(on, says);
    let root = sandbox.cwd.join("served");
    std::fs::create_dir(&root).unwrap();
    let server = GitHttp::serve(&root);
    bare(&root, "demo.git");
    let url = server.url("demo.git");
    sandbox.git(&["remote", "add", "origin", &url]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    let clones = ["clone-0", "clone-1"].map(|name| {
        let path = sandbox.cwd.join(name);
        sandbox.git(&["clone", "--quiet", &url, path.to_str().unwrap()]);
        path
    });
    (sandbox, clones)
}

#[test]
fn two_clones_that_look_at_the_same_make_one_run_of_it() {
    let on = "  - commits: { paths: \"src/**\" }\n  - files: { match: \"src/*\" }\n";
    let (demo, [one, two]) = clones(on, "{{ event.commit.subject | default('files') }}");
    let at = |clone: &Path, args: &[&str]| {
        let mut said = tick_at(&demo, clone, args);
        said.sort();
        said
    };
    let pull = |clone: &Path| demo.git(&["-C", clone.to_str().unwrap(), "pull", "--quiet", "origin", "main"]);
    assert_eq!(at(&one, &["tick", "--push"]), NOTHING);
    assert_eq!(at(&two, &["tick", "--push"]), NOTHING);

    commit(&demo, "src/a", "first");
    demo.git(&["push", "--quiet", "origin", "main"]);
    pull(&one);
    pull(&two);
    assert_eq!(at(&one, &["tick", "--push"]), ["files", "first"]);
    assert_eq!(at(&two, &["tick", "--push"]), NOTHING, "the other clone has told of it");

    // Out of touch with each other, both do it; what is known of it in the end is one of each, and what only
    // one of them saw is not lost.
    for name in ["src/b", "src/c"] {
        commit(&demo, name, name);
        demo.git(&["push", "--quiet", "origin", "main"]);
        pull(&two);
        if name == "src/b" {
            pull(&one);
        }
    }
    assert_eq!(at(&one, &["tick"]), ["files", "src/b"]);
    assert_eq!(at(&two, &["tick"]), ["files", "src/b", "src/c"]);
    assert_eq!(at(&one, &["tick", "--push"]), NOTHING);
    at(&two, &["tick", "--push"]);
    assert_eq!(seen(&demo, &two), ["first", "src/b", "src/c"]);
    assert_eq!(at(&two, &["tick", "--push"]), NOTHING);
}
