//! Agents that are called to their tasks, by real commands.

use super::harness::Sandbox;
use super::workflows::calm;

/// The first way is not there, the second does the work: it begins its task and delivers what it was told.
const AGENTS: &str = r#"agents:
  - name: writer
    title: The Writer
    max_active: 2
    activate:
      with:
        - id: local
          run: echo "no model here" >&2; exit 7
          retry: 1
        - id: remote
          run: |
            printf '%s\n' "$BRIEF" > "briefs/$ORCH_TASK.md"
            export ORCH_NOW=2026-01-09T09:00:00Z
            "$PROGRAM" task start "$ORCH_TASK" > /dev/null
            "$PROGRAM" task complete "$ORCH_TASK" --output "briefs/$ORCH_TASK.md" > /dev/null
          env: { BRIEF: "{{ vars.brief }}", PROGRAM: "ORCH_PATH" }
          retry: 1
      on: { schedule: { cron: "0 9 * * 1-5", timezone: Asia/Tokyo } }
  - name: editor
    title: The Editor
"#;

const REVIEWS: &str = "types: [{ name: edit, title: Edit, reviewers: editor }]
tiers: [{ tier: 1, stages: [edit] }]
required: [{ match: { type: text }, default_tier: 1 }]
";

fn project(agents: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: demo\n");
    sandbox.write("agents.yaml", agents.replace("ORCH_PATH", env!("CARGO_BIN_EXE_orch")));
    sandbox.write("routing.yaml", "fallback: writer\n");
    sandbox.write("reviews.yaml", REVIEWS);
    sandbox.write("briefs/.keep", "");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox
}

#[test]
fn a_command_works_on_what_its_agent_is_given() {
    let sandbox = project(AGENTS);
    let told = sandbox.day(
        "
        09:00 task add Lore --type lore --code LORE-001
        09:01 tick
        09:02 task list
        09:03 task add Tweet --type text --code TEXT-001 --depends-on LORE-001
        09:04 tick
        ",
    );
    assert!(told.contains("LORE-001 writer activated for it, because it had work"), "{told}");
    assert!(told.contains("LORE-001  complete"), "{told}");
    insta::assert_snapshot!(sandbox.read("briefs/TEXT-001.md"), @"
    # TEXT-001: Tweet

    You are writer. This task of demo is yours: text, priority P2.

    ## What it builds on

    - LORE-001: Lore (briefs/LORE-001.md)

    ## How to work

    Say that you begin with `orch task start TEXT-001`, and deliver with `orch task complete TEXT-001 --output PATH-OR-ADDRESS`.
    ");
    sandbox.day(
        "
        09:10 review request-changes TEXT-001/edit --notes shorter --as editor
        09:11 tick
        ",
    );
    let back = sandbox.day(
        "
        09:12 agent show writer
        09:13 explain TEXT-001
        09:14 explain writer
        09:15 status
        09:16 workflow list
        ",
    );
    assert!(sandbox.read("briefs/TEXT-001.md").contains("- edit (changes_requested, editor): shorter"));
    // How many commits a tick came in is told by its state.
    let back = back.lines().filter(|line| !line.starts_with("demo: state ")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(calm(&back), @"
    [09:12] $ orch agent show writer
    writer The Writer
      an agent, holds 0 of 2 tasks, room for 2 (agents.yaml:2)
      is activated as soon as it has work
      last activated: 2026-01-09T09:10:00Z for TEXT-001, because it had work: activate-writer#3 succeeded by remote

    Nothing to do.

    [09:13] $ orch explain TEXT-001
    TEXT-001 Tweet: in review, waits for editor

    Routing
      no route matches, so it goes to the fallback (routing.yaml:1)

    Activation
      writer was activated for it at 2026-01-09T09:10:00Z, because it had work
        activate-writer#3 succeeded by remote

    Reviews
      must be reviewed, tier 1 unless the task says another (reviews.yaml:3)
      tier 1 Tier 1, round 2, stage 1 (reviews.yaml:2)
        stage 1: edit (reviews.yaml:2)
          REVIEW-002 waits for editor since 2026-01-09T09:11:00Z

    Next
      editor is to do the edit review REVIEW-002: orch review approve REVIEW-002 (or reject REVIEW-002)

    [09:14] $ orch explain writer
    writer The Writer: holds 0 of 2 tasks, 0 reviews to do

    Capacity
      max_active is 2, it has room for 2 tasks more (agents.yaml:2)

    Activation
      is activated as soon as it has work (agents.yaml:6)
        last activated: 2026-01-09T09:10:00Z for TEXT-001, because it had work: activate-writer#3 succeeded by remote

    Gets work from
      fallback of the routes (routing.yaml:1)

    Next
      nothing will change

    [09:15] $ orch status

    Tasks
      pending      0
      in_progress  0
      blocked      0
      review       1
      complete     1
      cancelled    0

    Workloads
      AGENT   LOAD  ROOM  QUEUE  REVIEWS  ACTIVATED                       TITLE
      writer  0/2   2     0      0        2026-01-09T09:10:00Z succeeded  The Writer
      editor  0/3   3     0      1                                        The Editor

    Workflows
      declared  1
      Due next: activate-writer at 2026-01-12T00:00:00Z (in 2d14h)

    Reviews that wait
      REVIEWER  PENDING  OLDEST
      editor    1        4m

    Next change by the clock: 2026-01-12T00:00:00Z (in 2d14h)

    [09:16] $ orch workflow list
    ID               STATUS  OK    LAST RUN  NEXT      AVERAGE  P95  CRITICALITY  TRIGGER                                    NAME
    activate-writer  active  100%  5m ago    in 2d14h  1m       1m   medium       event: agent.activated; cron: 0 9 * * 1-5  Activate The Writer
    1 workflow
    ");
    let shown = sandbox.json(&["agent", "show", "writer", "--now", "2026-01-09T09:20:00Z"]);
    insta::assert_snapshot!(shown["agent"]["activated"].to_string(), @r#"{"at":"2026-01-09T09:10:00Z","task":"TEXT-001","by":"work","run":"activate-writer#3","status":"succeeded","way":"remote"}"#);
    sandbox.ok(&["verify"]);
    sandbox.ok(&["fsck"]);
}

#[test]
fn when_no_command_works_it_is_told_and_tried_again_by_hand() {
    let sandbox = project(
        "agents:\n  - name: writer\n    activate:\n      when: asked\n      with:\n        - { id: a, run: \"echo no a >&2; exit 1\", retry: 1 }\n        - { id: b, run: \"test -e ready\", retry: 1 }\n  - name: editor\n",
    );
    let told = sandbox.day(
        "
        09:00 task add One --type text --code TEXT-001
        09:01 tick
        09:02 agent activate writer
        09:03 status
        09:04 explain TEXT-001
        09:05 agent activate writer TEXT-009
        09:06 agent activate editor
        ",
    );
    insta::assert_snapshot!(calm(&told), @"
    [09:00] $ orch task add One --type text --code TEXT-001
    Tick N at 2026-01-09T09:00:00Z: 4 events, committed as [id]
      + state created for project demo
      ~ configuration [id] taken up
      + TEXT-001 created: One (text, P2) — by orch@localhost
      > TEXT-001 assigned to writer — no route matches (routing.yaml:1)
    Nothing changes by the clock alone.

    [09:01] $ orch tick
    Nothing to do at 2026-01-09T09:01:00Z.
    Nothing changes by the clock alone.

    [09:02] $ orch agent activate writer
    Tick N at 2026-01-09T09:02:00Z: 11 events, committed as [id]
      > TEXT-001 writer activated for it, by hand — by orch@localhost
      ! activate-writer#1 failed: a: exit code 1; b: exit code 1
      ! TEXT-001 writer could not be activated for it — activate-writer#1 failed
      ! TEXT-001 writer could not be activated: a: exit code 1; b: exit code 1; `orch agent activate writer TEXT-001` tries again
    Nothing changes by the clock alone.
    activate-writer#1 failed: `orch runs show activate-writer#1` tells why.
    --- stderr
    run activate-writer#1
      ~ a: run `echo no a >&2; exit 1`
        a │ no a
      ! a failed after N.Ns: exit code 1
      ~ b: run `test -e ready`
      ! b failed after N.Ns: exit code 1
    --- exit 11

    [09:03] $ orch status
    demo: state 3 ([id]) at 2026-01-09T09:03:00Z

    Tasks
      pending      1
      in_progress  0
      blocked      0
      review       0
      complete     0
      cancelled    0

    Workloads
      AGENT   LOAD  ROOM  QUEUE  REVIEWS  ACTIVATED                    TITLE
      writer  1/3   2     0      0        2026-01-09T09:02:00Z failed  writer
      editor  0/3   3     0      0                                     editor

    Workflows
      declared     1
      failed last  1  activate-writer#1 1m ago

    Alerts
      ! TEXT-001 writer could not be activated: a: exit code 1; b: exit code 1; `orch agent activate writer TEXT-001` tries again

    Nothing changes by the clock alone.

    [09:04] $ orch explain TEXT-001
    TEXT-001 One: assigned to writer, not started

    Routing
      no route matches, so it goes to the fallback (routing.yaml:1)
        writer holds 1 of 3 tasks, this one among them (agents.yaml:2)

    Activation
      writer was activated for it at 2026-01-09T09:02:00Z, by hand
        activate-writer#1 failed: a: exit code 1; b: exit code 1

    Reviews
      must be reviewed, tier 1 unless the task says another (reviews.yaml:3)
      tier 1 Tier 1, begins when it is delivered (reviews.yaml:2)
        stage 1: edit (reviews.yaml:2)

    Alerts
      writer could not be activated: a: exit code 1; b: exit code 1; `orch agent activate writer TEXT-001` tries again

    Next
      writer is to start it: orch task start TEXT-001
      somebody may activate writer again: orch agent activate writer TEXT-001

    [09:05] $ orch agent activate writer TEXT-009
    --- stderr
    error: task `TEXT-009` does not exist

    hint: did you mean `TEXT-001`?
    --- exit 1

    [09:06] $ orch agent activate editor
    --- stderr
    error: agent `editor` has no `activate`, so nothing calls it

    hint: say how under `activate` of `editor` in agents.yaml
    --- exit 1
    ");
    sandbox.write("ready", "");
    let again = sandbox.day(
        "
        09:10 agent activate writer TEXT-001
        09:11 runs show activate-writer#2
        09:12 status
        ",
    );
    insta::assert_snapshot!(calm(&again), @"
    [09:10] $ orch agent activate writer TEXT-001
    Tick N at 2026-01-09T09:10:00Z: 10 events, committed as [id]
      > TEXT-001 writer activated for it, by hand — by orch@localhost
      = activate-writer#2 succeeded: 1 step, 1 failure let pass
      = TEXT-001 alert resolved: activation-failed — somebody goes on with it
    Nothing changes by the clock alone.
    activate-writer#2 succeeded.
    --- stderr
    run activate-writer#2
      ~ a: run `echo no a >&2; exit 1`
        a │ no a
      ! a failed after N.Ns: exit code 1
      ~ b: run `test -e ready`
      = b succeeded in N.Ns

    [09:11] $ orch runs show activate-writer#2
    activate-writer#2 Activate writer
      status:    succeeded
      workflow:  activate-writer
      made:      2026-01-09T09:10:00Z (1m ago), agent.activated, asked for by orch@localhost
      trigger:   event agent.activated
      started:   2026-01-09T09:10:00Z (1m ago)
      ended:     2026-01-09T09:10:00Z (1m ago)
      took:      0s

    Steps
         STEP  STATUS     TRIES  TOOK  EXIT  WHAT
      !  a     failed     1      N.Ns  1     run `echo no a >&2; exit 1`
      =  b     succeeded  1      N.Ns  0     run `test -e ready`

    Errors
      a  exit code 1

    Nothing changes any more. To do it again: orch agent activate writer TEXT-001

    [09:12] $ orch status
    demo: state 5 ([id]) at 2026-01-09T09:12:00Z

    Tasks
      pending      1
      in_progress  0
      blocked      0
      review       0
      complete     0
      cancelled    0

    Workloads
      AGENT   LOAD  ROOM  QUEUE  REVIEWS  ACTIVATED                       TITLE
      writer  1/3   2     0      0        2026-01-09T09:10:00Z succeeded  writer
      editor  0/3   3     0      0                                        editor

    Workflows
      declared  1

    Nothing changes by the clock alone.
    ");
}

#[test]
fn what_would_happen_is_shown_before_it_does() {
    let sandbox = project(
        "agents:\n  - name: writer\n    activate:\n      with: [{ run: \"touch called\" }]\n  - name: editor\n",
    );
    let told = sandbox.day("09:00 task add One --type text --code TEXT-001 --dry-run\n09:01 task add One --type text --code TEXT-001\n09:02 plan");
    insta::assert_snapshot!(calm(&told), @"
    [09:00] $ orch task add One --type text --code TEXT-001 --dry-run
    Dry run at 2026-01-09T09:00:00Z: 7 events, nothing was changed

    Configuration
      + state created for project demo
      ~ configuration [id] taken up

    Tasks
      + TEXT-001 created: One (text, P2) — by orch@localhost

    Assignments
      > TEXT-001 assigned to writer — no route matches (routing.yaml:1)
      > TEXT-001 writer activated for it, because it had work — it is to be begun (agents.yaml:4)

    Runs
      + activate-writer#1 made: agent.activated, started (agents.yaml:4)

    [09:01] $ orch task add One --type text --code TEXT-001
    Tick N at 2026-01-09T09:01:00Z: 7 events, committed as [id]
      + state created for project demo
      ~ configuration [id] taken up
      + TEXT-001 created: One (text, P2) — by orch@localhost
      > TEXT-001 assigned to writer — no route matches (routing.yaml:1)
      > TEXT-001 writer activated for it, because it had work — it is to be begun (agents.yaml:4)
      + activate-writer#1 made: agent.activated, started (agents.yaml:4)
    1 step is due now: the next tick carries it out.

    [09:02] $ orch plan
    Plan for demo: configuration [id], state 1 ([id]), clock 2026-01-09T09:02:00Z

    To be done
      run activate-writer#1
        * run: run `touch called` (agents.yaml:4)

    + made   ~ changed   > handed to somebody   = done   - withdrawn   ! needs attention
    Plan: 1 step to do.
    1 step is due now: the next tick carries it out.
    To do this: orch apply
    ");
    assert!(!sandbox.cwd.join("called").exists());
}

#[test]
fn mistakes_are_told_with_their_place() {
    let sandbox = project(
        "agents:\n  - name: writer\n    activate:\n      brief: \"{{ event.taks.code }}\"\n      with:\n        - { run: echo, needs: b }\n        - github.dispatch: { workflow: writer.yml }\n      on: { schedule: { cron: \"0 9 * * *\", timezone: Asia/Tokio } }\n  - name: editor\n",
    );
    sandbox.write("workflows/activate-writer.yaml", "name: Mine\non: manual\nsteps: [{ run: echo }]\n");
    insta::assert_snapshot!(sandbox.run(&["validate"]), @r#"
    $ orch validate
    error[ORCH-0302]: workflow `activate-writer` is declared twice
     --> agents.yaml:4:7
      |
    4 |       brief: "{{ event.taks.code }}"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
     ::: workflows/activate-writer.yaml:1:1
      |
    1 | name: Mine
      | ---------- first declared here
      |
      = help: what calls agent `writer` has this name; rename the file

    error[ORCH-0207]: `event.taks` does not exist
     --> agents.yaml:4:18
      |
    4 |       brief: "{{ event.taks.code }}"
      |                  ^^^^^^^^^^^^^^^
      |
      = help: did you mean `task`? (`orch explain event` tells what they are)

    error[ORCH-0101]: unknown key `needs`
     --> agents.yaml:6:24
      |
    6 |         - { run: echo, needs: b }
      |                        ^^^^^
      |
      = help: the keys here are `id`, `name`, `if`, `run`, `shell`, `cwd`, `env`, `timeout`, `retry`, `on_lost`, `runs_on`, `agent.pause`, `agent.resume`, `data.convert`, `data.extract`, `files.archive`, `files.compress`, `files.copy`, `files.delete`, `files.list`, `files.move`, `files.rotate`, `files.verify`, `files.write`, `github.assign`, `github.check`, `github.comment`, `github.dispatch`, `github.issue`, `github.label`, `github.merge`, `github.milestone`, `github.pull_request`, `github.rerun`, `github.review`, `github.status`, `http.request`, `metric.record`, `notify`, `report.render`, `state.set`, `task.assign`, `task.block`, `task.cancel`, `task.complete`, `task.create`, `task.edit`, `task.start`, `task.unblock`, `workflow.pause`, `workflow.resume`, `workflow.run`

    error[ORCH-0214]: time zone `Asia/Tokio` does not exist
     --> agents.yaml:8:54
      |
    8 |       on: { schedule: { cron: "0 9 * * *", timezone: Asia/Tokio } }
      |                                                      ^^^^^^^^^^
      |
      = help: did you mean `Asia/Tokyo`?

    4 errors in 1 file
    --- exit 1
    "#);
}
