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
