//! What is said when something is wrong: each a message that once misled somebody.

use super::harness::Sandbox;

/// A repository with one workflow of this name.
fn with_workflow(name: &str, yaml: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: demo\nsecrets: [TOK]\n");
    sandbox.write("channels.yaml", "channels:\n  - name: ops\n    console: {}\n");
    sandbox.write(&format!("workflows/{name}.yaml"), yaml);
    sandbox
}

#[test]
fn a_secret_without_a_value_says_what_to_set() {
    let sandbox = with_workflow(
        "s",
        r#"
name: s
on: manual
steps:
  - id: a
    run: echo hi
    env: { T: "{{ secrets.TOK }}" }
"#,
    );
    let shown = sandbox.run(&["run", "s"]);
    let wanted = "a: secret `TOK` has no value: set the environment variable `TOK` where `orch` runs";
    assert!(shown.contains(wanted), "{shown}");
}

#[test]
fn logs_are_no_commands_of_the_runner_and_keep_their_lines() {
    let sandbox = with_workflow(
        "a",
        r#"
name: a
on: manual
steps:
  - id: say
    run: "echo '::error::from step'"
  - id: tell
    needs: [say]
    notify: { channel: ops, title: Night, text: "::warning::all\nis well" }
"#,
    );
    sandbox.ok(&["run", "a"]);
    assert_eq!(
        sandbox.ok(&["runs", "logs", "a#1"]),
        "say, attempt 1\n  ::error::from step\n\ntell, attempt 1\n  Night\n  ::warning::all\n  is well\n"
    );
    let shown =
        sandbox.orch_command(&["runs", "logs", "a#1"]).env("GITHUB_ACTIONS", "true").output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let token = shown.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
    assert_eq!(token.len(), 32);
    assert!(shown.ends_with(&format!("  is well\n::{token}::\n")), "{shown}");
    assert_eq!(shown.matches(token).count(), 2);
}

#[test]
fn quiet_ticks_still_tell_what_failed() {
    let sandbox = with_workflow(
        "s",
        "name: s\non: { schedule: { every: 1h } }\nsteps:\n  - id: a\n    retry: 1\n    run: exit 1\n",
    );
    sandbox.orch(&["tick", "-q"]);
    let shown = sandbox.orch(&["tick", "-q", "--now", "2026-01-09T10:00:00Z"]);
    assert_eq!(shown.status.code(), Some(11));
    assert!(shown.stdout.is_empty());
    let told = String::from_utf8(shown.stderr).unwrap();
    assert!(told.starts_with("! s@2026-01-09T10:00Z failed: a: exit code 1"), "{told}");
}

#[test]
fn a_run_that_waits_says_for_what() {
    let sandbox = with_workflow("b", "name: b\non: manual\nsteps:\n  - approve: {}\n");
    sandbox.write("workflows/r.yaml", "name: r\non: manual\nsteps:\n  - run: exit 1\n");
    let said = |args: &[&str]| sandbox.ok(args).lines().last().unwrap().to_owned();
    said(&["run", "b"]);
    assert_eq!(said(&["run", "b"]), "b#2 is queued behind b#1, which waits for approval.");
    sandbox.ok(&["pause", "r"]);
    assert_eq!(
        said(&["run", "r"]),
        "r#1 is queued, and its workflow is paused: `orch resume r` lets it go on."
    );
}

#[test]
fn a_run_by_hand_says_that_it_has_no_event() {
    let sandbox = with_workflow(
        "m",
        "name: m\non: { metric: { name: cpu, above: 90 } }\nvars: { v: '{{ event.value }}' }\nsteps:\n  - id: a\n    run: echo {{ vars.v }}\n  - id: b\n    run: echo {{ event.value }}\n",
    );
    let shown = sandbox.run(&["run", "m"]);
    assert!(
        shown.contains("a: `vars.v: {{ event.value }}`: `event` has no `value`; known here: `type`"),
        "{shown}"
    );
    assert!(shown.contains("this run was asked for by hand, and no event started it"), "{shown}");
}

#[test]
fn numbers_of_metrics_are_as_they_were_recorded() {
    let sandbox = with_workflow(
        "m",
        "name: m\non: { metric: { name: cpu, above: 90 } }\nsteps:\n  - id: a\n    run: echo {{ event.value }} {{ event.above }} {{ metrics.cpu }}\n",
    );
    sandbox.ok(&["tick"]);
    sandbox.ok(&["metric", "record", "cpu", "95"]);
    sandbox.ok(&["tick"]);
    assert_eq!(sandbox.ok(&["runs", "logs", "m#1"]), "a, attempt 1\n  95 90 95\n");
    let shown = sandbox.run(&["metric", "record", "cpu", "abc"]);
    assert!(shown.contains("write a number, such as `82.5`"), "{shown}");
}

#[test]
fn slips_in_arguments_are_told() {
    let sandbox = with_workflow("m", "name: m\non: manual\nsteps:\n  - run: echo hi\n");
    sandbox.ok(&["tick"]);
    let shown = sandbox.run(&["plan", "-o", "nowhere/x.json"]);
    assert!(shown.contains("failed to write `nowhere/x.json`: there is no such folder"), "{shown}");
    assert!(!sandbox.cwd.join("nowhere").exists());
    let shown = sandbox.run(&["event", "list", "--workflow", "zz"]);
    assert!(shown.contains("workflow `zz` is not declared"), "{shown}");
}

#[test]
fn events_are_documented() {
    let sandbox =
        with_workflow("m", "name: m\non: { metric: { name: cpu, above: 90 } }\nsteps:\n  - run: echo hi\n");
    let table = sandbox.ok(&["explain", "event"]);
    assert!(table.contains("payload") && table.contains("what the file holds"), "{table}");
    assert!(!sandbox.json(&["explain", "event"])["fields"].as_array().unwrap().is_empty());
    let shown = sandbox.ok(&["workflow", "show", "m"]);
    assert!(shown.contains("- `event` holds `metric`, `value`, `above`, `below` and `for`"), "{shown}");
}

#[test]
fn the_automation_template_works_from_the_first_day() {
    let sandbox = Sandbox::repository();
    sandbox.ok(&["init", "automation"]);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "automation"]);
    sandbox.ok(&["tick"]);
    sandbox.write("src/a.txt", "a");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "a source"]);
    // The next night, in any zone.
    sandbox.ok(&["tick", "--now", "2026-01-10T12:00:00Z"]);
    let runs = sandbox.ok(&["runs", "list"]);
    assert!(runs.contains("test-new-commits#1") && runs.contains("nightly-health@"), "{runs}");
    assert!(!runs.contains("failed"), "{runs}");
    let report = sandbox.read("reports/health-2026-01-10.md");
    assert!(report.contains("There was nothing in `data` to back up."), "{report}");
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_project_are_not_shown() {
    let sandbox = with_workflow("ok", "name: ok\non: manual\nsteps:\n  - run: \"true\"\n");
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.yaml"), "hunter2\n").unwrap();
    let link = |to: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(to, sandbox.cwd.join("workflows").join(name)).unwrap();
    };
    link(&outside.path().join("secret.yaml"), "link.yaml");
    link("ok.yaml".as_ref(), "inside.yaml");
    link("gone.yaml".as_ref(), "dangling.yaml");
    std::fs::create_dir(sandbox.cwd.join("workflows/dir.yaml")).unwrap();
    let shown = sandbox.run(&["validate"]);
    assert!(!shown.contains("hunter2"), "{shown}");
    for wanted in [
        "error[ORCH-0013]: `workflows/link.yaml` is a link that leads out of the project",
        "warning[ORCH-0012]: `workflows/dangling.yaml` is not read",
        "warning[ORCH-0012]: `workflows/dir.yaml` is not read",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
    std::fs::remove_file(sandbox.cwd.join("workflows/link.yaml")).unwrap();
    std::fs::remove_file(sandbox.cwd.join("workflows/ok.yaml")).unwrap();
    std::fs::remove_file(sandbox.cwd.join("workflows/inside.yaml")).unwrap();
    std::fs::remove_dir(sandbox.cwd.join("workflows/dir.yaml")).unwrap();
    std::fs::remove_file(sandbox.cwd.join("workflows/dangling.yaml")).unwrap();
    std::fs::remove_dir(sandbox.cwd.join("workflows")).unwrap();
    std::os::unix::fs::symlink(outside.path(), sandbox.cwd.join("workflows")).unwrap();
    let shown = sandbox.run(&["validate"]);
    assert!(shown.contains("`workflows` is a link that leads out of the project"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
