//! The history is cut, and the state goes on at another branch: in one clone, and among many.

use std::collections::BTreeMap;
use std::process::Output;

use super::concurrency::{Remote, project};
use super::harness::Sandbox;

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn add(title: &str) -> Vec<&str> {
    vec!["task", "add", title, "--type", "lore"]
}

/// The branches of the state, as they are named.
fn branches(team: &Sandbox) -> String {
    let all = team.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/orch"]);
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_compaction_from_the_command_line() {
    let team = project();
    team.ok(&["tick"]);
    team.ok(&add("One"));
    insta::assert_snapshot!(team.day(
        r#"
        09:10 compact
        09:10 compact --min-ticks 2 --dry-run
        09:11 compact --min-ticks 2
        09:12 compact --min-ticks 2
        09:13 log
        09:14 task add "Two" --type lore
        09:15 fsck
        09:15 verify
        "#
    ), @"
    [09:10] $ orch compact
    nothing to compact: 2 ticks on the branch, and `--min-ticks` is 1000

    [09:10] $ orch compact --min-ticks 2 --dry-run
    would compact: 2 ticks stay on `orch/state`, the state goes on at `orch/state-2`

    [09:11] $ orch compact --min-ticks 2
    compacted: 2 ticks stay on `orch/state` ([id]); the state goes on at `orch/state-2` ([id])

    [09:12] $ orch compact --min-ticks 2
    nothing to compact: 0 ticks on the branch, and `--min-ticks` is 2

    [09:13] $ orch log
    tick 3 · 2026-01-09T09:11:00Z · [id] · orch@localhost
      ~ state compacted: goes on at branch orch/state-2, from orch/state — by orch@localhost

    tick 2 · 2026-01-09T09:00:00Z · [id] · orch@localhost
      + LORE-001 created: One (lore, P2) — by orch@localhost
      > LORE-001 assigned to creative-lead — route lore (routing.yaml:32)

    tick 1 · 2026-01-09T09:00:00Z · [id] · orch
      + state created for project infinite-idol
      ~ configuration [id] taken up

    [09:14] $ orch task add Two --type lore
    Tick 4 at 2026-01-09T09:14:00Z: 2 events, committed as [id]
      + LORE-002 created: Two (lore, P2) — by orch@localhost
      > LORE-002 assigned to creative-lead — route lore (routing.yaml:32)
    Nothing changes by the clock alone.

    [09:15] $ orch fsck
    4 ticks verified: the state follows from its events

    [09:15] $ orch verify
    5 commits verified: every decision follows from what was recorded before it
    ");
    assert_eq!(branches(&team), "orch/state orch/state-2");
    // Twice, and the name follows on.
    let done = team.json(&["compact", "--min-ticks", "1"]);
    assert_eq!((done["from"].as_str(), done["to"].as_str()), (Some("orch/state-2"), Some("orch/state-3")));
    assert_eq!(done["last"].as_str(), Some(team.tip("orch/state-2").as_str()));
    assert_eq!(done["first"].as_str(), Some(team.tip("orch/state-3").as_str()));
    team.ok(&add("Three"));
    for command in ["fsck", "verify"] {
        team.ok(&[command]);
    }
    // Who knows the first format only refuses all of these.
    for branch in ["orch/state", "orch/state-2", "orch/state-3"] {
        let format = team.git(&["show", &format!("{branch}:format.json")]);
        assert!(format.contains(r#""version":2"#), "{branch}: {format}");
    }
    // Any of the branches is a way in.
    team.edit("orch.yaml", "state_branch: orch/state", "state_branch: orch/state-2");
    assert!(team.ok(&["task", "list"]).contains("Three"));
}

#[test]
fn what_was_before_is_there_after() {
    let team = project();
    for title in ["One", "Two", "Three"] {
        team.ok(&add(title));
    }
    team.ok(&["task", "cancel", "LORE-001"]);
    let before = team.json(&["log", "--limit", "0"]);
    let tip = team.tip("orch/state");
    team.ok(&["compact", "--min-ticks", "1"]);
    // What is finished has left with the last tick, and is found.
    let files = team.git(&["ls-tree", "-r", "--name-only", "orch/state-2"]);
    team.ok(&add("Four"));
    assert!(!team.git(&["ls-tree", "-r", "--name-only", "orch/state-2"]).contains("retired/"), "{files}");
    assert!(team.ok(&["task", "show", "LORE-001"]).contains("One"));
    assert!(team.ok(&["explain", "LORE-001"]).contains("cancelled"));
    assert_eq!(team.ok(&["export", "--all"]).lines().count(), 4);
    let after = team.json(&["log", "--limit", "0"]);
    let (before, after) = (before["ticks"].as_array().unwrap(), after["ticks"].as_array().unwrap());
    assert_eq!(after[2..], before[..], "and the tick that says so");
    assert!(team.ok(&["log", "--limit", "2"]).contains("compacted: goes on at branch orch/state-2"));
    // Back over the cut, and on.
    team.ok(&["rollback", &tip]);
    let (code, words) = told(&team.orch(&["compact", "--min-ticks", "1"]));
    assert!(code == Some(1) && words.contains("the state is held"), "{words}");
    team.ok(&["resume"]);
    assert!(!team.ok(&["task", "list"]).contains("Four"));
    assert!(team.ok(&["task", "show", "LORE-001"]).contains("One"));
    team.ok(&add("Five"));
    team.ok(&["compact", "--min-ticks", "1"]);
    for args in [&["fsck"][..], &["verify"], &["verify", "--since", "3"], &["doctor", "--max-age", "9d"]] {
        team.ok(args);
    }
}

#[test]
fn only_administrators_compact_and_branches_of_others_are_left_alone() {
    let team = project();
    let roles = "roles:
  - name: lead
    members: [tess@example.com]
    may: [edit, claim, review, run, approve, pause]
  - name: owner
    members: [olga@example.com]
    may: [admin]
";
    team.write("roles.yaml", roles);
    team.ok(&["tick"]);
    let compact = ["compact", "--min-ticks", "1", "--as"];
    let (code, words) = told(&team.orch(&[&compact[..], &["tess@example.com"]].concat()));
    assert!(code == Some(1) && words.contains("roles that may: owner"), "{words}");
    assert_eq!(branches(&team), "orch/state");
    // Somebody has such a branch already.
    team.git(&["branch", "orch/state-2", "main"]);
    let said = team.ok(&[&compact[..], &["olga@example.com"]].concat());
    assert!(said.contains("`orch/state-3`"), "{said}");
    assert_eq!(team.tip("orch/state-2"), team.tip("main"));
    team.ok(&["fsck"]);
    // And one who takes the place of the next one is asked to leave it.
    team.git(&["branch", "-M", "orch/state-2", "orch/state-3"]);
    for command in [&["tick"][..], &["status"]] {
        let (code, words) = told(&team.orch(command));
        assert!(code == Some(1) && words.contains("git branch -m orch/state-3"), "{words}");
    }
}

#[test]
fn clones_follow_and_no_tick_is_lost() {
    let remote = Remote::of(project(), 3);
    for (clone, title) in [(0, "One"), (1, "Two"), (2, "Three")] {
        remote.at(clone, &[&add(title)[..], &["--push"]].concat());
    }
    // A tick that the remote does not have yet, in a clone that does not know of the cut.
    remote.at(2, &add("Alone"));
    let at = |clone: usize, args: &[&str]| {
        told(&remote.sandbox.orch_command(args).current_dir(&remote.clones[clone]).output().unwrap())
    };
    let (code, words) = at(0, &["compact", "--min-ticks", "1"]);
    assert!(code == Some(1) && words.contains("orch compact --push"), "{words}");
    let said = remote.at(0, &["compact", "--min-ticks", "1", "--push"]);
    assert!(said.contains("the state goes on at `orch/state-2`"), "{said}");
    let said = remote.at(1, &["compact", "--min-ticks", "1", "--push"]);
    assert!(said.contains("nothing to compact: 0 ticks"), "{said}");
    let (code, words) = at(2, &["compact", "--min-ticks", "1", "--push"]);
    assert!(code == Some(1) && words.contains("orch tick --push"), "{words}");
    let closed = remote.git(&["rev-parse", "orch/state"]);
    for (clone, title) in [(1, "Four"), (2, "Five"), (0, "Six")] {
        remote.at(clone, &[&add(title)[..], &["--push"]].concat());
    }
    assert_eq!(remote.git(&["rev-parse", "orch/state"]), closed, "nothing comes after the last tick");
    for branch in ["orch/state", "orch/state-2"] {
        remote.assert_forward(branch);
    }
    for clone in 0..3 {
        remote.at(clone, &["tick", "--push"]);
        let list = remote.at(clone, &["task", "list"]);
        for title in ["One", "Two", "Three", "Alone", "Four", "Five", "Six"] {
            assert!(list.contains(title), "{title} in {clone}: {list}");
        }
        for command in ["fsck", "verify"] {
            remote.at(clone, &[command]);
        }
    }
}

#[test]
fn a_clone_without_the_history_says_where_it_is() {
    let remote = Remote::of(project(), 1);
    remote.at(0, &["task", "add", "One", "--type", "lore", "--push"]);
    remote.at(0, &["task", "cancel", "LORE-001", "--push"]);
    remote.at(0, &["compact", "--min-ticks", "1", "--push"]);
    remote.at(0, &["task", "add", "Two", "--type", "lore", "--push"]);
    // A job that checks out what it needs and no more goes on from there.
    let url = remote.server.url("team.git");
    let shallow = remote.sandbox.cwd.join("shallow");
    remote.sandbox.git(&["clone", "--quiet", "--depth=1", "--branch=main", &url, shallow.to_str().unwrap()]);
    let at = |dir: &std::path::Path, args: &[&str]| {
        let output = remote.sandbox.orch_command(args).current_dir(dir).output().unwrap();
        let text = [&output.stdout[..], &output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    for args in [&["task", "add", "Three", "--type", "lore", "--push"][..], &["fsck"], &["verify"]] {
        assert_eq!(at(&shallow, args).0, Some(0), "{args:?}: {}", at(&shallow, args).1);
    }
    let (_, said) = at(&shallow, &["log"]);
    assert!(said.contains("is shallow") && said.contains("git fetch --unshallow"), "{said}");
    assert_eq!(at(&shallow, &["compact", "--min-ticks", "1", "--push"]).0, Some(0));
    remote.at(0, &["task", "add", "Four", "--type", "lore", "--push"]);

    // One that has the first branch only is told that it goes on.
    let clone = |name: &str| {
        let dir = remote.sandbox.cwd.join(name);
        remote.sandbox.git(&[
            "clone",
            "--quiet",
            "--branch=main",
            "--single-branch",
            &url,
            dir.to_str().unwrap(),
        ]);
        dir
    };
    let git = |dir: &std::path::Path, args: &[&str]| {
        remote.sandbox.git(&[&["-C", dir.to_str().unwrap()], args].concat());
    };
    let old = clone("old");
    git(&old, &["fetch", "--quiet", "origin", "orch/state:orch/state"]);
    let (code, said) = at(&old, &["task", "list"]);
    assert!(code == Some(0) && said.contains("git fetch origin orch/state-2:orch/state-2"), "{said}");

    // One that begins with the last branch knows where the rest is.
    let new = clone("new");
    let yaml = std::fs::read_to_string(new.join("orch.yaml")).unwrap();
    let yaml = yaml.replace("state_branch: orch/state", "state_branch: orch/state-3");
    std::fs::write(new.join("orch.yaml"), yaml).unwrap();
    git(&new, &["fetch", "--quiet", "origin", "orch/state-3:orch/state-3"]);
    for args in [&["log"][..], &["verify"], &["fsck"], &["task", "show", "LORE-001"], &["export", "--all"]] {
        let (_, said) = at(&new, args);
        assert!(
            args == ["fsck"] || said.contains("git fetch origin orch/state-2:orch/state-2"),
            "{args:?}: {said}"
        );
    }
    assert_eq!(at(&new, &["fsck"]).0, Some(0));
    for branch in ["orch/state-2:orch/state-2", "orch/state:orch/state"] {
        git(&new, &["fetch", "--quiet", "origin", branch]);
    }
    let (code, said) = at(&new, &["task", "show", "LORE-001"]);
    assert!(code == Some(0) && said.contains("One"), "{said}");
    let (_, said) = at(&new, &["verify"]);
    assert!(said.contains("every decision follows") && !said.contains("note:"), "{said}");
}

#[test]
fn clones_tick_while_others_compact() {
    let remote = Remote::of(project(), 4);
    remote.at(0, &["tick", "--push"]);
    let each = 6;
    let done = super::concurrency::all(4, |clone| {
        let mut titles = Vec::new();
        for number in 0..each {
            let title = format!("c{clone}n{number}.");
            for _ in 0..50 {
                let args = if clone == 0 {
                    vec!["compact", "--min-ticks", "1", "--push"]
                } else {
                    [&add(&title)[..], &["--push"]].concat()
                };
                let output =
                    remote.sandbox.orch_command(&args).current_dir(&remote.clones[clone]).output().unwrap();
                let (code, words) = told(&output);
                if code == Some(0) {
                    titles.extend((clone != 0).then_some(title));
                    break;
                }
                let may_be = ["others are writing too", "the state moved while it was being compacted"];
                assert!(may_be.iter().any(|text| words.contains(text)), "{args:?}: {words}");
            }
        }
        titles
    });
    assert_eq!(done.len(), 3 * each);
    let names = remote.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/orch"]);
    assert!(names.lines().count() > 1, "it was compacted: {names}");
    names.lines().for_each(|branch| remote.assert_forward(branch));
    for clone in 0..4 {
        remote.at(clone, &["tick", "--push"]);
        let list = remote.at(clone, &["task", "list"]);
        assert!(done.iter().all(|title| list.contains(title)), "{list}");
        remote.at(clone, &["fsck"]);
    }
    remote.at(0, &["verify"]);
}

/// The places that a compaction passes, and how often.
fn passes(stderr: &str) -> BTreeMap<&str, u32> {
    let mut passes = BTreeMap::new();
    for point in stderr.lines().filter_map(|line| line.strip_prefix("passed ")) {
        *passes.entry(point).or_default() += 1;
    }
    passes
}

#[test]
fn killed_between_any_two_steps_it_goes_on() {
    let remote = Remote::of(project(), 2);
    remote.at(0, &["tick", "--push"]);
    let compact = ["compact", "--min-ticks", "1", "--push"];
    let run = |fault: &str| {
        let mut command = remote.sandbox.orch_command(&compact);
        command.current_dir(&remote.clones[0]).env("ORCH_FAULT", fault).output().unwrap()
    };
    let clean = run("trace");
    assert!(clean.status.success());
    let words = String::from_utf8_lossy(&clean.stderr).into_owned();
    let visible = ["repo.swap", "transport.push"];
    let mut places: Vec<(String, u32)> = Vec::new();
    for (point, count) in passes(&words) {
        if visible.iter().any(|call| point.starts_with(call)) {
            places.extend((1..=count).map(|pass| (point.to_owned(), pass)));
        }
    }
    assert!(places.len() >= 8, "{places:?}");
    let mut acknowledged = Vec::new();
    for (number, (point, pass)) in places.iter().enumerate() {
        let title = format!("t{number}.");
        remote.at(1, &[&add(&title)[..], &["--push"]].concat());
        acknowledged.push(title);
        run(&format!("{point}:{pass}:kill"));
        // Whoever comes next goes on, the other clone or the same one.
        let title = format!("u{number}.");
        remote.at(number % 2, &[&add(&title)[..], &["--push"]].concat());
        acknowledged.push(title);
        remote.at(0, &compact);
        let said = remote.at(0, &compact);
        assert!(said.contains("nothing to compact: 0 ticks"), "{point}:{pass}: {said}");
    }
    let names = remote.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/orch"]);
    names.lines().for_each(|branch| remote.assert_forward(branch));
    for clone in 0..2 {
        remote.at(clone, &["tick", "--push"]);
        let tasks = remote.at(clone, &["task", "list"]);
        let lost: Vec<_> = acknowledged.iter().filter(|title| !tasks.contains(title.as_str())).collect();
        assert!(lost.is_empty(), "{lost:?}");
        remote.at(clone, &["fsck"]);
    }
}

#[test]
fn a_fresh_shallow_clone_ticks_however_far_the_state_went_on() {
    for (compactions, ticks) in [(1, 1), (1, 5), (2, 0), (2, 3)] {
        let remote = Remote::of(project(), 1);
        let add = |title: &str| remote.at(0, &["task", "add", title, "--type", "lore", "--push"]);
        add("First");
        for number in 0..compactions {
            remote.at(0, &["compact", "--min-ticks", "1", "--push"]);
            (0..ticks).for_each(|tick| drop(add(&format!("Task {number} {tick}"))));
        }
        let url = remote.server.url("team.git");
        let shallow = remote.sandbox.cwd.join(format!("shallow-{compactions}-{ticks}"));
        let path = shallow.to_str().unwrap();
        remote.sandbox.git(&["clone", "--quiet", "--depth=1", "--branch=main", &url, path]);
        for args in [&["tick", "--push"][..], &["task", "add", "Mine", "--type", "lore", "--push"], &["fsck"]]
        {
            let output = remote.sandbox.orch_command(args).current_dir(&shallow).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{compactions} {ticks} {args:?}: {said}");
        }
        remote.at(0, &["tick", "--push"]);
        assert!(remote.at(0, &["task", "list"]).contains("Mine"), "{compactions} {ticks}");
    }
}
