//! Plans: the same to the byte, done exactly or refused, and nothing left to plan afterwards.

use super::harness::Sandbox;

/// A folder in which nothing may change.
fn unchanged(sandbox: &Sandbox, act: impl FnOnce()) {
    let before =
        (sandbox.tip("orch/state"), sandbox.git(&["for-each-ref"]), sandbox.git(&["status", "--porcelain"]));
    act();
    let after =
        (sandbox.tip("orch/state"), sandbox.git(&["for-each-ref"]), sandbox.git(&["status", "--porcelain"]));
    assert_eq!(before, after, "something was changed");
}

fn number_of_ticks(sandbox: &Sandbox) -> String {
    sandbox.git(&["rev-list", "--count", "orch/state"]).trim().to_owned()
}

/// A team whose first plan is saved in `plan.json`, outside of git's sight.
fn planned() -> Sandbox {
    let team = Sandbox::team();
    team.write(".git/info/exclude", "*.json\n");
    team.ok(&["tick"]);
    team.edit("agents.yaml", "max_active: 2\n", "max_active: 3\n");
    team.ok(&["plan", "-o", "plan.json"]);
    team
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let team = Sandbox::team();
    for format in ["text", "json"] {
        let plan = || team.ok(&["plan", "--all", "--format", format]);
        assert_eq!(plan(), plan());
    }
    team.ok(&["tick"]);
    team.edit("agents.yaml", "max_active: 5", "max_active: 6");
    for format in ["text", "json"] {
        let plan = || team.ok(&["plan", "--all", "--format", format, "--now", "2026-01-13T09:00:00Z"]);
        let first = plan();
        assert!(first.contains("p1-completion"), "something is due: {first}");
        assert_eq!(first, plan());
    }
    // Where the project lies changes nothing either, as long as it has no state of its own yet.
    let other = Sandbox::team();
    assert_eq!(other.ok(&["plan", "--all"]), Sandbox::team().ok(&["plan", "--all"]));
}

#[test]
fn planning_changes_nothing() {
    let team = Sandbox::team();
    unchanged(&team, || {
        team.ok(&["plan"]);
        team.ok(&["apply", "--dry-run"]);
        team.ok(&["tick", "--dry-run"]);
        team.ok(&["task", "add", "x", "--type", "lore", "--dry-run"]);
    });
    assert_eq!(team.tip("orch/state"), "");
}

#[test]
fn nothing_is_left_to_plan_after_applying() {
    let team = Sandbox::team();
    assert_eq!(team.orch(&["plan", "--exit-code"]).status.code(), Some(10));
    team.ok(&["apply"]);
    insta::assert_snapshot!(team.run(&["plan", "--exit-code"]), @"
    $ orch plan --exit-code
    Plan for infinite-idol: configuration [id], state 1 ([id]), clock 2026-01-09T09:00:00Z

    Nothing to do: the state is as the configuration and the clock want it.
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d6h)
    ");
    insta::assert_snapshot!(team.run(&["apply"]), @"
    $ orch apply
    Nothing to do at 2026-01-09T09:00:00Z.
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d6h)
    ");
    assert_eq!(number_of_ticks(&team), "1");
}

#[test]
fn a_saved_plan_is_done_exactly() {
    let team = Sandbox::team();
    team.write(".git/info/exclude", "*.json\n");
    let saved = team.ok(&["plan", "-o", "plan.json", "--format", "json"]);
    assert_eq!(saved, team.read("plan.json"), "the file holds what `--format json` shows");
    insta::assert_snapshot!(team.run(&["apply", "plan.json", "--now", "2026-01-09T10:00:00Z"]), @"
    $ orch apply plan.json --now 2026-01-09T10:00:00Z
    Tick 1 at 2026-01-09T09:00:00Z: 20 events, committed as [id]
      + state created for project infinite-idol
      ~ configuration [id] taken up
      + CONTENT-010 created: Create Ika personality tweet #6 (content/tweet, P2, tier 2) (tasks/content.yaml:13)
      + CONTENT-015 created: Thread on the Senpai mystery (content/thread, P1, tier 1) (tasks/content.yaml:22)
      + CONTENT-016 created: Watch party: reminder on Discord (content/discord, P2, tier 3) (tasks/content.yaml:32)
      + CONTENT-017 created: Copy of the summer festival banner (content/banner, P1, tier 2) (tasks/content.yaml:40)
      + CONTENT-020 created: Light novel, chapter 4: the empty stage (content/chapter, P3) (tasks/content.yaml:49)
      + LORE-003 created: Senpai mystery lore drop (lore, P1) (tasks/groundwork.yaml:7)
      + ASSET-004 created: Key visual of the summer festival (asset/visual, P1) (tasks/groundwork.yaml:13)
      + RESEARCH-002 created: What summer festivals mean to readers abroad (research, P3) (tasks/groundwork.yaml:20)
      + REPORT-007 created: Engagement of the five Ika tweets (analytics, P3) (tasks/groundwork.yaml:26)
      ~ CONTENT-015 blocked, waits for LORE-003
      ~ CONTENT-017 blocked, waits for ASSET-004
      ~ CONTENT-020 blocked, waits for LORE-003 and CONTENT-015
      > ASSET-004 assigned to asset-coordinator — route assets (routing.yaml:28)
      > LORE-003 assigned to creative-lead — route lore (routing.yaml:32)
      > CONTENT-010 assigned to content-strategist — route tweets (routing.yaml:12)
      > CONTENT-016 assigned to community-manager — route community (routing.yaml:16)
      > REPORT-007 assigned to analytics — route reports (routing.yaml:36)
      > RESEARCH-002 assigned to cultural-consultant — route research (routing.yaml:41)
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d6h)
    ");
    // What the log holds now is what the plan said, at the time that the plan was made for.
    let planned: serde_json::Value = serde_json::from_str(&saved).unwrap();
    let planned = planned["events"].as_array().unwrap().iter();
    let planned: Vec<_> = planned
        .map(|event| (event["fact"].as_object().unwrap().keys().next().unwrap().clone(), event["at"].clone()))
        .collect();
    let logged = team.json(&["event", "list", "--limit", "0"]);
    let logged = logged["events"].as_array().unwrap().iter();
    let logged: Vec<_> =
        logged.map(|event| (event["type"].as_str().unwrap().to_owned(), event["at"].clone())).collect();
    assert_eq!(planned, logged);
    insta::assert_snapshot!(team.run(&["apply", "plan.json"]), @"
    $ orch apply plan.json
    --- stderr
    error: the plan is stale:
      - the state went from tick 0 to tick 1
         tick 1: tick: state created, 9 tasks created, 6 assigned, 3 blocked

    hint: nothing was changed; make a new plan with `orch plan`
    --- exit 20
    ");
    insta::assert_snapshot!(team.run(&["fsck"]), @"
    $ orch fsck
    1 tick verified: the state follows from its events
    ");
}

#[test]
fn a_plan_is_stale_when_the_state_moved() {
    let team = planned();
    team.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    unchanged(&team, || {
        insta::assert_snapshot!(team.run(&["apply", "plan.json"]), @"
        $ orch apply plan.json
        --- stderr
        error: the plan is stale:
          - the state went from tick 1 to tick 2
             tick 2: LORE-003: started by creative-lead

        hint: nothing was changed; make a new plan with `orch plan`
        --- exit 20
        ");
        insta::assert_snapshot!(team.run(&["plan", "--show", "plan.json"]), @"
        $ orch plan --show plan.json
        Plan for infinite-idol: configuration [id], state 1 ([id]), clock 2026-01-09T09:00:00Z

        Configuration
          ~ configuration changed from [id] to [id]

        + made   ~ changed   > handed to somebody   = done   - withdrawn   ! needs attention
        Plan: a new configuration to take up.
        Next change by the clock: 2026-01-11T15:00:00Z (in 2d6h)
        It can no longer be applied. To make a new one: orch plan
        --- stderr
        warning: the plan is stale:
          - the state went from tick 1 to tick 2
             tick 2: LORE-003: started by creative-lead
        ");
    });
}

#[test]
fn a_plan_is_stale_when_files_changed() {
    let team = planned();
    team.edit("routing.yaml", "name: lore\n", "name: legends\n");
    std::fs::remove_file(team.cwd.join("tasks/groundwork.yaml")).unwrap();
    team.write("tasks/later.yaml", "tasks:\n  - { code: LORE-003, title: Lore, type: lore }\n");
    unchanged(&team, || {
        insta::assert_snapshot!(team.run(&["apply", "plan.json"]), @"
    $ orch apply plan.json
    --- stderr
    error: the plan is stale:
      - `routing.yaml` changed
      - `tasks/later.yaml` is new
      - `tasks/groundwork.yaml` is gone

    hint: nothing was changed; make a new plan with `orch plan`
    --- exit 20
    ");
    });
}

#[test]
fn a_plan_is_stale_when_the_clock_passed_something() {
    let team = planned();
    unchanged(&team, || {
        let later = team.run(&["apply", "plan.json", "--now", "2026-01-12T09:00:00Z"]);
        insta::assert_snapshot!(later, @"
        $ orch apply plan.json --now 2026-01-12T09:00:00Z
        --- stderr
        error: the plan is stale:
          - at 2026-01-11T15:00:00Z something fell due that it does not hold

        hint: nothing was changed; make a new plan with `orch plan`
        --- exit 20
        ");
        let earlier = team.run(&["apply", "plan.json", "--now", "2026-01-08T09:00:00Z"]);
        insta::assert_snapshot!(earlier, @"
        $ orch apply plan.json --now 2026-01-08T09:00:00Z
        --- stderr
        error: the plan is stale:
          - it was made at 2026-01-09T09:00:00Z, and the clock says 2026-01-08T09:00:00Z

        hint: nothing was changed; make a new plan with `orch plan`
        --- exit 20
        ");
    });
    let soon = team.run(&["apply", "plan.json", "--now", "2026-01-09T12:00:00Z"]);
    insta::assert_snapshot!(soon, @"
    $ orch apply plan.json --now 2026-01-09T12:00:00Z
    Tick 2 at 2026-01-09T09:00:00Z: 1 event, committed as [id]
      ~ configuration changed from [id] to [id]
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d6h)
    ");
}

#[test]
fn a_plan_is_shown_as_it_was_made() {
    let team = planned();
    let made = team.ok(&["plan"]);
    let shown = team.ok(&["plan", "--show", "plan.json", "--now", "2026-01-09T10:00:00Z"]);
    assert_eq!(
        made.replace("orch apply", "orch apply plan.json").replace("To do this", "To do exactly this"),
        shown
    );
    let stale = team.orch(&["plan", "--show", "plan.json", "--exit-code", "--now", "2026-02-09T10:00:00Z"]);
    assert_eq!(stale.status.code(), Some(10));
}

#[test]
fn files_that_are_no_plan_are_refused() {
    let team = planned();
    let plan = team.read("plan.json");
    team.write("cut.json", &plan[..plan.len() / 2]);
    team.write("newer.json", plan.replacen("\"format_version\": 1", "\"format_version\": 7", 1));
    team.write("other.json", "{\"tasks\": []}");
    team.write("empty.json", "");
    team.write("binary.json", [0xff, 0xfe, 0x00]);
    unchanged(&team, || {
        for command in [&["apply"][..], &["plan", "--show"]] {
            for file in ["cut.json", "newer.json", "other.json", "empty.json", "binary.json", "none.json"] {
                let output = team.orch(&[command, &[file]].concat());
                assert_eq!(output.status.code(), Some(1), "{command:?} {file}");
            }
        }
        insta::assert_snapshot!(team.run(&["apply", "cut.json"]), @"
        $ orch apply cut.json
        --- stderr
        error: failed to read `cut.json`
        Caused by: not a saved plan: EOF while parsing a string at line 16, column 8

        hint: make a new one: `orch plan -o FILE`
        --- exit 1
        ");
        insta::assert_snapshot!(team.run(&["apply", "newer.json"]), @"
        $ orch apply newer.json
        --- stderr
        error: failed to read `newer.json`
        Caused by: the plan has format version 7, and this `orch` reads version 1

        hint: use the `orch` that made it, or make a new plan: `orch plan -o FILE`
        --- exit 1
        ");
        insta::assert_snapshot!(team.run(&["apply", "other.json"]), @"
        $ orch apply other.json
        --- stderr
        error: failed to read `other.json`
        Caused by: not a saved plan: missing field `format_version` at line 1, column 13

        hint: make a new one: `orch plan -o FILE`
        --- exit 1
        ");
        insta::assert_snapshot!(team.run(&["apply", "empty.json"]), @"
        $ orch apply empty.json
        --- stderr
        error: failed to read `empty.json`
        Caused by: not a saved plan: EOF while parsing a value at line 1, column 0

        hint: make a new one: `orch plan -o FILE`
        --- exit 1
        ");
        insta::assert_snapshot!(team.run(&["apply", "binary.json"]), @"
        $ orch apply binary.json
        --- stderr
        error: failed to read `binary.json`
        Caused by: stream did not contain valid UTF-8
        --- exit 1
        ");
        insta::assert_snapshot!(team.run(&["apply", "none.json"]), @"
        $ orch apply none.json
        --- stderr
        error: failed to read `none.json`
        Caused by: No such file or directory (os error 2)

        hint: look at the path: it is read from where you run `orch`, or from what `-C` names
        --- exit 1
        ");
    });
}

#[test]
fn a_plan_that_was_tampered_with_does_not_corrupt_the_state() {
    let team = Sandbox::team();
    team.write(".git/info/exclude", "*.json\n");
    team.ok(&["tick"]);
    team.ok(&["plan", "-o", "plan.json", "--now", "2026-01-13T09:00:00Z"]);
    let mut plan: serde_json::Value = serde_json::from_str(&team.read("plan.json")).unwrap();
    let event = plan["events"][0].clone();
    let text = event.to_string().replace("ASSET-004", "ASSET-444").replace("CONTENT-015", "CONTENT-555");
    plan["events"][0] = serde_json::from_str(&text).unwrap();
    team.write("plan.json", plan.to_string());
    unchanged(&team, || {
        insta::assert_snapshot!(team.run(&["apply", "plan.json", "--now", "2026-01-13T09:00:00Z"]), @"
        $ orch apply plan.json --now 2026-01-13T09:00:00Z
        --- stderr
        error: the plan does not fit the state that it names
        Caused by: `sla.exceeded` is about task `ASSET-444`, which does not exist
        --- exit 1
        ");
    });
    team.ok(&["fsck"]);
}

#[test]
fn an_apply_that_would_write_where_nothing_can_be_written_says_so() {
    let team = Sandbox::team();
    team.write("file", "");
    insta::assert_snapshot!(team.run(&["plan", "-o", "file/plan.json"]), @"
    $ orch plan -o file/plan.json
    --- stderr
    error: failed to write `file/plan.json`: there is no such folder
    --- exit 1
    ");
}
