//! Tasks, reviews and agents: what a team is told, and what is moved for it. Deployments, since
//! people approve them.

use super::project;
use crate::harness::Sandbox;

/// A team of three, of which `writer` gets all work.
fn team(workflows: &[&str]) -> Sandbox {
    let demo = project(workflows);
    demo.write(
        "agents.yaml",
        "agents:\n  - name: writer\n    max_active: 5\n  - name: helper\n  - name: editor\n",
    );
    demo.write(
        "routing.yaml",
        "routes:\n  - name: all\n    match: { type: text }\n    to: writer\nfallback: editor\n",
    );
    demo
}

fn add(demo: &Sandbox, code: &str, title: &str, minute: &str) {
    let now = format!("2026-11-20T12:{minute}:00Z");
    demo.ok(&["task", "add", title, "--code", code, "--type", "text", "--now", &now]);
}

#[test]
fn an_idle_agent_takes_over_a_waiting_task() {
    let demo = team(&["agent-idle-redistribute"]);
    demo.edit("agents.yaml", "  - name: editor\n", "  - name: editor\n    kind: human\n");
    demo.tick("2026-11-20T12:00:00Z");
    add(&demo, "TEXT-001", "One", "01");
    add(&demo, "TEXT-002", "Two", "02");
    add(&demo, "TEXT-003", "Three", "03");
    demo.ok(&["task", "start", "TEXT-001", "--as", "writer", "--now", "2026-11-20T12:04:00Z"]);
    let said = demo.tick("2026-11-20T12:05:00Z");
    assert!(said.contains("TEXT-003 assigned to helper"), "{said}");
    // Nobody is idle any more.
    demo.tick("2026-11-20T13:05:00Z");
    assert_eq!(
        demo.runs(),
        [
            "agent-idle-redistribute@2026-11-20T12:05Z succeeded",
            "agent-idle-redistribute@2026-11-20T13:05Z succeeded"
        ]
    );
    assert_eq!(demo.steps("agent-idle-redistribute@2026-11-20T13:05Z"), ["move skipped"]);
}

#[test]
fn finished_work_is_announced() {
    let demo = team(&["announce-completions"]);
    demo.tick("2026-11-20T12:00:00Z");
    add(&demo, "TEXT-001", "A <b>bold</b> page", "01");
    demo.ok(&["task", "start", "TEXT-001", "--as", "writer", "--now", "2026-11-20T12:02:00Z"]);
    demo.ok(&[
        "task",
        "complete",
        "TEXT-001",
        "--as",
        "writer",
        "--output",
        "out/page.md",
        "--now",
        "2026-11-20T12:30:00Z",
    ]);
    let said = demo.tick("2026-11-20T12:31:00Z");
    assert!(said.contains("A <b>bold</b> page, by writer"), "{said}");
    assert_eq!(demo.runs(), ["announce-completions#1 succeeded"]);
    assert_eq!(
        demo.read("announcements/TEXT-001.md").replace('\u{2060}', ""),
        "# A &lt;b&gt;bold&lt;/b&gt; page\n\nTEXT-001 was completed on 2026-11-20 at 12:30 UTC\nby writer.\n\nResult: out/page.md\n"
    );
    demo.idle("2026-11-20T12:32:00Z");
}

#[test]
fn a_late_review_makes_its_task_more_urgent() {
    let demo = team(&["escalate-overdue-reviews"]);
    demo.write(
        "reviews.yaml",
        "types:\n  - name: style\n    reviewers: [editor]\ntiers:\n  - tier: 1\n    name: All\n    stages: [[style]]\n\
         required:\n  - match: { type: text }\n    default_tier: 1\n",
    );
    demo.write(
        "sla.yaml",
        "objectives:\n  - name: style-review\n    for: review\n    review: style\n    within: 1h\n",
    );
    demo.tick("2026-11-20T12:00:00Z");
    add(&demo, "TEXT-001", "A page", "01");
    demo.ok(&["task", "start", "TEXT-001", "--as", "writer", "--now", "2026-11-20T12:02:00Z"]);
    demo.ok(&["task", "complete", "TEXT-001", "--as", "writer", "--now", "2026-11-20T12:10:00Z"]);
    demo.tick("2026-11-20T13:00:00Z");
    assert_eq!(demo.runs(), Vec::<String>::new());
    let said = demo.tick("2026-11-20T13:10:00Z");
    assert!(said.contains("The review of TEXT-001 is late"), "{said}");
    assert!(said.contains("A page: due 2026-11-20 13:10 by style-review; editor has it"), "{said}");
    assert_eq!(demo.runs(), ["escalate-overdue-reviews#1 succeeded"]);
    let shown = demo.said(&["task", "show", "TEXT-001", "--now", "2026-11-20T13:11:00Z"]);
    assert!(shown.contains("P1"), "{shown}");
}

#[test]
fn the_morning_has_a_digest() {
    let demo = team(&["daily-digest"]);
    demo.tick("2026-11-19T06:00:00Z");
    demo.ok(&[
        "task",
        "add",
        "Old | one",
        "--code",
        "TEXT-001",
        "--type",
        "text",
        "--now",
        "2026-11-19T07:00:00Z",
    ]);
    demo.ok(&[
        "task",
        "add",
        "New one",
        "--code",
        "TEXT-002",
        "--type",
        "text",
        "--now",
        "2026-11-20T07:00:00Z",
    ]);
    demo.ok(&["metric", "record", "queue_length", "2", "--now", "2026-11-20T07:30:00Z"]);
    let said = demo.tick("2026-11-20T08:00:00Z");
    assert!(said.contains("2 open tasks; all of it in reports/daily/2026-11-20.md"), "{said}");
    insta::assert_snapshot!(demo.read("reports/daily/2026-11-20.md"), @"
    # demo on 2026-11-20

    2 open tasks: 2 pending, 0 in progress, 0 blocked, 0 review.

    ## Who has what

    | agent | tasks | most | reviews | |
    |---|---|---|---|---|
    | writer | 2 | 5 | 0 |  |
    | helper | 0 | 3 | 0 |  |
    | editor | 0 | 3 | 0 |  |

    ## Waiting for longer than a day

    - TEXT-001 Old &#124; one (P2, writer)

    ## Metrics

    - queue_length: 2
    ");
}

/// A project whose deployments write down what they do.
fn deployable(health: &str) -> Sandbox {
    let demo = project(&["deploy-with-approval"]);
    demo.write("deploy/deploy.sh", "echo \"deploy $VERSION to $ENVIRONMENT\" >> done.txt\n");
    demo.write("deploy/health.sh", health);
    demo.write("deploy/rollback.sh", "echo \"rollback of $VERSION\" >> done.txt\n");
    demo.tick("2026-11-20T12:00:00Z");
    demo
}

fn run(demo: &Sandbox, environment: &str) -> String {
    let environment = format!("environment={environment}");
    let args = ["run", "deploy-with-approval", "--input", "version=1.4.2", "--input", &environment];
    let output = demo.orch(&[&args[..], &["--now", "2026-11-20T12:01:00Z"]].concat());
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
}

#[test]
fn staging_is_deployed_without_asking() {
    let demo = deployable("exit 0\n");
    let said = run(&demo, "staging");
    assert!(said.contains("1.4.2 is in staging, and healthy"), "{said}");
    assert_eq!(demo.read("done.txt"), "deploy 1.4.2 to staging\n");
    assert_eq!(demo.runs(), ["deploy-with-approval#1 succeeded"]);
    assert!(demo.steps("deploy-with-approval#1").contains(&"agree skipped".into()));
}

#[test]
fn production_waits_for_a_yes() {
    let demo = deployable("exit 0\n");
    run(&demo, "production");
    demo.tick("2026-11-20T12:30:00Z");
    assert!(!demo.cwd.join("done.txt").exists());
    demo.ok(&["approve", "deploy-with-approval#1", "--as", "mika", "--now", "2026-11-20T13:00:00Z"]);
    demo.tick("2026-11-20T13:01:00Z");
    assert_eq!(demo.read("done.txt"), "deploy 1.4.2 to production\n");
    assert_eq!(demo.runs(), ["deploy-with-approval#1 succeeded"]);
}

#[test]
fn a_no_deploys_nothing() {
    let demo = deployable("exit 0\n");
    run(&demo, "production");
    demo.ok(&["deny", "deploy-with-approval#1", "--as", "mika", "--now", "2026-11-20T13:00:00Z"]);
    let said = demo.bad_tick("2026-11-20T13:01:00Z");
    assert!(said.contains("agree: denied by mika"), "{said}");
    assert!(!demo.cwd.join("done.txt").exists());
    assert_eq!(demo.runs(), ["deploy-with-approval#1 failed"]);
}

#[test]
fn what_is_not_healthy_is_rolled_back() {
    let demo = deployable("echo tried >> tries.txt; exit 1\n");
    run(&demo, "staging");
    demo.tick("2026-11-20T12:02:00Z");
    let said = demo.bad_tick("2026-11-20T12:03:00Z");
    assert_eq!(demo.read("done.txt"), "deploy 1.4.2 to staging\nrollback of 1.4.2\n");
    assert_eq!(demo.read("tries.txt"), "tried\n".repeat(3));
    assert!(said.contains("1.4.2 did not get to staging"), "{said}");
    assert_eq!(demo.runs(), ["deploy-with-approval#1 failed"]);
}
