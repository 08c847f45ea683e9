//! `activate:` of an agent as the workflow that it stands for. What was written keeps its place, so that everything
//! that is said of the workflow points into `agents.yaml`.

use smol_str::{SmolStr, format_smolstr};

use crate::diag::Span;
use crate::load::{Entry, Node, Value, from_node};
use crate::model::{Activate, Name};

use super::declared::{Flow, digest};

/// What an agent is told if its `brief` says nothing else.
const BRIEF: &str = include_str!("activation/brief.md");

/// The keys that mean the same as in a workflow.
const SHARED: [&str; 7] = ["env", "permissions", "approval", "timeout", "breaker", "owner", "criticality"];
/// Those among the keys of a step that are not what it does.
const OF_STEP: [&str; 10] =
    ["id", "name", "if", "shell", "cwd", "env", "timeout", "retry", "on_lost", "runs_on"];

/// The workflows that the agents of a file are called by; those that cannot be read are left out, and their shape
/// has been reported.
pub(super) fn flows(agents: &Node) -> Vec<Flow> {
    let agents = agents.get("agents").and_then(Node::items).unwrap_or_default();
    agents.iter().filter_map(flow).collect()
}

fn flow(agent: &Node) -> Option<Flow> {
    let activate = agent.get("activate")?;
    let name = agent.get("name")?;
    let agent_name: Name = name.text()?.into();
    let at = activate.span;
    let title = agent.get("title").and_then(Node::text).unwrap_or(&agent_name);
    let brief = activate.get("brief").cloned().unwrap_or_else(|| text(at, BRIEF.trim_end()));
    let mut keys = vec![
        entry("name", text(name.span, format_smolstr!("Activate {title}"))),
        entry("on", triggers(activate)),
        entry("vars", map(at, vec![entry("brief", brief)])),
    ];
    for key in SHARED {
        keys.extend(whole_entry(activate, key));
    }
    let backends = activate.get("with")?;
    keys.push(entry("steps", steps(backends)?));
    let tree = map(at, keys);
    let raw = from_node(&tree).ok()?;
    let digest = digest(tree.to_json().to_string().as_bytes());
    Some(Flow { id: Activate::workflow_of(&agent_name), raw, tree, digest, activates: Some(agent_name) })
}

/// What starts it: that its agent is activated; and the clock, which activates it.
fn triggers(activate: &Node) -> Node {
    let by_call = map(activate.span, vec![entry("event", text(activate.span, "agent.activated"))]);
    let on = activate.get("on");
    let clocks = on.map(|on| on.items().unwrap_or(std::slice::from_ref(on))).unwrap_or_default();
    let all = std::iter::once(by_call).chain(clocks.iter().cloned());
    Node { span: on.map_or(activate.span, |on| on.span), value: Value::List(all.collect()) }
}

/// One step after the other, each only if none before it has succeeded. None of them fails the run: that is done
/// where all of them did.
fn steps(backends: &Node) -> Option<Node> {
    let mut ids: Vec<SmolStr> = Vec::new();
    let mut steps = Vec::new();
    let list = backends.items()?;
    for step in list {
        let Value::Map(written) = &step.value else { return None };
        let id = match step.get("id") {
            Some(id) => id.clone(),
            None => text(step.span, own_id(written, list, &ids)),
        };
        let mut keys: Vec<Entry> =
            written.iter().filter(|key| !["id", "if"].contains(&key.key.as_str())).cloned().collect();
        if let Some(before) = ids.last() {
            keys.push(entry("after", text(step.span, before.clone())));
        }
        keys.extend(condition(step, &ids).map(|condition| entry("if", condition)));
        keys.push(entry("continue_on_error", Node { span: step.span, value: Value::Bool(true) }));
        ids.push(id.text()?.into());
        keys.insert(0, entry("id", id));
        steps.push(map(step.span, keys));
    }
    Some(Node { span: backends.span, value: Value::List(steps) })
}

/// Its own condition, and that nothing before it succeeded.
fn condition(step: &Node, before: &[SmolStr]) -> Option<Node> {
    let failed = |id: &SmolStr| format!("steps['{id}'].status != 'succeeded'");
    let failed: Vec<String> = before.iter().map(failed).collect();
    let failed = (!failed.is_empty()).then(|| text(step.span, failed.join(" and ")));
    match (step.get("if"), failed) {
        (Some(own), Some(failed)) => {
            let both = Node { span: own.span, value: Value::List(vec![failed, own.clone()]) };
            Some(map(own.span, vec![entry("all", both)]))
        }
        (own, failed) => own.cloned().or(failed),
    }
}

/// A name for a step that has none: what it does, `github-dispatch` or `run`, with a number if that is taken.
fn own_id(written: &[Entry], list: &[Node], before: &[SmolStr]) -> SmolStr {
    let does = written.iter().map(|entry| &entry.key).find(|key| !OF_STEP.contains(&key.as_str()));
    let does = does.map_or_else(|| "step".to_owned(), |key| key.replace(['.', '_'], "-"));
    let is_free = |id: &str| {
        let is_given = list.iter().any(|step| step.get("id").and_then(Node::text) == Some(id));
        !is_given && !before.iter().any(|other| other == id)
    };
    let numbered = (2..).map(|number| format_smolstr!("{does}-{number}"));
    std::iter::once(SmolStr::from(does.as_str())).chain(numbered).find(|id| is_free(id)).unwrap_or_default()
}

fn text(span: Span, text: impl Into<SmolStr>) -> Node {
    Node { span, value: Value::Text(text.into()) }
}

fn map(span: Span, entries: Vec<Entry>) -> Node {
    Node { span, value: Value::Map(entries) }
}

fn entry(key: &'static str, value: Node) -> Entry {
    Entry { key: SmolStr::new_static(key), key_span: value.span, value }
}

/// A key with its value, as it was written.
fn whole_entry(node: &Node, key: &str) -> Option<Entry> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key == key).cloned()
}
