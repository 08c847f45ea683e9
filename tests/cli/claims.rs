//! Claims: one holder of a task across machines, and who may go over it.

use std::fmt::Write as _;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use orch::model::Time;

use super::concurrency::{Remote, all, assert_linear};
use super::harness::Sandbox;

/// A project of so many agents whose tasks wait until one of them claims them.
fn pulls(agents: usize) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.ok(&["init", "blank"]);
    let (mut declared, mut names) = ("agents:\n".to_owned(), Vec::new());
    for number in 0..agents {
        let name = format!("agent-{number}");
        let _ = writeln!(declared, "  - name: {name}\n    max_active: 1");
        names.push(name);
    }
    let to = names.join(", ");
    sandbox.write("agents.yaml", declared);
    sandbox.write("routing.yaml", format!("routes:\n  - name: pull\n    to: [{to}]\n    strategy: claim\n"));
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the team"]);
    sandbox
}

#[test]
fn a_claim_from_the_command_line() {
    let team = pulls(2);
    insta::assert_snapshot!(team.day(
        r#"
        09:00 task add "First" --type lore
        09:00 task add "Second" --type lore --priority P1
        09:01 explain LORE-001
        09:02 next --agent agent-0 --ttl 1h
        09:03 next --agent agent-0 --ttl 1h
        09:04 task claim LORE-002 --as agent-1
        09:05 task complete LORE-002 --as agent-1
        09:06 task claim LORE-002 --as agent-0 --ttl 1h
        09:07 task show LORE-002
        09:08 explain LORE-002
        09:10 task start LORE-002 --as agent-0 --token 1
        11:12 task complete LORE-002 --as agent-0 --token 1
        11:12 next --as agent-1
        11:13 task complete LORE-002 --as agent-0 --token 1
        11:14 task reassign LORE-002 --to agent-0
        11:15 task release LORE-002 --as agent-1 --token 2
        11:16 task claim LORE-002 --as agent-0
        11:17 task cancel LORE-002 --override
        11:18 next --as agent-0 --ttl 90d
        11:18 next --as agent-0 --dry-run
        11:19 next --as agent-7
        11:20 task release LORE-001
        "#
    ), @"
    [09:00] $ orch task add First --type lore
    Tick 1 at 2026-01-09T09:00:00Z: 3 events, committed as [id]
      + state created for project my-team
      ~ configuration [id] taken up
      + LORE-001 created: First (lore, P2) — by orch@localhost
    Nothing changes by the clock alone.

    [09:00] $ orch task add Second --type lore --priority P1
    Tick 2 at 2026-01-09T09:00:00Z: 1 event, committed as [id]
      + LORE-002 created: Second (lore, P1) — by orch@localhost
    Nothing changes by the clock alone.

    [09:01] $ orch explain LORE-001
    LORE-001 First: in the queue, assigned to nobody

    Routing
      route pull matches, it waits until a candidate claims it (routing.yaml:2)
        agent-0 holds 0 of 1 task (agents.yaml:2)
        agent-1 holds 0 of 1 task (agents.yaml:4)
      place 2 of 2 in the queue for agent-0 and agent-1 (by priority, deadline, age)
        LORE-002 comes before it

    Reviews
      it needs no review: no requirement matches

    Next
      agent-0 and agent-1 may claim it: orch task claim LORE-001

    [09:02] $ orch next --agent agent-0 --ttl 1h
    Tick 3 at 2026-01-09T09:02:00Z: 1 event, committed as [id]
      > LORE-002 claimed by agent-0 until 2026-01-09T10:02:00Z (token 1) — recorded by orch@localhost
    Next change by the clock: 2026-01-09T10:07:00Z (in 1h5m)
    Token 1 proves the claim: `orch task complete LORE-002 --token 1` delivers under it.
    --- stderr
    note: other clones know of a claim once it is pushed: `--push`

    [09:03] $ orch next --agent agent-0 --ttl 1h
    Nothing is ready.
    --- exit 12

    [09:04] $ orch task claim LORE-002 --as agent-1
    --- stderr
    error: task `LORE-002` is claimed by `agent-0` until 2026-01-09T10:02:00Z

    hint: wait until then, or let `agent-0` release it; to go over the claim: `--override`
    --- exit 1

    [09:05] $ orch task complete LORE-002 --as agent-1
    --- stderr
    error: task `LORE-002` is claimed by `agent-0` until 2026-01-09T10:02:00Z

    hint: wait until then, or let `agent-0` release it; to go over the claim: `--override`
    --- exit 1

    [09:06] $ orch task claim LORE-002 --as agent-0 --ttl 1h
    Tick 4 at 2026-01-09T09:06:00Z: 1 event, committed as [id]
      ~ LORE-002 still claimed by agent-0, until 2026-01-09T10:06:00Z (token 1)
    Next change by the clock: 2026-01-09T10:11:00Z (in 1h5m)
    Token 1 proves the claim: `orch task complete LORE-002 --token 1` delivers under it.
    --- stderr
    note: other clones know of a claim once it is pushed: `--push`

    [09:07] $ orch task show LORE-002
    LORE-002 Second
      status:   pending
      type:     lore, P1
      agent:    agent-0
      claim:    agent-0 until 2026-01-09T10:06:00Z (in 59m), token 1
      created:  2026-01-09T09:00:00Z (7m ago)

    Last events
      ID   TIME                  ACTOR           EVENT
      2.0  2026-01-09T09:00:00Z  orch@localhost  + LORE-002 created: Second (lore, P1)
      3.0  2026-01-09T09:02:00Z  orch@localhost  > LORE-002 claimed by agent-0 until 2026-01-09T10:02:00Z (token 1)
      4.0  2026-01-09T09:06:00Z  agent-0         ~ LORE-002 still claimed by agent-0, until 2026-01-09T10:06:00Z (token 1)

    [09:08] $ orch explain LORE-002
    LORE-002 Second: assigned to agent-0, not started

    Claim
      agent-0 works on it alone until 2026-01-09T10:06:00Z, token 1
        others can have it from 2026-01-09T10:11:00Z, if it is not renewed

    Routing
      route pull matches, it waits until a candidate claims it (routing.yaml:2)
        agent-0 holds 1 of 1 task, this one among them (agents.yaml:2)
        agent-1 holds 0 of 1 task (agents.yaml:4)

    Reviews
      it needs no review: no requirement matches

    Next
      agent-0 is to start it: orch task start LORE-002 --token 1

    [09:10] $ orch task start LORE-002 --as agent-0 --token 1
    Tick 5 at 2026-01-09T09:10:00Z: 1 event, committed as [id]
      ~ LORE-002 started by agent-0
    Next change by the clock: 2026-01-09T10:11:00Z (in 1h1m)

    [11:12] $ orch task complete LORE-002 --as agent-0 --token 1
    --- stderr
    error: token 1 is not the one of a claim on task `LORE-002` any more, and nobody holds it

    hint: what was done under it does not count, for somebody else may have begun anew; `orch task show LORE-002` shows how it stands, `orch task claim LORE-002` asks for a new claim
    --- exit 1

    [11:12] $ orch next --as agent-1
    Tick 6 at 2026-01-09T11:12:00Z: 2 events, committed as [id]
      ! LORE-002 claim of agent-0 expired, back in the queue (token 1 ended) — its time was up at 2026-01-09T10:06:00Z
      > LORE-002 claimed by agent-1 until 2026-01-09T13:12:00Z (token 2)
    Next change by the clock: 2026-01-09T13:17:00Z (in 2h5m)
    Token 2 proves the claim: `orch task complete LORE-002 --token 2` delivers under it.
    --- stderr
    note: other clones know of a claim once it is pushed: `--push`

    [11:13] $ orch task complete LORE-002 --as agent-0 --token 1
    --- stderr
    error: token 1 is not the one of a claim on task `LORE-002` any more: `agent-1` holds it until 2026-01-09T13:12:00Z

    hint: what was done under it does not count, for somebody else may have begun anew; `orch task show LORE-002` shows how it stands, `orch task claim LORE-002` asks for a new claim
    --- exit 1

    [11:14] $ orch task reassign LORE-002 --to agent-0
    --- stderr
    error: task `LORE-002` is claimed by `agent-1` until 2026-01-09T13:12:00Z

    hint: wait until then, or let `agent-1` release it; to go over the claim: `--override`
    --- exit 1

    [11:15] $ orch task release LORE-002 --as agent-1 --token 2
    Tick 7 at 2026-01-09T11:15:00Z: 1 event, committed as [id]
      ~ LORE-002 released by agent-1, back in the queue (token 2 ended)
    Nothing changes by the clock alone.

    [11:16] $ orch task claim LORE-002 --as agent-0
    Tick 8 at 2026-01-09T11:16:00Z: 1 event, committed as [id]
      > LORE-002 claimed by agent-0 until 2026-01-09T13:16:00Z (token 3)
    Next change by the clock: 2026-01-09T13:21:00Z (in 2h5m)
    Token 3 proves the claim: `orch task complete LORE-002 --token 3` delivers under it.
    --- stderr
    note: other clones know of a claim once it is pushed: `--push`

    [11:17] $ orch task cancel LORE-002 --override
    Tick 9 at 2026-01-09T11:17:00Z: 1 event, committed as [id]
      - LORE-002 cancelled — by orch@localhost, over a claim
    Nothing changes by the clock alone.

    [11:18] $ orch next --as agent-0 --ttl 90d
    --- stderr
    error: a claim cannot last 90d

    hint: say a time up to 30d, such as `--ttl 2h`
    --- exit 1

    [11:18] $ orch next --as agent-0 --dry-run
    Dry run at 2026-01-09T11:18:00Z: 1 event, nothing was changed

    Assignments
      > LORE-001 claimed by agent-0 until 2026-01-09T13:18:00Z (token 1)

    [11:19] $ orch next --as agent-7
    --- stderr
    error: `agent-7` is not a declared agent, and only agents claim tasks

    hint: say for which one: `--agent NAME`
    --- exit 1

    [11:20] $ orch task release LORE-001
    --- stderr
    error: task `LORE-001` is not claimed

    hint: `orch task claim LORE-001` claims it
    --- exit 1
    ");
    let next = team.json(&["next", "--as", "agent-0", "--now", "2026-01-09T11:30:00Z"]);
    assert_eq!((&next["task"]["code"], &next["claim"]["token"]), (&"LORE-001".into(), &1.into()));
    let output = team.orch(&["next", "--as", "agent-1", "--format", "json", "--now", "2026-01-09T11:31:00Z"]);
    assert_eq!(output.status.code(), Some(12));
    let nothing: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(nothing["task"].is_null() && nothing["claim"].is_null());
    // A request file says the same.
    team.write("in.jsonl", "{\"do\":\"complete\",\"as\":\"agent-0\",\"task\":\"LORE-001\",\"token\":7}\n");
    let late = team.run(&["tick", "--requests", "in.jsonl", "--now", "2026-01-09T11:32:00Z"]);
    insta::assert_snapshot!(late, @"
    $ orch tick --requests in.jsonl --now 2026-01-09T11:32:00Z
    --- stderr
    error: in.jsonl:1: `agent-0` cannot complete LORE-001; nothing was done
    Caused by: token 7 is not the one of a claim on task `LORE-001` any more: `agent-0` holds it until 2026-01-09T13:30:00Z

    hint: what was done under it does not count, for somebody else may have begun anew; `orch task show LORE-001` shows how it stands, `orch task claim LORE-001` asks for a new claim
    --- exit 1
    ");
    team.write(
        "in.jsonl",
        "{\"do\":\"claim\",\"as\":\"agent-0\",\"task\":\"LORE-001\",\"ttl\":\"3h\"}\n{\"do\":\"complete\",\"as\":\"agent-0\",\"task\":\"LORE-001\",\"token\":1}\n",
    );
    team.ok(&["tick", "--requests", "in.jsonl", "--now", "2026-01-09T11:33:00Z"]);
    let log = team.json(&["event", "list", "--type", "task.delivered"]);
    assert_eq!(log["events"][0]["asked"]["token"], 1);
    team.ok(&["fsck"]);
}

/// A number from the environment, to run the whole of what the suite runs a little of.
#[expect(clippy::disallowed_methods, reason = "tests touch the world")]
fn scaled(name: &str, little: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(little)
}

/// Many processes, each for an agent of its own, want one task on one server: one gets it, all the others are
/// told who has it. Those who lost it to time come late, all of them at once with the next ones, and deliver
/// nothing. `ORCH_TEST_CLAIMERS=100 ORCH_TEST_CLAIM_ROUNDS=200` is the whole of it.
#[expect(clippy::print_stdout, reason = "the figures")]
#[test]
fn many_claimers_of_one_task_over_http() {
    const CLONES: usize = 20;
    const LATE: usize = 4;
    let claimers = scaled("ORCH_TEST_CLAIMERS", 8);
    let rounds = scaled("ORCH_TEST_CLAIM_ROUNDS", 2);
    let remote = Remote::of(pulls(claimers), claimers.min(CLONES));
    remote.at(0, &["task", "add", "Wanted", "--type", "lore", "--push", "--now", "2026-01-09T00:00:00Z"]);
    let began = Instant::now();
    let start: Time = "2026-01-09T00:00:00Z".parse().unwrap();
    let orch = |clone: usize, now: &str, args: &[&str]| -> Output {
        let args = [args, &["--push", "--now", now]].concat();
        for _ in 0..50 {
            let cwd = &remote.clones[clone % remote.clones.len()];
            let output = remote.sandbox.orch_command(&args).current_dir(cwd).output().unwrap();
            if !String::from_utf8_lossy(&output.stderr).contains("others are writing too") {
                return output;
            }
        }
        panic!("{args:?}: always busy");
    };
    let (late_tried, late_done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut lost: Vec<(String, String)> = Vec::new();
    for round in 0..rounds {
        // Each claim lasts an hour; the next begins when it has ended by every clock.
        let now = Time::from_second(start.as_second() + 66 * 60 * i64::try_from(round).unwrap()).to_string();
        let late: Vec<&(String, String)> = lost.iter().rev().take(LATE).collect();
        let told: Vec<(usize, bool, String)> = all(claimers + late.len(), |number| {
            if let Some((agent, token)) = number.checked_sub(claimers).map(|late_one| late[late_one]) {
                let args = ["task", "complete", "LORE-001", "--as", agent, "--token", token];
                let output = orch(number, &now, &args);
                late_tried.fetch_add(1, Ordering::SeqCst);
                late_done.fetch_add(usize::from(output.status.success()), Ordering::SeqCst);
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(told.contains("is not the one of a claim on task `LORE-001` any more"), "{told}");
                return Vec::new();
            }
            let agent = format!("agent-{number}");
            let output = orch(number, &now, &["task", "claim", "LORE-001", "--ttl", "1h", "--as", &agent]);
            let told = if output.status.success() { output.stdout } else { output.stderr };
            vec![(number, output.status.success(), String::from_utf8(told).unwrap())]
        });
        let holders: Vec<&(usize, bool, String)> = told.iter().filter(|(_, won, _)| *won).collect();
        let [(holder, _, _)] = holders.as_slice() else { panic!("round {round}: {holders:?}") };
        let holder = format!("agent-{holder}");
        for (number, _, words) in told.iter().filter(|(_, won, _)| !won) {
            let expected = format!("error: task `LORE-001` is claimed by `{holder}` until ");
            assert!(words.starts_with(&expected), "round {round}, agent-{number}: {words}");
        }
        lost.push((holder, (round + 1).to_string()));
    }
    let (tried, done) = (late_tried.into_inner(), late_done.into_inner());
    println!(
        "{claimers} claimers, {rounds} rounds: 1 holder each; {tried} late completions, {done} accepted; {} s",
        began.elapsed().as_secs()
    );
    assert_eq!(done, 0);
    remote.assert_never_forced();
    let fresh = remote.fresh();
    let claimed = fresh.json(&["event", "list", "--type", "task.claimed", "--limit", "0"]);
    let tokens: Vec<u64> =
        claimed["events"].as_array().unwrap().iter().map(|e| e["data"]["token"].as_u64().unwrap()).collect();
    assert_eq!(tokens, (1..=rounds as u64).collect::<Vec<_>>(), "each token once, in order");
    let delivered = fresh.json(&["event", "list", "--type", "task.delivered", "--limit", "0"]);
    assert_eq!(delivered["events"].as_array().unwrap().len(), 0);
    assert_linear(&fresh, "orch/state");
    fresh.ok(&["fsck"]);
}

/// As many tasks as agents: nobody gets one that somebody else got, and nobody goes away empty.
#[test]
fn who_loses_a_race_takes_the_next_task() {
    let agents = scaled("ORCH_TEST_CLAIMERS", 6);
    let remote = Remote::of(pulls(agents), agents.min(10));
    for number in 0..agents {
        remote.at(0, &["task", "add", &format!("Task {number}"), "--type", "lore"]);
    }
    remote.at(0, &["tick", "--push"]);
    let mut taken = all(agents, |number| {
        let agent = format!("agent-{number}");
        let args = ["next", "--as", &agent, "--push", "--format", "json"];
        let cwd = &remote.clones[number % remote.clones.len()];
        for _ in 0..50 {
            let output = remote.sandbox.orch_command(&args).current_dir(cwd).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            if told.contains("others are writing too") {
                continue;
            }
            assert!(output.status.success(), "{told}");
            let next: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!((&next["pushed"], &next["claim"]["holder"]), (&true.into(), &agent.into()));
            return vec![next["task"]["code"].as_str().unwrap().to_owned()];
        }
        panic!("always busy");
    });
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), agents);
    remote.assert_never_forced();
    remote.fresh().ok(&["fsck"]);
}

#[test]
fn a_claim_that_was_not_pushed_gives_way_to_one_that_was() {
    let remote = Remote::of(pulls(2), 2);
    remote.at(0, &["task", "add", "Wanted", "--type", "lore", "--push"]);
    remote.at(1, &["tick", "--push"]);
    remote.at(1, &["task", "claim", "LORE-001", "--as", "agent-1"]);
    remote.at(0, &["task", "claim", "LORE-001", "--as", "agent-0", "--push"]);
    let output = remote
        .sandbox
        .orch_command(&["task", "complete", "LORE-001", "--as", "agent-1", "--token", "1", "--push"])
        .current_dir(&remote.clones[1])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(remote.sandbox.redact(&String::from_utf8_lossy(&output.stderr)), @"
    note: the remote has ticks that this clone lacked; planned 1 tick of its own again on top of them (as they were: refs/orch/diverged/[id])
    warning: lost on the way: agent-1 asked to claim LORE-001, but task `LORE-001` is claimed by `agent-0` until 2026-01-09T11:00:00Z
    error: task `LORE-001` is claimed by `agent-0` until 2026-01-09T11:00:00Z

    hint: wait until then, or let `agent-0` release it; to go over the claim: `--override`
    ");
}

const ROLES: &str = "roles:
  - name: lead
    members: [tess@example.com]
    may: [edit, claim]
  - name: owner
    members: \"github:583231\" # octocat
    may: [edit, run, pause]
    verified: true
";

#[test]
fn who_may_is_decided_by_roles_and_recorded() {
    let team = pulls(2);
    team.write("roles.yaml", ROLES);
    team.write("workflows/greet.yaml", "name: Greet\non: manual\nsteps:\n  - run: echo hello\n");
    team.git(&["config", "user.email", "tess@example.com"]);
    team.git(&["add", "-A"]);
    team.git(&["commit", "--quiet", "-m", "roles"]);
    insta::assert_snapshot!(team.day(
        r#"
        09:00 task add "First" --type lore
        09:01 task add "Second" --type lore --as eve@example.com
        09:01 task add "Second" --type lore --as TESS@example.com
        09:02 task claim LORE-001 --as agent-0
        09:03 task cancel LORE-001 --as agent-0
        09:04 task cancel LORE-001 --override
        09:06 run greet --as github:583231
        09:07 event list --limit 3
        "#
    ), @"
    [09:00] $ orch task add First --type lore
    Tick 1 at 2026-01-09T09:00:00Z: 3 events, committed as [id]
      + state created for project my-team
      ~ configuration [id] taken up
      + LORE-001 created: First (lore, P2) — by tess@example.com (role lead, roles.yaml:2)
    Nothing changes by the clock alone.

    [09:01] $ orch task add Second --type lore --as eve@example.com
    --- stderr
    error: `eve@example.com` may not add, change or cancel this task

    hint: roles that may: lead, owner
    --- exit 1

    [09:01] $ orch task add Second --type lore --as TESS@example.com
    --- stderr
    error: `TESS@example.com` may not add, change or cancel this task

    hint: roles that may: lead, owner
    --- exit 1

    [09:02] $ orch task claim LORE-001 --as agent-0
    Tick 2 at 2026-01-09T09:02:00Z: 1 event, committed as [id]
      > LORE-001 claimed by agent-0 until 2026-01-09T11:02:00Z (token 1)
    Next change by the clock: 2026-01-09T11:07:00Z (in 2h5m)
    Token 1 proves the claim: `orch task complete LORE-001 --token 1` delivers under it.
    --- stderr
    note: other clones know of a claim once it is pushed: `--push`

    [09:03] $ orch task cancel LORE-001 --as agent-0
    --- stderr
    error: `agent-0` may not add, change or cancel this task

    hint: roles that may: lead, owner
    --- exit 1

    [09:04] $ orch task cancel LORE-001 --override
    Tick 3 at 2026-01-09T09:04:00Z: 1 event, committed as [id]
      - LORE-001 cancelled — by tess@example.com, over a claim (role lead, roles.yaml:2)
    Nothing changes by the clock alone.

    [09:06] $ orch run greet --as github:583231
    --- stderr
    error: `github:583231` cannot be the name of an actor
    --- exit 1

    [09:07] $ orch event list --limit 3
    ID   TIME                  ACTOR             EVENT
    1.2  2026-01-09T09:00:00Z  tess@example.com  + LORE-001 created: First (lore, P2) (role lead, roles.yaml:2)
    2.0  2026-01-09T09:02:00Z  agent-0           > LORE-001 claimed by agent-0 until 2026-01-09T11:02:00Z (token 1)
    3.0  2026-01-09T09:04:00Z  tess@example.com  - LORE-001 cancelled (role lead, roles.yaml:2)
    3 events
    ");
    let told = team.run(&["run", "greet"]);
    assert!(told.contains("error: `tess@example.com` may not start, cancel or repeat runs"), "{told}");
    assert!(told.contains("(git identity, not verified); act from a job of GitHub Actions"), "{told}");
    // A request file gives no rights by the names in it, but whoever hands it over has theirs.
    team.write(
        "in.jsonl",
        "{\"do\":\"add\",\"as\":\"tess@example.com\",\"add\":{\"title\":\"x\",\"type\":\"lore\"}}\n",
    );
    insta::assert_snapshot!(team.run(&["tick", "--requests", "in.jsonl"]), @"
    $ orch tick --requests in.jsonl
    --- stderr
    error: in.jsonl:1: `tess@example.com` cannot add a task; nothing was done
    Caused by: `tess@example.com` may not add, change or cancel this task

    hint: a name in a request file gives no rights: leave `as` out, and who hands the file over is asked
    --- exit 1
    ");
    team.write("in.jsonl", "{\"do\":\"add\",\"add\":{\"title\":\"x\",\"type\":\"lore\"}}\n");
    team.ok(&["tick", "--requests", "in.jsonl"]);
    // In a job of GitHub Actions the account counts, by its number, whatever git says.
    let in_actions = |id: &str, login: &str| {
        let mut command = team.orch_command(&["run", "greet"]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_ACTOR_ID", id).env("GITHUB_ACTOR", login);
        command.output().unwrap().status.code()
    };
    assert_eq!(in_actions("1", "octocat"), Some(1), "a login proves nothing");
    assert_eq!(in_actions("583231", "renamed"), Some(0));
    let log = team.json(&["event", "list", "--type", "run.created"]);
    let asked = &log["events"][0]["asked"];
    assert_eq!(
        (&asked["source"], &asked["verified"], &asked["login"], &asked["at"]),
        (&"github".into(), &true.into(), &"renamed".into(), &"roles.yaml:5".into())
    );
    assert_eq!(log["events"][0]["actor"], "github:583231");
    let log = team.json(&["event", "list", "--type", "task.created"]);
    let asked = &log["events"][0]["asked"];
    assert_eq!((&asked["source"], &asked["verified"]), (&"git".into(), &false.into()));
    assert!(asked["host"].is_string(), "{asked}");
    team.ok(&["fsck"]);
}
