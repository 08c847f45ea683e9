//! Agents that are called on GitHub: by the start of a workflow, and by being assigned to an issue.

use serde_json::json;

use super::double::{BOT, Fault, GitHub, When};
use super::tasks::World;

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

fn project<'g>(github: &'g GitHub, agents: &str) -> World<'g> {
    let files =
        [("orch.yaml", "name: calls\n"), ("agents.yaml", agents), ("routing.yaml", "fallback: writer\n")];
    World::new(github, &files)
}

fn add(world: &World<'_>, code: &str) -> String {
    world.said(&["task", "add", "Say hello", "--type", "text", "--code", code])
}

#[test]
fn a_workflow_is_started_once_for_a_task() {
    let Some(github) = GitHub::start() else { return };
    github.tables(|tables| tables.add_titled_workflow("acme/app", "writer.yml", "orch_key"));
    let world = project(&github, AGENTS);
    world.said(&["tick"]);
    add(&world, "TEXT-001");
    // The answer to the start is lost: the run is found by its key, and not started again.
    github.fault(When::new("POST", "/repos/*/*/actions/workflows/*/dispatches"), Fault::ErrorAfter);
    for _ in 0..3 {
        world.said(&["tick"]);
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
    let told = world.said(&["agent", "show", "writer"]);
    assert!(told.contains("activate-writer#1 succeeded by github-dispatch"), "{told}");
    github.assert_valid();
    assert!(world.said(&["verify"]).contains("every decision follows"));
}

#[test]
fn where_the_workflow_is_missing_the_issue_is_assigned() {
    let Some(github) = GitHub::start() else { return };
    let world = project(&github, AGENTS);
    world.said(&["tick"]);
    let issue = github.at(BOT, "POST", "/issues", json!({ "title": "Say hello" }))["number"].to_string();
    world.sandbox.write(
        "tasks/hello.yaml",
        format!("tasks:\n  - {{ code: TEXT-001, title: Say hello, type: text, issue: {issue} }}\n"),
    );
    world.sandbox.git(&["add", "-A"]);
    world.sandbox.git(&["commit", "--quiet", "-m", "a task"]);
    let told = world.said(&["tick"]);
    assert!(told.contains("TEXT-001 writer activated for it"), "{told}");
    let assigned = || github.look(&format!("/issues/{issue}"))["assignees"].clone();
    assert_eq!(assigned()[0]["login"], "ada", "{told}");
    let shown = world.said(&["explain", "TEXT-001"]);
    assert!(shown.contains("activate-writer#1 succeeded by github-assign"), "{shown}");
    world.said(&["tick"]);
    assert_eq!(github.done("POST", "/repos/*/*/issues/*/assignees"), 1);
    // A task without an issue: nothing can reach the agent, and that is said with both reasons.
    add(&world, "TEXT-002");
    let told = world.said(&["tick"]);
    assert!(told.contains("github-dispatch: ") && told.contains("; github-assign: "), "{told}");
    github.assert_valid();
}
