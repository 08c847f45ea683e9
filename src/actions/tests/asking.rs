//! Actions of the state: what they ask for.

use serde_json::{Value, json};

use super::agreement::example;
use crate::actions::{ACTIONS, ActionKind, find};
use crate::model::{Ask, FlowAsk, NewTask, Priority, TaskEdit};

fn ask(action: &str, args: Value) -> Result<Ask, String> {
    let action = find(action).unwrap();
    action.ask(&args).map(|asks| <[Ask; 1]>::try_from(asks).unwrap()).map(|[ask]| ask)
}

#[test]
fn each_says_what_is_asked_for() {
    let code = || "CONTENT-010".parse().unwrap();
    let why = || Some("because".to_owned());
    let agent = || "agent-03".into();
    for (action, args, expected) in [
        ("task.start", json!({ "task": "CONTENT-010" }), Ask::Start { task: code() }),
        (
            "task.complete",
            json!({ "task": "CONTENT-010", "output": 7 }),
            Ask::Complete { task: code(), output: Some("7".into()) },
        ),
        (
            "task.block",
            json!({ "task": "CONTENT-010", "reason": "because" }),
            Ask::Block { task: code(), reason: "because".into() },
        ),
        ("task.unblock", json!({ "task": "CONTENT-010" }), Ask::Unblock { task: code() }),
        ("task.cancel", json!({ "task": "CONTENT-010" }), Ask::Cancel { task: code(), reason: None }),
        (
            "task.assign",
            json!({ "task": "CONTENT-010", "to": "agent-03" }),
            Ask::Reassign { task: code(), to: agent() },
        ),
        (
            "agent.pause",
            json!({ "agent": "agent-03", "reason": "because" }),
            Ask::Flow(FlowAsk::PauseAgent { agent: agent(), why: why() }),
        ),
        ("agent.resume", json!({ "agent": "agent-03" }), Ask::Flow(FlowAsk::ResumeAgent { agent: agent() })),
        ("workflow.pause", json!({}), Ask::Flow(FlowAsk::Pause { workflow: None, why: None })),
        (
            "workflow.resume",
            json!({ "workflow": "a-b" }),
            Ask::Flow(FlowAsk::Resume { workflow: Some("a-b".into()) }),
        ),
        (
            "state.set",
            json!({ "key": "last_release", "value": [1, null] }),
            Ask::Flow(FlowAsk::SetValue { key: "last_release".into(), value: json!([1, null]) }),
        ),
        (
            "metric.record",
            json!({ "metric": "disk_used", "value": 87 }),
            Ask::Flow(FlowAsk::RecordMetric { metric: "disk_used".into(), value: 87.0 }),
        ),
        (
            "metric.record",
            json!({ "metric": "disk_used", "value": " 87.5\n" }),
            Ask::Flow(FlowAsk::RecordMetric { metric: "disk_used".into(), value: 87.5 }),
        ),
        (
            "workflow.run",
            json!({ "workflow": "a", "inputs": { "n": 1 } }),
            Ask::Flow(FlowAsk::Run {
                workflow: "a".into(),
                inputs: json!({ "n": 1 }).as_object().unwrap().clone(),
                parent: None,
            }),
        ),
    ] {
        assert_eq!(ask(action, args), Ok(expected), "{action}");
    }
}

#[test]
fn tasks_are_made_and_edited() {
    let args = json!({
        "prefix": "BUG", "title": 12, "type": "bug", "priority": 1, "tier": 2, "labels": ["a", "b"], "depends_on": "BUG-1",
        "deadline": "2026-01-09T18:00:00+09:00", "description": "text", "content_type": "case_study",
    });
    let spec = NewTask {
        title: "12".into(),
        kind: "bug".into(),
        content_type: Some("case_study".into()),
        description: Some("text".into()),
        priority: Priority::P1,
        tier: Some(2),
        labels: vec!["a".into(), "b".into()],
        depends_on: vec!["BUG-001".parse().unwrap()],
        deadline: Some("2026-01-09T09:00:00Z".parse().unwrap()),
        source: None,
        issue: None,
    };
    assert_eq!(ask("task.create", args), Ok(Ask::Add { code: None, prefix: Some("BUG".into()), spec }));

    let edit = TaskEdit {
        title: Some("new".into()),
        description: Some(None),
        tier: Some(None),
        labels: Some(Vec::new()),
        deadline: Some(Some("2026-01-09T09:00:00Z".parse().unwrap())),
        ..TaskEdit::default()
    };
    let args = json!({ "task": "A-1", "title": "new", "description": null, "tier": null, "labels": [], "deadline": "2026-01-09T09:00:00Z" });
    assert_eq!(ask("task.edit", args), Ok(Ask::Edit { task: "A-1".parse().unwrap(), edit }));
    assert_eq!(
        ask("task.edit", json!({ "task": "A-1" })),
        Err("nothing is to change; name what the task gets".into())
    );
}

#[test]
fn what_makes_no_sense_is_said() {
    for (action, args, message) in [
        ("task.start", json!({ "task": "nonsense" }), "`task`: `nonsense` is not a task code"),
        ("task.start", json!({}), "missing key `task`"),
        ("task.start", json!({ "task": "{{ event.task }}" }), "`{{ event.task }}` still holds a template"),
        (
            "task.assign",
            json!({ "task": "A-1", "to": "Agent 3" }),
            "`to`: `Agent 3` is not a name (small letters",
        ),
        ("metric.record", json!({ "metric": "disk", "value": "87%" }), "`value`: `87%` is not a number"),
        (
            "metric.record",
            json!({ "metric": "disk", "value": null }),
            "`value`: expected a number, or a template",
        ),
        (
            "metric.record",
            json!({ "metric": "disk used", "value": 1 }),
            "`metric`: `disk used` is not a name of letters",
        ),
        ("task.create", json!({ "title": "x", "type": "a b" }), "`type`: `a b` is not a single word"),
        (
            "task.create",
            json!({ "title": "x", "type": "a", "tier": 0 }),
            "`tier`: `0` is not a whole number from 1 to 99",
        ),
        (
            "task.create",
            json!({ "title": "x", "type": "a", "deadline": "soon" }),
            "`deadline`: `soon` is not a time",
        ),
        (
            "task.create",
            json!({ "title": "x", "type": "a", "labels": ["ok", "not ok"] }),
            "`labels.1`: `not ok` is not",
        ),
    ] {
        let found = ask(action, args).unwrap_err();
        assert!(found.starts_with(message), "{action}: {found}");
    }
}

#[test]
fn templates_pass_the_check_and_not_the_use() {
    for action in ACTIONS.iter().filter(|action| action.kind() == ActionKind::State) {
        let mut args = example(*action);
        for value in args.as_object_mut().unwrap().values_mut().filter(|value| value.is_string()) {
            *value = json!("{{ event.value }}");
        }
        assert_eq!(action.check(&args), Ok(()), "{}: {args}", action.name());
    }
}
