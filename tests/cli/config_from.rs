//! The configuration of a commit that is not checked out: what decides in a job for a pull request.

use super::harness::Sandbox;

const ROLES: &str = "roles:\n  - name: lead\n    members: [tess@example.com]\n    may: [pause, run, admin]\n";
const WORKFLOW: &str = "name: X\non: manual\nsteps:\n  - run: echo base > out.txt\n";

/// `main` lets Tess alone pause; on the branch that is checked out, Mallory gave herself every right.
fn with_pull_request() -> Sandbox {
    let project = Sandbox::repository();
    project.write("orch.yaml", "name: demo\n");
    project.write("roles.yaml", ROLES);
    project.write("workflows/x.yaml", WORKFLOW);
    project.git(&["add", "-A"]);
    project.git(&["commit", "--quiet", "-m", "base"]);
    project.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    project.git(&["checkout", "--quiet", "-b", "evil"]);
    project.edit("roles.yaml", "[tess@example.com]", "[mallory, tess@example.com]");
    project.edit("workflows/x.yaml", "echo base", "echo evil");
    project.git(&["commit", "--quiet", "-am", "mine"]);
    project
}

#[test]
fn the_rules_of_a_named_commit_count() {
    let project = with_pull_request();
    let refused = project.run(&["pause", "x", "--as", "mallory", "--config-from", "main"]);
    assert!(refused.contains("`mallory` may not pause"), "{refused}");
    for name in ["main", "origin/main", &project.tip("main"), &project.tip("main")[..8]] {
        let paused =
            project.run(&["pause", "x", "--as", "tess@example.com", "--config-from", name, "--dry-run"]);
        assert!(!paused.contains("--- exit"), "{name}: {paused}");
    }
    assert_eq!(project.tip("orch/state"), "", "nothing was written");
    // What runs is the step as it stands in that commit.
    project.ok(&["run", "x", "--as", "tess@example.com", "--config-from", "main"]);
    assert_eq!(project.read("out.txt"), "base\n");
    let shown = project.ok(&["workflow", "show", "x", "--config-from", "evil"]);
    assert!(shown.contains("echo evil"), "{shown}");
}

#[test]
fn a_job_for_a_pull_request_goes_by_the_rules_of_its_base() {
    let project = with_pull_request();
    let job = |event: &str, base: &str, args: &[&str]| {
        let mut command = project.orch_command(args);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", event).env("GITHUB_BASE_REF", base);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let pause = ["pause", "x", "--as", "mallory"];
    for event in ["pull_request", "pull_request_target", "pull_request_review"] {
        let (code, said) = job(event, "main", &pause);
        assert_eq!(code, Some(1), "{event}: {said}");
        assert!(said.contains("the configuration of `origin/main` counts"), "{event}: {said}");
        assert!(said.contains("`mallory` may not pause"), "{event}: {said}");
    }
    // Looking is about what the pull request brings.
    let (code, said) = job("pull_request", "main", &["validate"]);
    assert!(code == Some(0) && !said.contains("origin/main"), "{said}");
    // A base that the clone does not know decides nothing, and neither does the pull request.
    let (code, said) = job("pull_request", "release", &pause);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("there is no commit `origin/release` in this clone"), "{said}");
    assert!(said.contains("git fetch --depth=1 origin release:refs/remotes/origin/release"), "{said}");
    let (code, said) = job("schedule", "", &pause);
    assert_eq!(code, Some(0), "the work tree is what was checked out: {said}");
}

#[test]
fn what_is_wrong_with_a_commit_is_told_as_of_files() {
    let project = with_pull_request();
    for name in ["nowhere", "main~1", "main@{1}", "HEAD:orch.yaml", ":/base", "--upload-pack=x"] {
        let arg = format!("--config-from={name}");
        let said = project.run(&["tick", &arg]);
        assert!(said.contains(&format!("there is no commit `{name}` in this clone")), "{said}");
        assert!(said.contains("--- exit 1"), "{said}");
    }
    let said = project.run(&["tick", "--config-from="]);
    assert!(said.contains("it is empty and names no commit") && said.contains("--- exit 1"), "{said}");
    project.write("workflows/x.yaml", "name: X\non: manual\nsteps:\n  - rum: a\n");
    project.git(&["commit", "--quiet", "-am", "broken"]);
    project.git(&["checkout", "--quiet", "main"]);
    let said = project.run(&["tick", "--config-from", "evil"]);
    assert!(said.contains("workflows/x.yaml:4:5"), "{said}");
    project.ok(&["tick"]);
    project.git(&["rm", "--quiet", "orch.yaml"]);
    project.git(&["commit", "--quiet", "-m", "no project"]);
    let said = project.run(&["tick", "--config-from", "main"]);
    assert!(said.contains("--- exit 3"), "{said}");
}

#[test]
fn links_in_a_commit_are_followed_inside_it_alone() {
    let project = Sandbox::repository();
    project.write("orch.yaml", "name: demo\n");
    project.write("shared/x.yaml", WORKFLOW);
    std::os::unix::fs::symlink("shared", project.cwd.join("workflows")).unwrap();
    std::os::unix::fs::symlink("../outside.yaml", project.cwd.join("roles.yaml")).unwrap();
    std::os::unix::fs::symlink("agents.yaml", project.cwd.join("agents.yaml")).unwrap();
    project.git(&["add", "-A"]);
    project.git(&["commit", "--quiet", "-m", "links"]);
    let said = project.run(&["validate", "--config-from", "main"]);
    for file in ["roles.yaml", "agents.yaml"] {
        assert!(said.contains(&format!("`{file}` is not read")), "{said}");
    }
    assert!(project.ok(&["workflow", "list", "--config-from", "main"]).contains('x'));
}

#[test]
fn a_bare_repository_ticks_by_a_branch_of_its_own() {
    let project = with_pull_request();
    let bare = project.cwd.join("bare.git");
    project.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let bare = bare.to_str().unwrap();
    let said = project.run(&["-C", bare, "tick", "--config-from", "main"]);
    assert!(!said.contains("exit"), "{said}");
    let state = project.git(&["-C", bare, "rev-list", "--count", "orch/state"]);
    assert_eq!(state.trim(), "1");
}
