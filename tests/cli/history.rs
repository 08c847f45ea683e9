//! The history: derived again, told, taken back, and held.

use super::harness::Sandbox;

const FAILS: &str = "
name: X
on: manual
steps:
  - id: a
    run: echo count=2 >> \"$ORCH_OUTPUT\"
  - id: b
    needs: [a]
    run: exit 3
    retry: 1
on_failure:
  - id: tell
    task.create: { title: look at it, type: content }
";

/// A team with a run that was carried out in rounds, and two tasks by hand.
fn busy() -> Sandbox {
    let team = Sandbox::team();
    team.write("workflows/x.yaml", FAILS);
    team.ok(&["tick"]);
    assert_eq!(team.orch(&["run", "x"]).status.code(), Some(11));
    for title in ["One", "Two"] {
        team.ok(&["task", "add", title, "--type", "content", "--content-type", "tweet"]);
    }
    team
}

fn stderr(team: &Sandbox, args: &[&str]) -> (Option<i32>, String) {
    let output = team.orch(args);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_a_team_and_its_workflows_did_is_derived_again() {
    let team = busy();
    let said = team.ok(&["verify"]);
    assert!(said.contains("every decision follows from what was recorded before it"), "{said}");
    let since = team.json(&["verify", "--since", "3"]);
    let serial = since["serial"].as_u64().unwrap();
    assert_eq!((since["first_serial"].as_u64(), since["commits"].as_u64()), (Some(3), Some(serial - 2)));
    let (code, text) = stderr(&team, &["verify", "--since", "fedcba9"]);
    assert!(code == Some(1) && text.contains("does not hold that commit"), "{text}");
}

#[test]
fn a_decision_that_does_not_follow_is_named() {
    let team = busy();
    // Somebody gives the last task to somebody else, in the log, by hand.
    let tip = team.tip("orch/state");
    let files = team.git(&["ls-tree", "-r", "--name-only", &tip, "events/"]);
    let path = files.lines().last().unwrap();
    let segment = team.git(&["show", &format!("{tip}:{path}")]);
    let forged = segment.replace("\"agent\":\"content-strategist\"", "\"agent\":\"coordinator\"");
    assert_ne!(segment, forged);
    team.write("forged", forged);
    let blob = team.git(&["hash-object", "-w", "forged"]);
    let git = |args: &[&str]| {
        let output = team.command("git").args(args).env("GIT_INDEX_FILE", "forged.index").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["read-tree", &tip]);
    git(&["update-index", "--cacheinfo", &format!("100644,{},{path}", blob.trim())]);
    let tree = git(&["write-tree"]);
    let message = git(&["log", "-1", "--format=%B", &tip]);
    let commit = git(&["commit-tree", &tree, "-p", &format!("{tip}^"), "-m", &message]);
    git(&["update-ref", "refs/heads/orch/state", &commit]);
    let output = team.orch(&["verify"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let first = said.lines().next().unwrap();
    assert!(first.starts_with(&format!("error: {}:{path}:3: ", &commit[..10])), "{said}");
}

#[test]
fn the_log_tells_the_latest_first() {
    let team = busy();
    let log = team.ok(&["log"]);
    let place = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text}: {log}"));
    assert!(place("Two (content/tweet") < place("One (content/tweet"));
    assert!(place("One (content/tweet") < place("state created for project"));
    let one = team.json(&["log", "--task", "CONTENT-022"]);
    assert_eq!(one["ticks"].as_array().unwrap().len(), 1);
    assert_eq!(team.json(&["log", "--limit", "2"])["ticks"].as_array().unwrap().len(), 2);
    let runs = team.ok(&["log", "--workflow", "x", "--limit", "0"]);
    assert!(runs.contains("x#1") && !runs.contains("CONTENT-022"), "{runs}");
}

#[test]
fn a_rollback_holds_until_it_is_released_and_gives_no_code_twice() {
    let team = busy();
    let before = team.ok(&["task", "list", "--format", "json"]);
    let (code, said) = stderr(&team, &["rollback", "1", "--reason", "the run was wrong"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("x#1 b: failed") && said.contains("not undone"), "{said}");
    let tip = team.tip("orch/state");
    for command in [&["tick"][..], &["plan"], &["status"]] {
        let (code, said) = stderr(&team, command);
        assert_eq!(code, Some(0), "{command:?}");
        assert!(said.contains("held since") && said.contains("the run was wrong"), "{command:?}: {said}");
    }
    let add = ["task", "add", "Three", "--type", "content", "--content-type", "tweet"];
    let (code, said) = stderr(&team, &add);
    assert!(code == Some(1) && said.contains("`orch resume`"), "{said}");
    assert_eq!(team.tip("orch/state"), tip, "nothing is decided");
    team.ok(&["resume"]);
    let list = team.ok(&["task", "list", "--format", "json"]);
    assert!(before.contains("CONTENT-023") && !list.contains("CONTENT-023"), "{list}");
    assert!(team.ok(&add).contains("CONTENT-024"));
    for command in ["fsck", "verify"] {
        team.ok(&[command]);
    }
    assert!(team.ok(&["log"]).contains("rolled back to tick 1"));
}

#[test]
fn only_administrators_roll_back() {
    let team = busy();
    let roles = "roles:
  - name: lead
    members: [tess@example.com]
    may: [edit, claim, review, run, approve, pause]
  - name: owner
    members: [olga@example.com]
    may: [admin]
";
    team.write("roles.yaml", roles);
    let tip = team.tip("orch/state");
    let (code, said) = stderr(&team, &["rollback", "1", "--as", "tess@example.com"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("`tess@example.com` may not") && said.contains("roles that may: owner"), "{said}");
    assert_eq!(team.tip("orch/state"), tip);
    team.ok(&["rollback", "1", "--as", "olga@example.com"]);
    let log = team.ok(&["log", "--limit", "1"]);
    assert!(log.contains("olga@example.com") && log.contains("(role owner, roles.yaml:5)"), "{log}");
    for command in ["fsck", "verify"] {
        team.ok(&[command]);
    }
}

#[test]
fn a_revert_with_git_is_honoured() {
    let team = busy();
    let good = team.git(&["rev-parse", "orch/state~1"]).trim().to_owned();
    team.git(&["worktree", "add", "--quiet", "state", "orch/state"]);
    team.git(&["-C", "state", "revert", "--no-edit", "HEAD"]);
    team.git(&["worktree", "remove", "--force", "state"]);
    let tip = team.tip("orch/state");
    for command in [&["tick"][..], &["plan"], &["task", "add", "Three", "--type", "content"]] {
        let (code, said) = stderr(&team, command);
        assert_eq!(code, Some(1), "{command:?}");
        assert!(said.contains("was not made by orch") && said.contains(&good[..10]), "{said}");
    }
    assert_eq!(team.tip("orch/state"), tip);
    team.ok(&["rollback", &good]);
    assert_eq!(team.git(&["rev-parse", "orch/state~1"]).trim(), tip, "on top of the revert");
    team.ok(&["resume"]);
    for command in ["fsck", "verify"] {
        team.ok(&[command]);
    }
    assert!(team.ok(&["log"]).contains("not by orch"));
}

#[test]
fn who_acts_is_whom_git_would_name() {
    let project = Sandbox::repository();
    project.write("orch.yaml", "name: x\n");
    project.ok(&["tick"]);
    let author = |variables: &[(&str, &str)], value: &str| {
        let mut command = project.orch_command(&["metric", "record", "load", value]);
        command.envs(variables.iter().copied());
        assert!(command.status().unwrap().success());
        project.git(&["log", "-1", "--format=%cn <%ce>", "orch/state"]).trim().to_owned()
    };
    assert_eq!(author(&[], "1"), "orch <orch@localhost>");
    project.write("global", "[user]\n  name = Ika\n  email = ika@example.com\n");
    let global = project.cwd.join("global");
    let told = ("GIT_CONFIG_GLOBAL", global.to_str().unwrap());
    assert_eq!(author(&[told], "2"), "Ika <ika@example.com>");
    project.git(&["config", "user.email", "here@example.com"]);
    assert_eq!(author(&[told], "3"), "Ika <here@example.com>");
    assert_eq!(author(&[told, ("GIT_COMMITTER_EMAIL", "env@example.com")], "4"), "Ika <env@example.com>");
}

#[test]
fn ticks_that_there_are_not_are_told_from_those_that_are_gone() {
    let project = Sandbox::repository();
    project.write("orch.yaml", "name: x\n");
    project.ok(&["tick"]);
    for (args, says) in [
        (&["rollback", "2030-01-01"][..], "tick 1 is the newest one; there is nothing to go back"),
        (&["rollback", "7"], "there is no tick 7; the newest is 1"),
        (&["rollback", "0"], "there is no tick 0; the newest is 1"),
        (&["verify", "--since", "9"], "there is no tick 9; the newest is 1"),
        (
            &["verify", "--since", "2030-01-01"],
            "there is no tick since 2030-01-01T00:00:00Z; the newest is of 2026-01-09",
        ),
        (&["verify", "--since", "abcdef"], "the history of the state does not hold that commit"),
        (&["resume"], "all workflows together are not paused"),
        (&["tick", "--recover", "nosuch"], "failed to read `nosuch`"),
    ] {
        let said = project.run(args);
        assert!(said.contains(says) && said.contains("hint: "), "{args:?}: {said}");
    }
    assert_eq!(project.git(&["rev-list", "--count", "orch/state"]).trim(), "1");
}
