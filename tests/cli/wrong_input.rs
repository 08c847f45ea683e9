//! What people get wrong, and what the world does: always a clear error with what to do about it,
//! and nothing written.

use std::io::Read as _;
use std::process::Stdio;

use super::harness::Sandbox;

/// A team after its first tick, with CONTENT-010 in review by `cultural-consultant`.
fn busy() -> Sandbox {
    let team = Sandbox::team();
    team.ok(&["tick"]);
    team.ok(&["task", "complete", "CONTENT-010", "--as", "content-strategist"]);
    team
}

/// Runs commands that must fail and change nothing; gives what they say.
fn refused(sandbox: &Sandbox, commands: &str) -> String {
    let before = sandbox.git(&["for-each-ref"]);
    let told = sandbox.day(commands);
    assert_eq!(sandbox.git(&["for-each-ref"]), before, "something was written");
    told
}

#[test]
fn names_that_do_not_exist() {
    insta::assert_snapshot!(refused(&busy(), "
        10:00 task start CONTENT-011
        10:00 task start SONG-001
        10:00 task show CONTENT-51
        10:00 task reassign CONTENT-016 --to content-stratgist
        10:00 task add Lost --type content --tier 9
        10:00 task add Lost --type content --depends-on LORE-404
        10:00 review approve REVIEW-099 --as coordinator
        10:00 review approve CONTENT-010/canon --as coordinator
        10:00 review show REVIEW-099
        10:00 agent show lore-keper
        10:00 explain REVIEW-099
        10:00 explain CONTENT-017x
        10:00 explain ORCH-9999
        10:00 start CONTENT-010
        10:00 schema agent
        10:00 init content-tea
    "), @"
    [10:00] $ orch task start CONTENT-011
    --- stderr
    error: task `CONTENT-011` does not exist

    hint: did you mean `CONTENT-010`?
    --- exit 1

    [10:00] $ orch task start SONG-001
    --- stderr
    error: task `SONG-001` does not exist

    hint: `orch task list` shows all tasks
    --- exit 1

    [10:00] $ orch task show CONTENT-51
    --- stderr
    error: task `CONTENT-51` does not exist

    hint: `orch task list` shows all tasks
    --- exit 1

    [10:00] $ orch task reassign CONTENT-016 --to content-stratgist
    --- stderr
    error: agent `content-stratgist` is not declared

    hint: did you mean `content-strategist`?
    --- exit 1

    [10:00] $ orch task add Lost --type content --tier 9
    --- stderr
    error: tier 9 is not declared

    hint: declared in reviews.yaml: `1`, `2`, `3`
    --- exit 1

    [10:00] $ orch task add Lost --type content --depends-on LORE-404
    --- stderr
    error: task `CONTENT-021` cannot depend on `LORE-404`, which does not exist

    hint: add `LORE-404` first, or correct the code
    --- exit 1

    [10:00] $ orch review approve REVIEW-099 --as coordinator
    --- stderr
    error: review `REVIEW-099` does not exist

    hint: `orch review list` shows all pending reviews
    --- exit 1

    [10:00] $ orch review approve CONTENT-010/canon --as coordinator
    --- stderr
    error: review `CONTENT-010/canon` does not exist

    hint: `orch task show CONTENT-010` shows the reviews of the task
    --- exit 1

    [10:00] $ orch review show REVIEW-099
    --- stderr
    error: review `REVIEW-099` does not exist

    hint: `orch review list --all` shows those that do
    --- exit 1

    [10:00] $ orch agent show lore-keper
    --- stderr
    error: agent `lore-keper` is not declared

    hint: did you mean `lore-keeper`?
    --- exit 1

    [10:00] $ orch explain REVIEW-099
    --- stderr
    error: review `REVIEW-099` does not exist

    hint: `orch review list --all` shows those that do
    --- exit 1

    [10:00] $ orch explain CONTENT-017x
    --- stderr
    error: there is no task, review, agent, run, workflow or diagnostic code `CONTENT-017x`

    hint: `orch task list` and `orch agent list` show what there is
    --- exit 1

    [10:00] $ orch explain ORCH-9999
    --- stderr
    error: `ORCH-9999` is not a code of `orch`
    --- exit 1

    [10:00] $ orch start CONTENT-010
    --- stderr
    error: unrecognized subcommand 'start'

      tip: a similar subcommand exists: 'status'

    Usage: orch [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch schema agent
    --- stderr
    error: invalid value 'agent' for '<KIND>': `agent` is not a kind of file (did you mean `agents`?)

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch init content-tea
    --- stderr
    error: there is no template `content-tea`

    hint: did you mean `content-team`? `orch init --list` shows all
    --- exit 1
    ");
}

#[test]
fn steps_that_do_not_fit() {
    let team = busy();
    team.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    team.ok(&["task", "complete", "ASSET-004", "--as", "asset-coordinator"]);
    insta::assert_snapshot!(refused(&team, "
        10:00 task complete ASSET-004 --as asset-coordinator
        10:00 task complete CONTENT-010 --as content-strategist
        10:00 task start LORE-003 --as creative-lead
        10:00 task start CONTENT-016 --as gacha-designer
        10:00 task start CONTENT-015 --as content-strategist
        10:00 task unblock CONTENT-015
        10:00 task unblock LORE-003
        10:00 task cancel ASSET-004
        10:00 task reassign ASSET-004 --to analytics
        10:00 task add Twice --type lore --code LORE-003
        10:00 task edit CONTENT-010
        10:00 task block LORE-003 --reason \" \"
    "), @r#"
    [10:00] $ orch task complete ASSET-004 --as asset-coordinator
    --- stderr
    error: task `ASSET-004` is complete already

    hint: add a new task for further work; `orch task show ASSET-004` tells how it ended
    --- exit 1

    [10:00] $ orch task complete CONTENT-010 --as content-strategist
    --- stderr
    error: task `CONTENT-010` is in review, so it cannot be completed

    hint: it was delivered already and waits for its reviews; `orch explain CONTENT-010` says why
    --- exit 1

    [10:00] $ orch task start LORE-003 --as creative-lead
    --- stderr
    error: task `LORE-003` is in progress, so it cannot be started

    hint: it was started already; deliver it with `orch task complete LORE-003`
    --- exit 1

    [10:00] $ orch task start CONTENT-016 --as gacha-designer
    --- stderr
    error: task `CONTENT-016` is assigned to `community-manager`, not to `gacha-designer`

    hint: to hand it over: `orch task reassign CONTENT-016 --to gacha-designer`
    --- exit 1

    [10:00] $ orch task start CONTENT-015 --as content-strategist
    --- stderr
    error: task `CONTENT-015` is blocked, so it cannot be started

    hint: `orch explain CONTENT-015` says why
    --- exit 1

    [10:00] $ orch task unblock CONTENT-015
    --- stderr
    error: task `CONTENT-015` is blocked, so it cannot be unblocked by hand

    hint: it waits for LORE-003; to drop dependencies: `orch task edit CONTENT-015 --depends-on …`
    --- exit 1

    [10:00] $ orch task unblock LORE-003
    --- stderr
    error: task `LORE-003` is in progress, so it cannot be unblocked by hand

    hint: `orch explain LORE-003` says why
    --- exit 1

    [10:00] $ orch task cancel ASSET-004
    --- stderr
    error: task `ASSET-004` is complete already

    hint: add a new task for further work; `orch task show ASSET-004` tells how it ended
    --- exit 1

    [10:00] $ orch task reassign ASSET-004 --to analytics
    --- stderr
    error: task `ASSET-004` is complete already

    hint: add a new task for further work; `orch task show ASSET-004` tells how it ended
    --- exit 1

    [10:00] $ orch task add Twice --type lore --code LORE-003
    --- stderr
    error: task `LORE-003` exists already

    hint: `orch task show LORE-003` shows it; leave the code out to get the next free one
    --- exit 1

    [10:00] $ orch task edit CONTENT-010
    --- stderr
    error: nothing to change: give at least one field
    --- exit 1

    [10:00] $ orch task block LORE-003 --reason " "
    --- stderr
    error: a hold needs a reason
    --- exit 1
    "#);
}

#[test]
fn reviews_that_may_not_be() {
    let team = busy();
    insta::assert_snapshot!(refused(&team, "
        10:00 review approve REVIEW-001 --as content-strategist
        10:00 review approve REVIEW-001 --as lore-keeper
        10:00 review reject REVIEW-001 --as cultural-consultant
        10:00 review reject REVIEW-001 --as cultural-consultant --notes \" \"
        10:00 review request-changes REVIEW-001 --as cultural-consultant
        10:00 review approve REVIEW-001 --as cultural-consultant --rating 9
        10:00 review approve REVIEW-001 --as cultural-consultant --rating -1
        10:00 review approve REVIEW-001 --as orch
        10:00 review approve CONTENT-010
    "), @r#"
    [10:00] $ orch review approve REVIEW-001 --as content-strategist
    --- stderr
    error: `content-strategist` is the author of task `CONTENT-010` and may not review it

    hint: it waits for `cultural-consultant`
    --- exit 1

    [10:00] $ orch review approve REVIEW-001 --as lore-keeper
    --- stderr
    error: review `REVIEW-001` is for `cultural-consultant`, not for `lore-keeper`

    hint: act `--as cultural-consultant`
    --- exit 1

    [10:00] $ orch review reject REVIEW-001 --as cultural-consultant
    --- stderr
    error: a review that sends task `CONTENT-010` back needs notes

    hint: say what must change: `--notes TEXT`
    --- exit 1

    [10:00] $ orch review reject REVIEW-001 --as cultural-consultant --notes " "
    --- stderr
    error: a review that sends task `CONTENT-010` back needs notes

    hint: say what must change: `--notes TEXT`
    --- exit 1

    [10:00] $ orch review request-changes REVIEW-001 --as cultural-consultant
    --- stderr
    error: a review that sends task `CONTENT-010` back needs notes

    hint: say what must change: `--notes TEXT`
    --- exit 1

    [10:00] $ orch review approve REVIEW-001 --as cultural-consultant --rating 9
    --- stderr
    error: ds_rating 9 is not between 1 and 5
    --- exit 1

    [10:00] $ orch review approve REVIEW-001 --as cultural-consultant --rating -1
    --- stderr
    error: invalid value '-1' for '--rating <RATING>': -1 is not in 0..=255

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch review approve REVIEW-001 --as orch
    --- stderr
    error: `orch` cannot be the name of an actor
    --- exit 1

    [10:00] $ orch review approve CONTENT-010
    --- stderr
    error: invalid value 'CONTENT-010' for '<REVIEW>': `CONTENT-010` is not a review (such as `REVIEW-025`)

    For more information, try '--help'.
    --- exit 2
    "#);
    team.ok(&["review", "approve", "REVIEW-001", "--as", "cultural-consultant"]);
    insta::assert_snapshot!(refused(&team, "
        10:00 review approve REVIEW-001 --as cultural-consultant
        10:00 review approve REVIEW-002 --as coordinator --rating 3
    "), @"
    [10:00] $ orch review approve REVIEW-001 --as cultural-consultant
    --- stderr
    error: review `REVIEW-001` of task `CONTENT-010` is approved already

    hint: `orch task show CONTENT-010` shows all its reviews
    --- exit 1

    [10:00] $ orch review approve REVIEW-002 --as coordinator --rating 3
    --- stderr
    error: a `coordinator` review has no rating
    --- exit 1
    ");
}

#[test]
fn edits_that_may_not_be() {
    let team = busy();
    team.day(
        "
        09:10 task add First --type lore --code LORE-101
        09:11 task add Second --type lore --code LORE-102 --depends-on LORE-101
        09:12 task add Third --type lore --code LORE-103 --depends-on LORE-102
    ",
    );
    insta::assert_snapshot!(refused(&team, "
        10:00 task edit LORE-101 --depends-on LORE-103
        10:00 task edit LORE-101 --depends-on LORE-101
        10:00 task edit CONTENT-010 --title Other --priority P0
        10:00 task edit LORE-101 --title First
        10:00 task edit LORE-101 --tier 7
        10:00 task edit LORE-101 --title \"\"
    "), @r#"
    [10:00] $ orch task edit LORE-101 --depends-on LORE-103
    --- stderr
    error: task `LORE-101` would wait for itself: LORE-101 → LORE-103 → LORE-102 → LORE-101

    hint: leave one of these dependencies out
    --- exit 1

    [10:00] $ orch task edit LORE-101 --depends-on LORE-101
    --- stderr
    error: task `LORE-101` would wait for itself: LORE-101 → LORE-101

    hint: leave one of these dependencies out
    --- exit 1

    [10:00] $ orch task edit CONTENT-010 --title Other --priority P0
    --- stderr
    error: title and priority of task `CONTENT-010` are declared in `tasks/content.yaml`

    hint: change it in `tasks/content.yaml`; the next tick follows
    --- exit 1

    [10:00] $ orch task edit LORE-101 --title First
    --- stderr
    error: task `LORE-101` would not change

    hint: `orch task show LORE-101` shows its fields
    --- exit 1

    [10:00] $ orch task edit LORE-101 --tier 7
    --- stderr
    error: tier 7 is not declared

    hint: declared in reviews.yaml: `1`, `2`, `3`
    --- exit 1

    [10:00] $ orch task edit LORE-101 --title ""
    --- stderr
    error: a task needs a title
    --- exit 1
    "#);
}

#[test]
fn an_agent_that_is_full() {
    let team = busy();
    for title in ["One", "Two"] {
        team.ok(&["task", "add", title, "--type", "content", "--content-type", "novel"]);
    }
    insta::assert_snapshot!(refused(&team, "10:00 task reassign CONTENT-016 --to light-novel-writer"), @"
    [10:00] $ orch task reassign CONTENT-016 --to light-novel-writer
    --- stderr
    error: agent `light-novel-writer` holds 2 of 2 tasks

    hint: `orch agent show light-novel-writer` shows them; raise `max_active` in agents.yaml, or let the task queue
    --- exit 1
    ");
}

#[test]
fn words_that_are_no_options() {
    insta::assert_snapshot!(refused(&busy(), "
        10:00 task list --status done
        10:00 task list --priorty P1
        10:00 task add Song --type so,ng
        10:00 task add Song --type song --priority urgent
        10:00 task add Song --type song --code song1
        10:00 task add Song --type song --deadline tomorrow
        10:00 task add Song --type song --tier 300
        10:00 task add Song
        10:00 plan --format yaml
        10:00 status --format sarif
    "), @"
    [10:00] $ orch task list --status done
    --- stderr
    error: invalid value 'done' for '--status <STATUS>': one of pending, in_progress, blocked, review, complete, cancelled

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task list --priorty P1
    --- stderr
    error: unexpected argument '--priorty' found

      tip: a similar argument exists: '--priority'

    Usage: orch task list --priority <PRIORITY>

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task add Song --type so,ng
    --- stderr
    error: invalid value 'so,ng' for '--type <TYPE>': one word: letters, digits and `. _ / : -`, such as `case_study`

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task add Song --type song --priority urgent
    --- stderr
    error: invalid value 'urgent' for '--priority <PRIORITY>': `urgent` is not a priority (P0, P1, P2 or P3)

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task add Song --type song --code song1
    --- stderr
    error: invalid value 'song1' for '--code <CODE>': `song1` is not a task code (a prefix in capitals, a dash and a number, such as `CONTENT-010`; `REVIEW` is taken)

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task add Song --type song --deadline tomorrow
    --- stderr
    error: invalid value 'tomorrow' for '--deadline <TIME>': `tomorrow` is not a time (RFC 3339 such as `2026-01-09T09:00:00Z` or `2026-01-09T18:00:00+09:00`)

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task add Song --type song --tier 300
    --- stderr
    error: invalid value '300' for '--tier <TIER>': 300 is not in 0..=255

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch task add Song
    --- stderr
    error: the following required arguments were not provided:
      --type <TYPE>

    Usage: orch task add --type <TYPE> --now <TIME> <TITLE>

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch plan --format yaml
    --- stderr
    error: invalid value 'yaml' for '--format <FORMAT>'
      [possible values: text, json, sarif, github]

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch status --format sarif
    --- stderr
    error: only `validate` has the format `sarif`; this command has text and json
    --- exit 2
    ");
    let team = busy();
    insta::assert_snapshot!(team.run(&["tick", "--now", "yesterday"]), @"
    $ orch tick --now yesterday
    --- stderr
    error: invalid value 'yesterday' for '--now <TIME>': `yesterday` is not a time (RFC 3339 such as `2026-01-09T09:00:00Z` or `2026-01-09T18:00:00+09:00`)

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(team.run(&["tick", "--now", "2026-01-09"]), @"
    $ orch tick --now 2026-01-09
    --- stderr
    error: invalid value '2026-01-09' for '--now <TIME>': `2026-01-09` is not a time (RFC 3339 such as `2026-01-09T09:00:00Z` or `2026-01-09T18:00:00+09:00`)

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(team.run(&["status", "-C", "nowhere"]), @"
    $ orch status -C nowhere
    --- stderr
    error: failed to enter `[dir]/nowhere`: no such directory
    --- exit 1
    ");
}

#[test]
fn an_empty_title() {
    insta::assert_snapshot!(refused(&busy(), "
        10:00 task add \" \" --type lore
    "), @r#"
    [10:00] $ orch task add " " --type lore
    --- stderr
    error: a task needs a title
    --- exit 1
    "#);
}

#[test]
fn a_slow_clock_does_not_turn_back_time() {
    let team = busy();
    insta::assert_snapshot!(team.run(&["task", "start", "LORE-003", "--now", "2026-01-01T00:00:00Z"]), @"
    $ orch task start LORE-003 --now 2026-01-01T00:00:00Z
    Tick 3 at 2026-01-09T09:00:00Z: 1 event, committed as [id]
      ~ LORE-003 started by creative-lead — recorded by orch@localhost
    Next change by the clock: 2026-01-09T09:48:00Z (in 48m)
    ");
    team.ok(&["fsck"]);
}

/// The state branch with one file of it replaced, as one more commit.
fn tampered(path: &str, change: impl Fn(&str) -> String) -> Sandbox {
    let team = busy();
    let path = if path.ends_with('/') {
        team.git(&["ls-tree", "-r", "--name-only", "orch/state", path]).lines().last().unwrap().to_owned()
    } else {
        path.to_owned()
    };
    let text = team.git(&["show", &format!("orch/state:{path}")]);
    team.write(".git/tampered", change(&text));
    let blob = team.git(&["hash-object", "-w", ".git/tampered"]);
    let index = team.cwd.join(".git/tampered-index");
    let git = |args: &[&str]| {
        let output = team.command("git").args(args).env("GIT_INDEX_FILE", &index).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["read-tree", "orch/state"]);
    git(&["update-index", "--cacheinfo", &format!("100644,{},{path}", blob.trim())]);
    let tree = git(&["write-tree"]);
    // The same message and parent: as if the tick itself had written it.
    let message = git(&["log", "-1", "--format=%B", "orch/state"]);
    let commit = git(&["commit-tree", &tree, "-p", "orch/state~1", "-m", &message]);
    git(&["update-ref", "refs/heads/orch/state", &commit]);
    team
}

#[test]
fn a_state_of_a_newer_format() {
    let team = tampered("format.json", |text| {
        let changed = text.replacen("\"version\":1", "\"version\":9", 1).replacen(
            "\"version\": 1",
            "\"version\": 9",
            1,
        );
        assert_ne!(changed, text, "{text}");
        changed
    });
    insta::assert_snapshot!(refused(&team, "
        10:00 tick
        10:00 status
        10:00 task start LORE-003 --as creative-lead
        10:00 fsck
    "), @"
    [10:00] $ orch tick
    --- stderr
    error: the state was written by a newer orch (format 9; this is 0.1.0, format 2)

    hint: install the newer orch; nothing was changed
    --- exit 1

    [10:00] $ orch status
    --- stderr
    error: the state was written by a newer orch (format 9; this is 0.1.0, format 2)

    hint: install the newer orch; nothing was changed
    --- exit 1

    [10:00] $ orch task start LORE-003 --as creative-lead
    --- stderr
    error: the state was written by a newer orch (format 9; this is 0.1.0, format 2)

    hint: install the newer orch; nothing was changed
    --- exit 1

    [10:00] $ orch fsck
    --- stderr
    error: the state was written by a newer orch (format 9; this is 0.1.0, format 2)

    hint: install the newer orch; nothing was changed
    --- exit 1
    ");
}

#[test]
fn a_corrupt_segment() {
    let team = tampered("events/", |text| text.replace("task.delivered", "task.delivred"));
    insta::assert_snapshot!(refused(&team, "
        10:00 tick
        10:00 status
        10:00 task start LORE-003 --as creative-lead
        10:00 fsck
        10:00 event list
    "), @"
    [10:00] $ orch tick
    --- stderr
    error: `events/000000002.jsonl` of the state at commit [id] is corrupt in line 2: unknown variant `task.delivred`

    hint: see all that is wrong with `orch fsck`; `git fetch --refetch --no-filter` brings what a clone lacks
    --- exit 1

    [10:00] $ orch status
    --- stderr
    error: `events/000000002.jsonl` of the state at commit [id] is corrupt in line 2: unknown variant `task.delivred`

    hint: see all that is wrong with `orch fsck`; `git fetch --refetch --no-filter` brings what a clone lacks
    --- exit 1

    [10:00] $ orch task start LORE-003 --as creative-lead
    --- stderr
    error: `events/000000002.jsonl` of the state at commit [id] is corrupt in line 2: unknown variant `task.delivred`

    hint: see all that is wrong with `orch fsck`; `git fetch --refetch --no-filter` brings what a clone lacks
    --- exit 1

    [10:00] $ orch fsck
    error: [id]:events/000000002.jsonl:2: the record is not the one that was written here
    error: [id]:events/000000002.jsonl:2: unknown variant `task.delivred`
    2 problems found
    --- exit 1

    [10:00] $ orch event list
    --- stderr
    error: `events/000000002.jsonl` of the state at commit [id] is corrupt in line 2: unknown variant `task.delivred`

    hint: see all that is wrong with `orch fsck`; `git fetch --refetch --no-filter` brings what a clone lacks
    --- exit 1
    ");
}

#[test]
fn a_segment_that_was_forged_is_found() {
    let team = tampered("events/", |text| text.replace("\"content-strategist\"", "\"gacha-designer\""));
    insta::assert_snapshot!(team.day("10:00 fsck"), @"
    [10:00] $ orch fsck
    error: [id]:events/000000002.jsonl:2: the record is not the one that was written here
    error: [id]:events/000000002.jsonl:1: the line is not as orch writes it
    error: [id]:format.json: its seal does not fit the log: events were changed, lost or added
    error: [id]:format.json: it counts the log wrongly
    4 problems found
    --- exit 1
    ");
}

#[test]
fn no_repository_and_no_project() {
    let nowhere = Sandbox::bare();
    insta::assert_snapshot!(nowhere.day("
        10:00 status
        10:00 init content-team
    "), @"
    [10:00] $ orch status
    --- stderr
    error: no `orch.yaml` in `[dir]` or any folder above it

    hint: begin one with `orch init content-team`, or name its folder with `-C DIR`
    --- exit 3

    [10:00] $ orch init content-team
    --- stderr
    error: `[dir]` is not in a git repository

    hint: run `git init`, or go to the project with `-C DIR`
    --- exit 1
    ");
    nowhere.write("orch.yaml", "name: alone\n");
    insta::assert_snapshot!(nowhere.day("
        10:00 validate
        10:00 plan
        10:00 tick
        10:00 status
        10:00 task list
    "), @"
    [10:00] $ orch validate
    alone: 1 file is valid: 0 agents, 0 routes, 0 tiers, 0 objectives, 0 tasks

    [10:00] $ orch plan
    --- stderr
    error: `[dir]` is not in a git repository

    hint: run `git init`, or go to the project with `-C DIR`
    --- exit 1

    [10:00] $ orch tick
    --- stderr
    error: `[dir]` is not in a git repository

    hint: run `git init`, or go to the project with `-C DIR`
    --- exit 1

    [10:00] $ orch status
    --- stderr
    error: `[dir]` is not in a git repository

    hint: run `git init`, or go to the project with `-C DIR`
    --- exit 1

    [10:00] $ orch task list
    --- stderr
    error: `[dir]` is not in a git repository

    hint: run `git init`, or go to the project with `-C DIR`
    --- exit 1
    ");
    let empty = Sandbox::repository();
    insta::assert_snapshot!(empty.day("
        10:00 tick
        10:00 plan --format json
        10:00 init --list
    "), @"
    [10:00] $ orch tick
    --- stderr
    error: no `orch.yaml` in `[dir]` or any folder above it

    hint: begin one with `orch init content-team`, or name its folder with `-C DIR`
    --- exit 3

    [10:00] $ orch plan --format json
    --- stderr
    error: no `orch.yaml` in `[dir]` or any folder above it

    hint: begin one with `orch init content-team`, or name its folder with `-C DIR`
    --- exit 3

    [10:00] $ orch init --list
    content-team   ten AI agents who write, review and publish: routes, three review tiers, SLAs, tasks
    automation     four workflows, one a pattern: on an event, on a schedule, beyond a threshold, as a pipeline
    github-team    agents who develop on GitHub: accounts, branches of their own, SLAs for reviews, builds and deployments
    ai-agents      a writer and a coder who are called when they have work: local models, Claude, GitHub
    blank          one person and nothing else
    ");
}

#[test]
fn an_invalid_configuration_stops_everything_that_needs_it() {
    let team = busy();
    team.edit("routing.yaml", "to: creative-lead", "to: creative-leed");
    let told = refused(
        &team,
        "
        10:00 tick
        10:00 task start LORE-003 --as creative-lead
        10:00 fsck
    ",
    );
    insta::assert_snapshot!(told, @"
    [10:00] $ orch tick
    --- stderr
    error[ORCH-0201]: agent `creative-leed` is not declared
      --> routing.yaml:34:9
       |
    34 |     to: creative-leed
       |         ^^^^^^^^^^^^^
       |
       = help: did you mean `creative-lead`?

    1 error in 1 file
    error: the configuration has 1 error

    hint: nothing was changed; `orch validate` shows the errors again, `orch explain CODE` tells more
    --- exit 1

    [10:00] $ orch task start LORE-003 --as creative-lead
    --- stderr
    error[ORCH-0201]: agent `creative-leed` is not declared
      --> routing.yaml:34:9
       |
    34 |     to: creative-leed
       |         ^^^^^^^^^^^^^
       |
       = help: did you mean `creative-lead`?

    1 error in 1 file
    error: the configuration has 1 error

    hint: nothing was changed; `orch validate` shows the errors again, `orch explain CODE` tells more
    --- exit 1

    [10:00] $ orch fsck
    2 ticks verified: the state follows from its events
    ");
    for command in [&["status"][..], &["plan"], &["apply"], &["task", "list"], &["explain", "LORE-003"]] {
        assert_eq!(team.orch(command).status.code(), Some(1), "{command:?}");
    }
}

#[test]
fn the_state_branch_is_checked_out() {
    let team = busy();
    team.git(&["worktree", "add", "--quiet", "state", "orch/state"]);
    insta::assert_snapshot!(refused(&team, "
        10:00 task start LORE-003 --as creative-lead
        10:00 status --quiet
    ").lines().take(8).collect::<Vec<_>>().join("\n"), @"
    [10:00] $ orch task start LORE-003 --as creative-lead
    --- stderr
    error: branch `orch/state` is checked out in `[dir]/state`

    hint: the state needs no work tree, and changing it would make that one look edited: run `git -C [dir]/state switch` to another branch
    --- exit 1

    [10:00] $ orch status --quiet
    ");
}

#[test]
fn a_rebase_in_the_middle_is_no_obstacle() {
    let team = busy();
    team.write("note.txt", "one\n");
    team.git(&["add", "note.txt"]);
    team.git(&["commit", "--quiet", "-m", "one"]);
    team.git(&["checkout", "--quiet", "-b", "topic", "HEAD~1"]);
    team.write("note.txt", "two\n");
    team.git(&["add", "note.txt"]);
    team.git(&["commit", "--quiet", "-m", "two"]);
    let rebase = team.command("git").args(["rebase", "main"]).output().unwrap();
    assert!(!rebase.status.success() && team.cwd.join(".git/rebase-merge").exists());
    let before = team.git(&["status"]);
    team.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    team.ok(&["fsck"]);
    assert_eq!(team.git(&["status"]), before, "the rebase stays as it was");
}

#[test]
fn a_disk_that_takes_nothing_more() {
    let team = busy();
    let before = team.git(&["for-each-ref"]);
    // No file may grow beyond nothing, which holds for root as well.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let orch = team.orch_command(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    let mut command = team.command("sh");
    command.args(["-c", script, "sh"]).arg(orch.get_program()).args(orch.get_args());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(team.redact(&String::from_utf8_lossy(&output.stderr)), @"
    error: no space left for `[dir]/.git/`: failed to write out file: File too large

    hint: nothing was changed; make room there, and run the command again
    ");
    assert_eq!(team.git(&["for-each-ref"]), before);
    team.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    team.ok(&["fsck"]);
}

#[test]
fn a_repository_without_permission() {
    use std::os::unix::fs::PermissionsExt as _;
    let team = busy();
    let may = |mode: u32| {
        for folder in [".git/objects", ".git/refs/heads/orch", ".git"] {
            std::fs::set_permissions(team.cwd.join(folder), std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    may(0o555);
    let is_root = std::fs::write(team.cwd.join(".git/probe"), "").is_ok();
    let told = team.run(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    may(0o755);
    // Permissions do not hold for root; `a_disk_that_takes_nothing_more` shows the like for all.
    if !is_root {
        assert!(told.contains("--- exit 1") && told.to_lowercase().contains("permission"), "{told}");
        team.ok(&["fsck"]);
    }
}

#[test]
fn a_locked_reference_is_named() {
    let team = busy();
    team.write(".git/refs/heads/orch/state.lock", "");
    insta::assert_snapshot!(refused(&team, "10:00 task start LORE-003 --as creative-lead"), @"
    [10:00] $ orch task start LORE-003 --as creative-lead
    --- stderr
    error: `[dir]/.git/refs/heads/orch/state.lock` stays locked

    hint: another git process holds it, or one died; if none is running, delete `[dir]/.git/refs/heads/orch/state.lock`
    --- exit 1
    ");
    std::fs::remove_file(team.cwd.join(".git/refs/heads/orch/state.lock")).unwrap();
    team.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let team = busy();
    for command in
        [&["task", "list"][..], &["event", "list"], &["schema", "tasks"], &["--help"], &["help", "all"]]
    {
        let mut child =
            team.orch_command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        let status = child.wait().unwrap();
        assert!(status.success() && told.is_empty(), "{command:?}: {status} {told}");
    }
}

#[test]
fn titles_cannot_forge_trailers_or_reach_the_terminal() {
    let team = busy();
    let title = "Nice\n\nOrch-Serial: 99\nOrch-Lineage: mine\n\u{1b}[31mred\u{1b}[0m\u{7}\u{202e}";
    team.ok(&["task", "add", title, "--type", "lore", "--code", "LORE-066"]);
    team.ok(&["task", "block", "LORE-066", "--reason", "x\n\nOrch-Serial: 98\n\u{1b}]0;title\u{7}"]);
    team.ok(&["task", "unblock", "LORE-066", "--as", "eve <eve@example.com>"]);
    let serials =
        team.git(&["log", "--format=%(trailers:key=Orch-Serial,valueonly,separator=%x2C)", "orch/state"]);
    assert_eq!(serials.split_whitespace().collect::<Vec<_>>(), ["5", "4", "3", "2", "1"]);
    for color in ["always", "never"] {
        for command in [
            &["task", "list"][..],
            &["task", "show", "LORE-066"],
            &["explain", "LORE-066"],
            &["event", "list"],
            &["status"],
            &["agent", "show", "creative-lead"],
            &["explain", "creative-lead"],
        ] {
            let shown = team.ok(&[command, &["--color", color]].concat());
            let plain = shown.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "").replace("\u{1b}[2m", "");
            assert!(!plain.contains("\u{1b}[31mred") && !plain.contains("\u{1b}]0"), "{command:?} {shown}");
            assert!(!plain.contains(['\u{7}', '\u{202e}']), "{command:?} {shown}");
            assert!(
                !plain.lines().any(|line| line.trim_start().starts_with("Orch-Serial")),
                "{command:?} {shown}"
            );
        }
    }
    insta::assert_snapshot!(team.run(&["task", "show", "LORE-066"]), @r"
    $ orch task show LORE-066
    LORE-066 Nice Orch-Serial: 99 Orch-Lineage: mine \u{1b}[31mred\u{1b}[0m\u{7}\u{202e}
      status:   pending
      type:     lore, P2
      agent:    creative-lead
      author:   creative-lead
      created:  2026-01-09T09:00:00Z (now)

    Last events
      ID   TIME                  ACTOR                  EVENT
      3.0  2026-01-09T09:00:00Z  orch@localhost         + LORE-066 created: Nice Orch-Serial: 99 Orch-Lineage: mine \u{1b}[31mred\u{1b}[0m\u{7}\u{202e} (lore, P2)
      3.1  2026-01-09T09:00:00Z  orch                   > LORE-066 assigned to creative-lead — route lore (routing.yaml:32)
      4.0  2026-01-09T09:00:00Z  orch@localhost         ~ LORE-066 put on hold: x Orch-Serial: 98 \u{1b}]0;title\u{7}
      5.0  2026-01-09T09:00:00Z  eve <eve@example.com>  ~ LORE-066 released from its hold
      5.1  2026-01-09T09:00:00Z  orch                   ~ LORE-066 unblocked — nothing holds it any more
      5.2  2026-01-09T09:00:00Z  orch                   > LORE-066 assigned to creative-lead — had it before
    ");
    let exported = team.ok(&["export"]);
    let line = exported.lines().find(|line| line.contains("LORE-066")).unwrap();
    let task: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(task["title"], title, "data keeps what was written");
    team.ok(&["fsck"]);
    insta::assert_snapshot!(refused(&team, "
        10:00 task start \"LORE-066\u{1b}[31m\"
        10:00 explain \"x\u{1b}[31m\"
        10:00 task start LORE-003 --as \"a\u{1b}[31m\"
        10:00 tick --requests \"no\u{1b}[31mfile\"
    "), @r#"
    [10:00] $ orch task start LORE-066[31m
    --- stderr
    error: invalid value 'LORE-066' for '<TASK>': `LORE-066` is not a task code (a prefix in capitals, a dash and a number, such as `CONTENT-010`; `REVIEW` is taken)

    For more information, try '--help'.
    --- exit 2

    [10:00] $ orch explain x[31m
    --- stderr
    error: there is no task, review, agent, run, workflow or diagnostic code `x\u{1b}[31m`

    hint: `orch task list` and `orch agent list` show what there is
    --- exit 1

    [10:00] $ orch task start LORE-003 --as a[31m
    --- stderr
    error: `a\u{1b}[31m` cannot be the name of an actor
    --- exit 1

    [10:00] $ orch tick --requests no[31mfile
    --- stderr
    error: failed to read `no\u{1b}[31mfile`
    Caused by: No such file or directory (os error 2)

    hint: look at the path: it is read from where you run `orch`, or from what `-C` names
    --- exit 1
    "#);
}

#[test]
fn lines_that_cannot_be_imported_are_all_named() {
    let team = busy();
    team.write("syntax.jsonl", concat!(
        "{\"code\":\"SONG-001\",\"title\":\"One\",\"type\":\"song\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "\n",
        "{\"code\":\"SONG-002\",\"title\":\"Two\"\n",
        "{\"code\":\"song\",\"title\":\"Three\",\"type\":\"song\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"SONG-004\",\"title\":\"Four\",\"type\":\"song\",\"status\":\"done\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"SONG-005\",\"title\":\"Five\",\"type\":\"song\",\"status\":\"pending\",\"created_at\":\"yesterday\"}\n",
        "{\"code\":\"SONG-006\",\"titel\":\"Six\",\"type\":\"song\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
    ));
    team.write("meaning.jsonl", concat!(
        "{\"code\":\"SONG-001\",\"title\":\"One\",\"type\":\"song\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"SONG-1\",\"title\":\"One again\",\"type\":\"song\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"LORE-003\",\"title\":\"Known\",\"type\":\"lore\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"SONG-002\",\"title\":\"Two\",\"type\":\"song\",\"status\":\"in_progress\",\"agent\":\"singer\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"SONG-003\",\"title\":\"Three\",\"type\":\"song\",\"status\":\"review\",\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
        "{\"code\":\"SONG-004\",\"title\":\"Four\",\"type\":\"song\",\"status\":\"pending\",\"depends_on\":[\"SONG-404\"],\"created_at\":\"2026-01-09T00:00:00Z\"}\n",
    ));
    insta::assert_snapshot!(refused(&team, "
        10:00 import syntax.jsonl
        10:00 import meaning.jsonl
        10:00 import nowhere.jsonl
    "), @"
    [10:00] $ orch import syntax.jsonl
    --- stderr
    error: syntax.jsonl:3:32: not a JSON document: EOF while parsing an object
    syntax.jsonl:4:14: `song` is not a task code (a prefix in capitals, a dash and a number, such as `CONTENT-010`; `REVIEW` is taken)
    syntax.jsonl:5:63: unknown variant `done`, expected one of `pending`, `in_progress`, `blocked`, `review`, `complete`, `cancelled`
    syntax.jsonl:6:91: `yesterday` is not a time (RFC 3339 such as `2026-01-09T09:00:00Z` or `2026-01-09T18:00:00+09:00`)
    syntax.jsonl:7:26: unknown field `titel`, expected one of `code`, `title`, `type`, `content_type`, `description`, `status`, `priority`, `tier`, `agent`, `author`, `labels`, `depends_on`, `created_at`, `started_at`, `delivered_at`, `completed_at`, `deadline`, `output`, `hold`, `reviews`

    hint: nothing was taken in; correct these lines and run the command again
    --- exit 1

    [10:00] $ orch import meaning.jsonl
    --- stderr
    error: meaning.jsonl:2:1: task `SONG-1` exists already
    meaning.jsonl:3:1: task `LORE-003` exists already
    meaning.jsonl:4:1: agent `singer` is not declared
    meaning.jsonl:5:1: task `SONG-003` is in review without an agent
    meaning.jsonl:6:1: task `SONG-004` cannot depend on `SONG-404`, which does not exist

    hint: nothing was taken in; correct these lines and run the command again
    --- exit 1

    [10:00] $ orch import nowhere.jsonl
    --- stderr
    error: failed to read `nowhere.jsonl`
    Caused by: No such file or directory (os error 2)

    hint: look at the path: it is read from where you run `orch`, or from what `-C` names
    --- exit 1
    ");
}

#[test]
fn what_is_exported_can_be_imported() {
    let team = busy();
    team.day(
        "
        09:30 review reject REVIEW-001 --as cultural-consultant --rating 2 --notes \"Not her voice.\"
        09:40 task complete CONTENT-010 --as content-strategist --output outputs/again.md
        09:50 task block LORE-003 --reason \"waiting for the author\"
        09:55 task complete ASSET-004 --as asset-coordinator
        09:56 task cancel REPORT-007 --reason superseded
    ",
    );
    let exported = team.ok(&["export", "--all"]);
    let other = Sandbox::team();
    std::fs::remove_dir_all(other.cwd.join("tasks")).unwrap();
    other.write("tasks.jsonl", &exported);
    insta::assert_snapshot!(other.day("10:00 import tasks.jsonl"), @"
    [10:00] $ orch import tasks.jsonl
    Tick 1 at 2026-01-09T10:00:00Z: 11 events, committed as [id]
      + state created for project infinite-idol
      ~ configuration [id] taken up
      + ASSET-004 imported, complete: Key visual of the summer festival (asset/visual, P1) — by orch@localhost
      + CONTENT-010 imported, in review: Create Ika personality tweet #6 (content/tweet, P2, tier 2) — by orch@localhost
      + CONTENT-015 imported, blocked: Thread on the Senpai mystery (content/thread, P1, tier 1) — by orch@localhost
      + CONTENT-016 imported, pending: Watch party: reminder on Discord (content/discord, P2, tier 3) — by orch@localhost
      + CONTENT-017 imported, pending: Copy of the summer festival banner (content/banner, P1, tier 2) — by orch@localhost
      + CONTENT-020 imported, blocked: Light novel, chapter 4: the empty stage (content/chapter, P3) — by orch@localhost
      + LORE-003 imported, blocked: Senpai mystery lore drop (lore, P1) — by orch@localhost
      + REPORT-007 imported, cancelled: Engagement of the five Ika tweets (analytics, P3) — by orch@localhost
      + RESEARCH-002 imported, pending: What summer festivals mean to readers abroad (research, P3) — by orch@localhost
    Next change by the clock: 2026-01-09T10:28:00Z (in 28m)
    ");
    // A second project gives its reviews numbers of its own, and its tasks come from no file.
    let comparable = |text: &str| -> Vec<serde_json::Value> {
        text.lines()
            .map(|line| {
                let mut task: serde_json::Value = serde_json::from_str(line).unwrap();
                task["source"].take();
                for review in task["reviews"].as_array_mut().unwrap() {
                    review["id"].take();
                }
                task
            })
            .collect()
    };
    assert_eq!(comparable(&exported), comparable(&other.ok(&["export", "--all"])));
    other.ok(&["fsck"]);
    insta::assert_snapshot!(refused(&other, "10:05 import tasks.jsonl"), @"
    [10:05] $ orch import tasks.jsonl
    --- stderr
    error: tasks.jsonl:1:1: task `ASSET-004` exists already
    tasks.jsonl:2:1: task `CONTENT-010` exists already
    tasks.jsonl:3:1: task `CONTENT-015` exists already
    tasks.jsonl:4:1: task `CONTENT-016` exists already
    tasks.jsonl:5:1: task `CONTENT-017` exists already
    tasks.jsonl:6:1: task `CONTENT-020` exists already
    tasks.jsonl:7:1: task `LORE-003` exists already
    tasks.jsonl:8:1: task `REPORT-007` exists already
    tasks.jsonl:9:1: task `RESEARCH-002` exists already

    hint: nothing was taken in; correct these lines and run the command again
    --- exit 1
    ");
}

#[test]
fn a_refused_line_of_the_inbox_is_named() {
    let team = busy();
    team.write(
        "inbox.jsonl",
        concat!(
            "{\"do\":\"start\",\"as\":\"creative-lead\",\"task\":\"LORE-003\"}\n",
            "\n",
            "{\"do\":\"complete\",\"as\":\"content-strategist\",\"task\":\"CONTENT-010\"}\n",
            "{\"do\":\"start\",\"as\":\"analytics\",\"task\":\"REPORT-007\"}\n",
        ),
    );
    team.write("broken.jsonl", "{\"do\":\"start\"}\n{\"do\":\"dance\",\"task\":\"LORE-003\"}\nnothing\n");
    insta::assert_snapshot!(refused(&team, "
        10:00 tick --requests inbox.jsonl
        10:00 tick --requests broken.jsonl
        10:00 tick --requests none.jsonl
    "), @"
    [10:00] $ orch tick --requests inbox.jsonl
    --- stderr
    error: inbox.jsonl:3: `content-strategist` cannot complete CONTENT-010; nothing was done
    Caused by: task `CONTENT-010` is in review, so it cannot be completed

    hint: it was delivered already and waits for its reviews; `orch explain CONTENT-010` says why
    --- exit 1

    [10:00] $ orch tick --requests broken.jsonl
    --- stderr
    error: broken.jsonl:2:13: unknown variant `dance`, expected one of `add`, `start`, `complete`, `block`, `unblock`, `cancel`, `reassign`, `edit`, `claim`, `release`, `approve`, `reject`, `request-changes`
    broken.jsonl:3:2: not a JSON document: expected ident

    hint: nothing was taken in; correct these lines and run the command again
    --- exit 1

    [10:00] $ orch tick --requests none.jsonl
    --- stderr
    error: failed to read `none.jsonl`
    Caused by: No such file or directory (os error 2)

    hint: look at the path: it is read from where you run `orch`, or from what `-C` names
    --- exit 1
    ");
    team.write("inbox.jsonl", "{\"do\":\"start\",\"as\":\"creative-lead\",\"task\":\"LORE-003\"}\n{\"do\":\"complete\",\"as\":\"creative-lead\",\"task\":\"LORE-003\"}\n");
    insta::assert_snapshot!(team.day("10:00 tick --requests inbox.jsonl"), @"
    [10:00] $ orch tick --requests inbox.jsonl
    Tick 3 at 2026-01-09T10:00:00Z: 9 events, committed as [id]
      ~ LORE-003 started by creative-lead
      ~ LORE-003 delivered by creative-lead
      = LORE-003 complete — needs no review
      ~ CONTENT-015 no longer waits for LORE-003 — LORE-003 is complete
      ~ CONTENT-020 no longer waits for LORE-003 — LORE-003 is complete
      ~ CONTENT-015 unblocked — nothing holds it any more
      ! REVIEW-001 of CONTENT-010 exceeded cultural-review-established (limit 1h) (sla.yaml:38)
      ! REVIEW-001 of CONTENT-010 escalated to coordinator (level 1 of cultural-review-established) (sla.yaml:45)
      > CONTENT-015 assigned to content-strategist — route tweets (routing.yaml:12)
    Next change by the clock: 2026-01-09T10:30:00Z (in 30m)
    ");
}
