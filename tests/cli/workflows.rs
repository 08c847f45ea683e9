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
fn calm(text: &str) -> String {
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
    insta::assert_snapshot!(shown(&project, &["run", "clean-logs", "--input", "days=7"]), @"");
    assert!(!project.cwd.join("logs/a.log").exists() && !project.cwd.join("logs/old/b.log").exists());
    insta::assert_snapshot!(shown(&project, &["runs", "show", "clean-logs#1"]), @"");
    insta::assert_snapshot!(shown(&project, &["runs", "logs", "clean-logs#1", "--step", "look"]), @"");
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
    insta::assert_snapshot!(shown(&project, &["plan", "-o", "night.plan"]), @"");
    insta::assert_snapshot!(shown(&project, &["apply", "night.plan"]), @"");
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
    "), @"");
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
    "), @"");
    insta::assert_snapshot!(project.run(&["workflow", "show", "clean-logs"]), @"");
    insta::assert_snapshot!(project.run(&["workflow", "graph", "deploy"]), @"");
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
    insta::assert_snapshot!(shown(&project, &backfill), @"");
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
    "), @"");
}
