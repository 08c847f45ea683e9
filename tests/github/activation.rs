//! Agents that are called on GitHub: by the start of a workflow, and by being assigned to an issue.

use serde_json::json;

use super::double::{BOT, Fault, GitHub, When};
use super::harness::Sandbox;

/// The first way starts a workflow with the brief, the second assigns the issue of the task.
const AGENTS: &str = r#"agents:
  - name: writer
    activate:
      with:
        - github.dispatch:
            workflow: writer.yml
            ref: main
            key: true
            inputs: { task: "{{ event.task.code }}", brief: "{{ vars.brief }}" }
          retry: 1
        - github.assign: { number: "{{ event.task.spec.issue }}", add: [ada] }
          retry: 1
"#;

fn project(agents: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: calls\n");
    sandbox.write("agents.yaml", agents);
    sandbox.write("routing.yaml", "fallback: writer\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox
}

fn orch(sandbox: &Sandbox, github: &GitHub, args: &[&str]) -> String {
    let output = sandbox.orch_command(args).env_remove("ORCH_NOW").envs(github.env()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn add(sandbox: &Sandbox, github: &GitHub, code: &str) -> String {
    orch(sandbox, github, &["task", "add", "Say hello", "--type", "text", "--code", code])
}

#[test]
fn a_workflow_is_started_once_for_a_task() {
    let Some(github) = GitHub::start() else { return };
    github.tables(|tables| tables.add_titled_workflow("acme/app", "writer.yml", "orch_key"));
    let sandbox = project(AGENTS);
    orch(&sandbox, &github, &["tick"]);
    add(&sandbox, &github, "TEXT-001");
    // The answer to the start is lost: the run is found by its key, and not started again.
    github.fault(When::new("POST", "/repos/*/*/actions/workflows/*/dispatches"), Fault::ErrorAfter);
    for _ in 0..3 {
        orch(&sandbox, &github, &["tick"]);
    }
    let dispatches = github.tables(|tables| tables.dispatches.clone());
    let [dispatch] = dispatches.as_slice() else { panic!("{dispatches:?}") };
    let inputs = &dispatch["inputs"];
    assert_eq!((&dispatch["workflow"], &inputs["task"]), (&json!("writer.yml"), &json!("TEXT-001")));
    let brief = inputs["brief"].as_str().unwrap();
    assert!(
        brief.starts_with("# TEXT-001: Say hello\n") && brief.contains("orch task complete TEXT-001"),
        "{brief}"
    );
    let told = orch(&sandbox, &github, &["agent", "show", "writer"]);
    assert!(told.contains("activate-writer#1 succeeded by github-dispatch"), "{told}");
    github.assert_valid();
    assert!(orch(&sandbox, &github, &["verify"]).contains("every decision follows"));
}

#[test]
fn where_the_workflow_is_missing_the_issue_is_assigned() {
    let Some(github) = GitHub::start() else { return };
    let sandbox = project(AGENTS);
    orch(&sandbox, &github, &["tick"]);
    let issue = github.at(BOT, "POST", "/issues", json!({ "title": "Say hello" }))["number"].to_string();
    sandbox.write(
        "tasks/hello.yaml",
        format!("tasks:\n  - {{ code: TEXT-001, title: Say hello, type: text, issue: {issue} }}\n"),
    );
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "a task"]);
    let told = orch(&sandbox, &github, &["tick"]);
    assert!(told.contains("TEXT-001 writer activated for it"), "{told}");
    let assigned = || github.look(&format!("/issues/{issue}"))["assignees"].clone();
    assert_eq!(assigned()[0]["login"], "ada", "{told}");
    let shown = orch(&sandbox, &github, &["explain", "TEXT-001"]);
    assert!(shown.contains("activate-writer#1 succeeded by github-assign"), "{shown}");
    orch(&sandbox, &github, &["tick"]);
    assert_eq!(github.done("POST", "/repos/*/*/issues/*/assignees"), 1);
    // A task without an issue: nothing can reach the agent, and that is said with both reasons.
    add(&sandbox, &github, "TEXT-002");
    let told = orch(&sandbox, &github, &["tick"]);
    assert!(told.contains("github-dispatch: ") && told.contains("; github-assign: "), "{told}");
    github.assert_valid();
}
