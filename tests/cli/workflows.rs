//! Workflows from the command line: run, look, approve, pause, document; what is shown and what is refused.

use super::harness::Sandbox;

const CLEAN: &str = r#"
name: Clean old logs
description: Deletes log files that nobody reads any more.
on:
  - schedule: { cron: "0 2 * * *", timezone: Asia/Tokyo }
  - metric: { name: disk_used_percent, above: 80, for: 15m }
  - manual
inputs:
  days: { type: number, default: 30, description: How old a file must be }
owner: ops
saves: 15
criticality: high
permissions: { write: ["logs/**"] }
steps:
  - id: look
    name: Count them
    run: |
      echo looking for {{ inputs.days }} days
      echo count=2 >> "$ORCH_OUTPUT"
  - id: clean
    needs: [look]
    files.delete: { in: logs, match: "**/*.log" }
  - id: report
    needs: [clean]
    if: inputs.days > 7
    notify: { channel: console, text: "Removed {{ steps.look.outputs.count }} files" }
on_failure:
  - id: tell
    notify: { channel: console, text: "it failed: {{ failure.message }}" }
"#;

const DEPLOY: &str = r"
name: Deploy
on: manual
approval: { roles: [lead], purpose: Ship the new version, risk: The shop is down for a minute, expires: 2d }
saves: 60
steps:
  - id: build
    run: echo building
    rollback: { run: echo built nothing }
  - id: ship
    run: |
      echo shipping
      exit 3
    retry: 1
    needs: [build]
";

const ROLES: &str = "
roles:
  - name: ops
    members: [orch@localhost]
    may: [run, pause]
  - name: lead
    members: [lena@example.com]
    may: [approve, run, pause]
";

/// A project with two workflows, in which nothing has happened.
fn project() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.ok(&["init", "blank"]);
    sandbox.write("workflows/clean-logs.yaml", CLEAN);
    sandbox.write("workflows/deploy.yaml", DEPLOY);
    sandbox.write("roles.yaml", ROLES);
    sandbox.write("logs/a.log", "a\n");
    sandbox.write("logs/old/b.log", "bb\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox
}

/// Without what differs from machine to machine: lengths of time, and in how many commits a tick came.
pub(crate) fn calm(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(calm_word).collect();
        let line = words.join(" ");
        let line = match line.strip_prefix("Tick ").and_then(|rest| rest.split_once(" at ")) {
            Some((_, rest)) => format!("Tick N at {rest}"),
            None => line,
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// `1.2s` becomes `N.Ns`.
fn calm_word(word: &str) -> String {
    let tail = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = tail.strip_prefix('.').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    match digits {
        Some(rest) if tail.len() < word.len() && (rest == "s" || rest == "s:") => format!("N.N{rest}"),
        _ => word.to_owned(),
    }
}

fn shown(sandbox: &Sandbox, args: &[&str]) -> String {
    calm(&sandbox.run(args))
}

fn day(sandbox: &Sandbox, lines: &str) -> String {
    calm(&sandbox.day(lines))
}

#[test]
fn a_run_by_hand_is_done_at_once_and_told() {
    let project = project();
    insta::assert_snapshot!(shown(&project, &["run", "clean-logs", "--input", "days=7"]), @"
    $ orch run clean-logs --input days=7
    Tick N at 2026-01-09T09:00:00Z: 13 events, committed as [id]
      + state created for project my-team
      ~ configuration [id] taken up
      = clean-logs#1 succeeded: 3 steps
      + clean-logs watches from now on: schedule 0 2 * * * Asia/Tokyo — declared (workflows/clean-logs.yaml:5)
      + clean-logs watches from now on: metric disk_used_percent above 80 for 15m — declared (workflows/clean-logs.yaml:6)
    Next change by the clock: 2026-01-09T17:00:00Z (in 8h)
    clean-logs#1 succeeded.
    --- stderr
    run clean-logs#1
      ~ look: run `echo looking for '7' days` and 1 more line
        look │ looking for 7 days
      = look succeeded in N.Ns
      ~ clean: files.delete in: logs, match: **/*.log
      = clean succeeded in N.Ns
    ");
    assert!(!project.cwd.join("logs/a.log").exists() && !project.cwd.join("logs/old/b.log").exists());
    insta::assert_snapshot!(shown(&project, &["runs", "show", "clean-logs#1"]), @r#"
    $ orch runs show clean-logs#1
    clean-logs#1 Clean old logs
      status:    succeeded
      workflow:  clean-logs
      made:      2026-01-09T09:00:00Z (now), asked for by orch@localhost with days=7
      trigger:   manual
      started:   2026-01-09T09:00:00Z (now)
      ended:     2026-01-09T09:00:00Z (now)
      took:      0s

    Steps
         STEP    STATUS     TRIES  TOOK  EXIT  WHAT
      =  look    succeeded  1      N.Ns  0     run `echo looking for {{ inputs.days }} days …`
      =  clean   succeeded  1      N.Ns  -     files.delete in: logs, match: **/*.log
      -  report  skipped    -      -     -     notify channel: console, text: Removed {{ steps.look.outputs.count }} files

    Outputs
      look.count        2
      clean.count       2
      clean.bytes       5
      clean.files       ["logs/a.log","logs/old/b.log"]
      clean.more        0
      clean.left_alone  []
      clean.left_count  0

    Nothing changes any more. To do it again: orch runs retry clean-logs#1
    "#);
    insta::assert_snapshot!(shown(&project, &["runs", "logs", "clean-logs#1", "--step", "look"]), @"
    $ orch runs logs clean-logs#1 --step look
    look, attempt 1
      looking for 7 days
    ");
    let log = project.log("%s");
    assert_eq!(log.lines().last(), Some("run clean-logs#1 succeeded: 3 steps"), "{log}");
}

#[test]
fn what_a_plan_would_do_is_shown_file_by_file_and_done_so() {
    let project = project();
    project.ok(&["tick"]);
    project.ok(&["pause", "clean-logs"]);
    project.ok(&["run", "clean-logs"]);
    project.ok(&["resume", "clean-logs"]);
    let plan = project.json(&["plan"]);
    let effect = &plan["effects"][0];
    assert_eq!(effect["step"], "look");
    assert_eq!(
        effect["command"]["argv"].as_array().unwrap().last().unwrap().as_str().unwrap().lines().next(),
        Some("echo looking for '30' days")
    );
    insta::assert_snapshot!(shown(&project, &["plan", "-o", "night.plan"]), @r#"
    $ orch plan -o night.plan
    Plan for my-team: configuration [id], state 4 ([id]), clock 2026-01-09T09:00:00Z

    To be done
      run clean-logs#1
        * look: run `echo looking for '30' days` and 1 more line (workflows/clean-logs.yaml:15)
            echo looking for '30' days
            echo count=2 >> "$ORCH_OUTPUT"
        then: clean, report

    + made   ~ changed   > handed to somebody   = done   - withdrawn   ! needs attention
    Plan: 1 step to do.
    1 step is due now: the next tick carries it out.
    To do exactly this: orch apply night.plan
    "#);
    insta::assert_snapshot!(shown(&project, &["apply", "night.plan"]), @"
    $ orch apply night.plan
    Tick N at 2026-01-09T09:00:00Z: 4 events, committed as [id]
      ~ clean-logs#1 1 step done
    Next change by the clock: with the next tick.
    --- stderr
    run clean-logs#1
      ~ look: run `echo looking for '30' days` and 1 more line
        look │ looking for 30 days
      = look succeeded in N.Ns
    ");
}

#[test]
fn an_approval_is_shown_with_what_one_must_know_and_given_by_those_who_may() {
    let project = project();
    insta::assert_snapshot!(day(&project, "
        09:00 run deploy
        09:01 runs show deploy#1
        09:02 approve deploy#1
        09:03 explain deploy#1
        09:04 approve deploy#1 --note tested --as lena@example.com
        09:05 tick
        09:06 runs show deploy#1
        09:07 explain deploy#1
        09:08 status
    "), @"
    [09:00] $ orch run deploy
    Tick N at 2026-01-09T09:00:00Z: 6 events, committed as [id]
      + state created for project my-team
      ~ configuration [id] taken up
      + deploy#1 made: asked for by orch@localhost (role ops, roles.yaml:3)
      + clean-logs watches from now on: schedule 0 2 * * * Asia/Tokyo — declared (workflows/clean-logs.yaml:5)
      + clean-logs watches from now on: metric disk_used_percent above 80 for 15m — declared (workflows/clean-logs.yaml:6)
      ! deploy#1 waits for approval by lead until 2026-01-11T09:00:00Z — its workflow asks for approval (workflows/deploy.yaml:2)
    Next change by the clock: 2026-01-09T17:00:00Z (in 8h)
    deploy#1 waits for approval: `orch runs show deploy#1` tells for what.

    [09:01] $ orch runs show deploy#1
    deploy#1 Deploy
      status:    waiting
      workflow:  deploy
      made:      2026-01-09T09:00:00Z (1m ago), asked for by orch@localhost
      trigger:   manual

    Waits for approval
      purpose:  Ship the new version
      risk:     The shop is down for a minute
      benefit:  saves 1h of manual work a run
      may:      anything: no permissions are declared
      by:       lead
      covers:   the file of the workflow as it is now; not the scripts and files that its steps use
      lapses:   2026-01-11T09:00:00Z (in 1d23h)
      yes:      orch approve deploy#1
      no:       orch deny deploy#1 --note WHY

    Steps
         STEP   STATUS   WHAT
      .  build  pending  run `echo building`
      .  ship   pending  run `echo shipping …`

    Next change by the clock: 2026-01-11T09:00:00Z (in 1d23h)

    [09:02] $ orch approve deploy#1
    --- stderr
    error: `orch@localhost` may not approve this

    hint: roles that may: lead
    --- exit 1

    [09:03] $ orch explain deploy#1
    deploy#1 waits for approval

    Why it was made
      asked for by orch@localhost, made at 2026-01-09T09:00:00Z
        when asked for: `orch run deploy` (workflows/deploy.yaml:3)

    Why it is there
      the run waits for a yes of lead, which lapses in 1d23h (workflows/deploy.yaml:2)

    Steps
      build: pending (workflows/deploy.yaml:7)
      ship: pending (workflows/deploy.yaml:10)
        it comes after build, which is not over

    Next
      lead is to say yes or no: orch approve deploy#1
      by the clock: counts as denied (in 1d23h)

    [09:04] $ orch approve deploy#1 --note tested --as lena@example.com
    Tick N at 2026-01-09T09:04:00Z: 2 events, committed as [id]
      = deploy#1 approved by lena@example.com: tested (role lead, roles.yaml:6)
      ~ deploy#1 started — nothing holds it back
    1 step is due now: the next tick carries it out.

    [09:05] $ orch tick
    Tick N at 2026-01-09T09:05:00Z: 9 events, committed as [id]
      ! deploy#1 failed: ship: exit code 3
    Next change by the clock: 2026-01-09T17:00:00Z (in 7h55m)
    --- stderr
    run deploy#1
      ~ build: run `echo building`
        build │ building
      = build succeeded in N.Ns
      ~ ship: run `echo shipping` and 1 more line
        ship │ shipping
      ! ship failed after N.Ns: exit code 3
      ~ build:rollback: run `echo built nothing`
        build:rollback │ built nothing
      = build:rollback succeeded in N.Ns
    --- exit 11

    [09:06] $ orch runs show deploy#1
    deploy#1 Deploy
      status:    failed
      workflow:  deploy
      made:      2026-01-09T09:00:00Z (6m ago), asked for by orch@localhost
      trigger:   manual
      started:   2026-01-09T09:04:00Z (2m ago)
      ended:     2026-01-09T09:05:00Z (1m ago)
      took:      1m

    Steps
         STEP            STATUS     TRIES  TOOK  EXIT  WHAT
      =  build           succeeded  1      N.Ns  0     run `echo building`
      =  build:rollback  succeeded  1      N.Ns  0     run `echo built nothing`
      !  ship            failed     1      N.Ns  3     run `echo shipping …`

    Errors
      ship  exit code 3

    Failed at ship
      exit code 3
      │ shipping
      (orch runs logs deploy#1 shows more)

    Nothing changes any more. To do it again: orch runs retry deploy#1

    [09:07] $ orch explain deploy#1
    deploy#1 failed at ship: exit code 3

    Why it was made
      asked for by orch@localhost, made at 2026-01-09T09:00:00Z
        when asked for: `orch run deploy` (workflows/deploy.yaml:3)

    Why it is there
      ship failed: exit code 3 (workflows/deploy.yaml:10)

    Steps
      build: succeeded in N.Ns (workflows/deploy.yaml:7)
      build:rollback: succeeded in N.Ns (workflows/deploy.yaml:7)
      ship: failed after N.Ns: exit code 3 (workflows/deploy.yaml:10)

    Next
      somebody may do the same again: orch runs retry deploy#1

    [09:08] $ orch status
    my-team: state 5 ([id]) at 2026-01-09T09:08:00Z

    Tasks
      pending      0
      in_progress  0
      blocked      0
      review       0
      complete     0
      cancelled    0

    Workloads
      AGENT  LOAD  ROOM  QUEUE  REVIEWS  TITLE
      me     0/5   5     0      0        Me

    Workflows
      declared     2
      failed last  1  deploy#1 3m ago
      Due next: clean-logs at 2026-01-09T17:00:00Z (in 7h52m)

    Next change by the clock: 2026-01-09T17:00:00Z (in 7h52m)
    ");
    let document = project.json(&["runs", "show", "deploy#1"]);
    assert_eq!(document["run"]["failure"]["step"], "ship");
    assert_eq!(document["run"]["approval"]["by"], "lena@example.com");
}

#[test]
fn a_workflow_is_listed_documented_drawn_and_switched() {
    let project = project();
    insta::assert_snapshot!(day(&project, "
        09:00 run clean-logs
        09:30 workflow disable deploy --why broken
        09:31 pause --why \"the fair\"
        09:32 workflow list
        09:33 explain clean-logs
        09:34 resume
        09:35 workflow enable deploy
        09:36 metric record disk_used_percent 91.5
        09:37 metric list
        09:38 event list --run clean-logs#1 --type 'run.*'
    "), @r#"
    [09:00] $ orch run clean-logs
    Tick N at 2026-01-09T09:00:00Z: 14 events, committed as [id]
      + state created for project my-team
      ~ configuration [id] taken up
      = clean-logs#1 succeeded: 3 steps
      + clean-logs watches from now on: schedule 0 2 * * * Asia/Tokyo — declared (workflows/clean-logs.yaml:5)
      + clean-logs watches from now on: metric disk_used_percent above 80 for 15m — declared (workflows/clean-logs.yaml:6)
    Next change by the clock: 2026-01-09T17:00:00Z (in 8h)
    clean-logs#1 succeeded.
    --- stderr
    run clean-logs#1
      ~ look: run `echo looking for '30' days` and 1 more line
        look │ looking for 30 days
      = look succeeded in N.Ns
      ~ clean: files.delete in: logs, match: **/*.log
      = clean succeeded in N.Ns
      ~ report: notify channel: console, text: Removed 2 files
        report │ Removed 2 files
      = report succeeded in N.Ns

    [09:30] $ orch workflow disable deploy --why broken
    Tick N at 2026-01-09T09:30:00Z: 1 event, committed as [id]
      - deploy switched off: broken — by orch@localhost (role ops, roles.yaml:3)
    Next change by the clock: 2026-01-09T17:00:00Z (in 7h30m)

    [09:31] $ orch pause --why "the fair"
    Tick N at 2026-01-09T09:31:00Z: 1 event, committed as [id]
      ! all workflows paused: the fair — by orch@localhost (role ops, roles.yaml:3)
    Next change by the clock: 2026-01-09T17:00:00Z (in 7h29m)

    [09:32] $ orch workflow list
    ID          STATUS    OK    LAST RUN  NEXT      AVERAGE  P95  OWNER  CRITICALITY  APPROVAL  TRIGGER                                                              NAME
    clean-logs  paused    100%  32m ago   in 7h28m  0s       0s   ops    high         -         cron: 0 2 * * *; metric: disk_used_percent above 80 for 15m; manual  Clean old logs
    deploy      disabled  -     -         -         -        -    -      medium       required  manual                                                               Deploy
    2 workflows

    [09:33] $ orch explain clean-logs
    clean-logs Clean old logs: paused, 100% of its runs succeeded

    Starts
      every day at 02:00 Asia/Tokyo (workflows/clean-logs.yaml:5)
        decided up to 2026-01-09T09:00:00Z
      when disk_used_percent is above 80 for 15m (workflows/clean-logs.yaml:6)
        within its limit
      when asked for: `orch run clean-logs` (workflows/clean-logs.yaml:7)

    Held back by
      all workflows are paused since 2026-01-09T09:31:00Z by orch@localhost: the fair

    Last runs
      clean-logs#1 succeeded at 2026-01-09T09:00:00Z after 0s

    Next
      somebody may let it go on: orch resume
      by the clock: makes a run, which waits (in 7h27m)

    [09:34] $ orch resume
    Tick N at 2026-01-09T09:34:00Z: 1 event, committed as [id]
      = everything resumed — by orch@localhost (role ops, roles.yaml:3)
    Next change by the clock: 2026-01-09T17:00:00Z (in 7h26m)

    [09:35] $ orch workflow enable deploy
    Tick N at 2026-01-09T09:35:00Z: 1 event, committed as [id]
      = deploy switched on — by orch@localhost (role ops, roles.yaml:3)
    Next change by the clock: 2026-01-09T17:00:00Z (in 7h25m)

    [09:36] $ orch metric record disk_used_percent 91.5
    Tick N at 2026-01-09T09:36:00Z: 2 events, committed as [id]
      ~ disk_used_percent is 91.5 — by orch@localhost (role ops, roles.yaml:3)
      ! clean-logs beyond its limit: metric disk_used_percent above 80 for 15m — disk_used_percent is 91.5 (workflows/clean-logs.yaml:6)
    Next change by the clock: 2026-01-09T17:00:00Z (in 7h24m)

    [09:37] $ orch metric list
    METRIC             VALUE  RECORDED
    disk_used_percent  91.5   1m ago

    [09:38] $ orch event list --run clean-logs#1 --type 'run.*'
    --- stderr
    error: invalid value ''run.*'' for '--type <TYPE>': `'run.*'` is not an event type

    For more information, try '--help'.
    --- exit 2
    "#);
    insta::assert_snapshot!(project.run(&["workflow", "show", "clean-logs"]), @r#"
    $ orch workflow show clean-logs
    # Clean old logs

    Deletes log files that nobody reads any more.

    - id: `clean-logs`
    - status: active
    - criticality: high
    - owner: ops
    - benefit: saves 15m of manual work a run, 7 runs a week: 1h45m a week; a run takes 0s on average, 100% succeed
    - may: `write logs/**`
    - while another run goes on: a new one waits its turn
    - so far: 100% of 1 runs succeeded
    - declared in: `workflows/clean-logs.yaml`

    ## Starts

    - every day at 02:00 Asia/Tokyo
    - when disk_used_percent is above 80 for 15m
    - when asked for: `orch run clean-logs`
    - `event` holds `slot`, `metric`, `value`, `above`, `below` and `for`

    Next:

    - 2026-01-10 02:00 Asia/Tokyo (2026-01-09T17:00:00Z)
    - 2026-01-11 02:00 Asia/Tokyo (2026-01-10T17:00:00Z)
    - 2026-01-12 02:00 Asia/Tokyo (2026-01-11T17:00:00Z)
    - 2026-01-13 02:00 Asia/Tokyo (2026-01-12T17:00:00Z)
    - 2026-01-14 02:00 Asia/Tokyo (2026-01-13T17:00:00Z)

    ## Inputs

    - `days`: number, `30` if not given — How old a file must be

    ## Steps

    1. **look** Count them: `` run `echo looking for {{ inputs.days }} days …` ``
       - 3 attempts, up to 10s apart, growing to 5m
    2. **clean**: `files.delete in: logs, match: **/*.log`
       - needs look
       - 3 attempts, up to 10s apart, growing to 5m
       - gives `count`, `bytes`, `files`, `more`, `left_alone` and `left_count`
    3. **report**: `notify channel: console, text: Removed {{ steps.look.outputs.count }} files`
       - needs clean
       - if inputs.days > 7
       - 3 attempts, up to 10s apart, growing to 5m
       - gives `status`

    ## When a step fails

    1. **tell**: `notify channel: console, text: it failed: {{ failure.message }}`
       - 3 attempts, up to 10s apart, growing to 5m
       - gives `status`

    ## When something goes wrong

    - nothing is undone
    - a run whose steps take longer than 6h in all fails; waiting does not count
    - after 3 failed runs within 1d it is paused

    ## Diagram

    ```mermaid
    flowchart TD
      start(["Clean old logs#58; cron#58; 0 2 #42; #42; #42;#59; metric#58; disk_used_percent above 80 for 15m#59; manual"])
      s0["Count them<br/>run #96;echo looking for #123;#123; inputs.days #125;#125; days #8230;#96;"]
      s1["clean<br/>files.delete in#58; logs, match#58; #42;#42;/#42;.log"]
      s2["report<br/>notify channel#58; console, text#58; Removed #123;#123; steps.look.outputs.count #125;#125; files"]
      start --> s0
      s0 --> s1
      s1 -->|"inputs.days #62; 7"| s2
      subgraph f_list ["on failure"]
      f0["tell<br/>notify channel#58; console, text#58; it failed#58; #123;#123; failure.message #125;#125;"]
      end
      s2 -.->|"failed"| f_list
    ```
    "#);
    insta::assert_snapshot!(project.run(&["workflow", "graph", "deploy"]), @r#"
    $ orch workflow graph deploy
    flowchart TD
      start(["Deploy#58; manual"])
      approval{"approval"}
      start --> approval
      s0["build<br/>run #96;echo building#96;"]
      s1["ship<br/>run #96;echo shipping #8230;#96;"]
      approval --> s0
      s0 --> s1
    "#);
    let registry = project.json(&["workflow", "list"]);
    let row = &registry["workflows"][0];
    assert_eq!(row["workflow_id"], "clean-logs");
    assert_eq!(row["trigger"], "cron: 0 2 * * *; metric: disk_used_percent above 80 for 15m; manual");
    assert_eq!(
        (&row["platform"], &row["status"], &row["approval_required"]),
        (&"orch".into(), &"active".into(), &false.into())
    );
    assert_eq!(row["success_rate"], 100.0);
    for key in
        ["name", "description", "last_run", "avg_duration_seconds", "owner", "criticality", "documentation"]
    {
        assert!(row.get(key).is_some(), "{key}");
    }
}

#[test]
fn events_of_workflows_look_like_all_others() {
    let project = project();
    project.ok(&["run", "clean-logs"]);
    let events = project.json(&[
        "event",
        "list",
        "--workflow",
        "clean-logs",
        "--type",
        "step.finished",
        "--limit",
        "1",
    ]);
    let event = &events["events"][0];
    assert_eq!((&event["type"], &event["run"]), (&"step.finished".into(), &"clean-logs#1".into()));
    assert_eq!(event["workflow"], "clean-logs");
    assert_eq!(event["data"]["step"], "report");
}

#[test]
fn slots_of_the_past_are_filled_in() {
    let project = project();
    project.ok(&["tick"]);
    let backfill = [
        "workflow",
        "backfill",
        "clean-logs",
        "--from",
        "2026-01-06T00:00:00Z",
        "--to",
        "2026-01-08T00:00:00Z",
    ];
    insta::assert_snapshot!(shown(&project, &backfill), @"
    $ orch workflow backfill clean-logs --from 2026-01-06T00:00:00Z --to 2026-01-08T00:00:00Z
    Tick N at 2026-01-09T09:00:00Z: 5 events, committed as [id]
      ! clean-logs@2026-01-06T17:00Z made: due at 2026-01-06T17:00:00Z, filled in by orch@localhost, started, 1 step failed (role ops, roles.yaml:3)
      + clean-logs@2026-01-07T17:00Z made: due at 2026-01-07T17:00:00Z, filled in by orch@localhost (role ops, roles.yaml:3)
    1 step is due now: the next tick carries it out.
    ");
}

#[test]
fn actions_and_effects_are_documented() {
    let project = Sandbox::bare();
    let list = project.ok(&["workflow", "actions"]);
    assert!(list.contains("files.delete") && list.contains("notify"), "{list}");
    let one = project.ok(&["workflow", "actions", "files.delete"]);
    assert!(one.starts_with("## files.delete\n") && one.contains("| `match` |"), "{one}");
    let table = project.ok(&["explain", "effects"]);
    assert!(table.contains("on_lost") && table.contains("Idempotency-Key"), "{table}");
    assert!(!project.json(&["explain", "effects"])["effects"].as_array().unwrap().is_empty());
}

#[test]
fn wrong_input_is_refused_with_what_to_do() {
    let project = project();
    project.ok(&["tick"]);
    project.write("list.json", "[1]");
    project.write("broken.json", "{");
    insta::assert_snapshot!(day(&project, "
        09:00 run clean-lgs
        09:00 run clean-logs --input day=7
        09:00 run clean-logs --input days=many
        09:00 run clean-logs --input days
        09:00 run clean-logs --input days=1 --input days=2
        09:00 run clean-logs --inputs list.json
        09:00 run clean-logs --inputs broken.json
        09:00 run clean-logs --inputs none.json
        09:00 run clean-logs --watch --dry-run
        09:00 runs show clean-logs
        09:00 runs show clean-logs#9
        09:00 runs list --workflow clean-lgs
        09:00 runs list --status done
        09:00 runs logs clean-logs#9 --attempt 1
        09:00 runs cancel clean-logs#9
        09:00 runs retry nothing#1
        09:00 approve clean-logs#1
        09:00 resume
        09:00 resume deploy
        09:00 pause clean-lgs
        09:00 workflow show clean-lgs
        09:00 workflow enable deploy
        09:00 workflow actions files.delte
        09:00 workflow add clean
        09:00 workflow backfill deploy --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z
        09:00 workflow backfill clean-logs --from 2026-01-02T00:00:00Z --to 2026-01-01T00:00:00Z
        09:00 metric record disk-used 5
        09:00 metric record disk_used NaN
        09:00 metric record disk_used much
        09:00 explain clean-lgs
        09:00 event list --type run.finish
    "), @r#"
    [09:00] $ orch run clean-lgs
    --- stderr
    error: workflow `clean-lgs` is not declared

    hint: did you mean `clean-logs`?
    --- exit 1

    [09:00] $ orch run clean-logs --input day=7
    --- stderr
    error: workflow `clean-logs` has no input `day`

    hint: did you mean `days`?
    --- exit 1

    [09:00] $ orch run clean-logs --input days=many
    --- stderr
    error: input `days`: "many" is not a number

    hint: correct the value
    --- exit 1

    [09:00] $ orch run clean-logs --input days
    --- stderr
    error: invalid value 'days' for '--input <NAME=VALUE>': write NAME=VALUE, such as `days=30`

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch run clean-logs --input days=1 --input days=2
    --- stderr
    error: input `days` is given twice
    --- exit 1

    [09:00] $ orch run clean-logs --inputs list.json
    --- stderr
    error: `list.json` is not a JSON object of inputs: write `{"days": 30}`
    --- exit 1

    [09:00] $ orch run clean-logs --inputs broken.json
    --- stderr
    error: `broken.json` is not a JSON object of inputs
    Caused by: EOF while parsing an object at line 1 column 1
    --- exit 1

    [09:00] $ orch run clean-logs --inputs none.json
    --- stderr
    error: failed to read `none.json`
    Caused by: No such file or directory (os error 2)

    hint: look at the path: it is read from where you run `orch`, or from what `-C` names
    --- exit 1

    [09:00] $ orch run clean-logs --watch --dry-run
    --- stderr
    error: the argument '--watch' cannot be used with '--dry-run'

    Usage: orch run --watch --now <TIME> <WORKFLOW>

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch runs show clean-logs
    --- stderr
    error: invalid value 'clean-logs' for '<RUN>': runs are named like `clean-logs#12` or `clean-logs@2026-11-20T17:00Z`

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch runs show clean-logs#9
    --- stderr
    error: run `clean-logs#9` does not exist, or ended long ago

    hint: `orch runs list` shows the runs; `orch event list --run 'clean-logs#9'` what the log knows
    --- exit 1

    [09:00] $ orch runs list --workflow clean-lgs
    --- stderr
    error: workflow `clean-lgs` is not declared

    hint: did you mean `clean-logs`?
    --- exit 1

    [09:00] $ orch runs list --status done
    --- stderr
    error: invalid value 'done' for '--status <STATUS>': one of queued, waiting, running, succeeded, failed, cancelled, skipped

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch runs logs clean-logs#9 --attempt 1
    --- stderr
    error: the following required arguments were not provided:
      --step <STEP>

    Usage: orch runs logs --step <STEP> --attempt <N> --now <TIME> <RUN>

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch runs cancel clean-logs#9
    --- stderr
    error: run `clean-logs#9` does not exist, or ended long ago

    hint: `orch runs list` shows the runs
    --- exit 1

    [09:00] $ orch runs retry nothing#1
    --- stderr
    error: run `nothing#1` does not exist, or ended long ago

    hint: `orch runs list` shows the runs
    --- exit 1

    [09:00] $ orch approve clean-logs#1
    --- stderr
    error: run `clean-logs#1` does not exist, or ended long ago

    hint: `orch runs list` shows the runs
    --- exit 1

    [09:00] $ orch resume
    --- stderr
    error: all workflows together are not paused

    hint: nothing to resume; `orch workflow list` shows which are paused one by one
    --- exit 1

    [09:00] $ orch resume deploy
    --- stderr
    error: workflow `deploy` is not paused

    hint: `orch workflow list` shows what is paused
    --- exit 1

    [09:00] $ orch pause clean-lgs
    --- stderr
    error: workflow `clean-lgs` is not declared

    hint: did you mean `clean-logs`?
    --- exit 1

    [09:00] $ orch workflow show clean-lgs
    --- stderr
    error: workflow `clean-lgs` is not declared

    hint: did you mean `clean-logs`?
    --- exit 1

    [09:00] $ orch workflow enable deploy
    --- stderr
    error: workflow `deploy` is not switched off

    hint: `orch workflow disable deploy` does that
    --- exit 1

    [09:00] $ orch workflow actions files.delte
    --- stderr
    error: there is no action `files.delte`

    hint: did you mean `files.delete`?
    --- exit 1

    [09:00] $ orch workflow add clean
    --- stderr
    error: there is no ready workflow `clean`

    hint: `orch workflow add` lists what there is
    --- exit 1

    [09:00] $ orch workflow backfill deploy --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z
    --- stderr
    error: workflow `deploy` has no schedule to fill in

    hint: only slots of schedules can be filled in
    --- exit 1

    [09:00] $ orch workflow backfill clean-logs --from 2026-01-02T00:00:00Z --to 2026-01-01T00:00:00Z
    --- stderr
    error: `--from 2026-01-02T00:00:00Z` lies after `--to 2026-01-01T00:00:00Z`; swap them
    --- exit 1

    [09:00] $ orch metric record disk-used 5
    --- stderr
    error: invalid value 'disk-used' for '<NAME>': metrics are named with letters, digits and `_`, such as `disk_used_percent`

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch metric record disk_used NaN
    --- stderr
    error: a metric is a number

    hint: infinity and not-a-number are none
    --- exit 1

    [09:00] $ orch metric record disk_used much
    --- stderr
    error: invalid value 'much' for '<VALUE>': write a number, such as `82.5`

    For more information, try '--help'.
    --- exit 2

    [09:00] $ orch explain clean-lgs
    --- stderr
    error: there is no task, review, agent, run, workflow or diagnostic code `clean-lgs`

    hint: did you mean `clean-logs`?
    --- exit 1

    [09:00] $ orch event list --type run.finish
    --- stderr
    error: invalid value 'run.finish' for '--type <TYPE>': `run.finish` is not an event type (did you mean `run.finished`?)

    For more information, try '--help'.
    --- exit 2
    "#);
}
