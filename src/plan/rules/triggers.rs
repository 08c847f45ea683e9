//! Events start workflows: a run for each event that a trigger of theirs asks for.

use serde_json::{Map, Value, json};
use smol_str::{SmolStr, format_smolstr};

use super::breaker::break_chain;
use super::things::thing;
use super::{About, Context, Reactions, Rule};
use crate::expr::ExprError;
use crate::model::{
    Called, Change, Event, Fact, FileChange, FlowFact, GithubEvent, Guard, Name, On, RunId, Started, Trigger,
    Workflow,
};
use crate::plan::flow::{Scope, chain_after, chain_in_words, context_of, holds, is_too_long, number};

pub(super) struct Triggers;

impl Rule for Triggers {
    fn name(&self) -> &'static str {
        "triggers"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        match &event.fact {
            Fact::Flow(fact) => match fact.as_ref() {
                FlowFact::FilesChanged { workflow, trigger, files, .. } => {
                    let each = find(cx, workflow, trigger)
                        .is_some_and(|(_, t)| matches!(&t.on, On::Files(watch) if watch.each));
                    let sets: Vec<&[FileChange]> =
                        if each { files.chunks(1).collect() } else { vec![files.as_slice()] };
                    let sets = sets.into_iter().filter(|set| !set.is_empty());
                    for set in sets {
                        start(cx, event, workflow, trigger, files_event(set), out);
                    }
                }
                FlowFact::WebhookReceived { problem: Some(_), .. }
                | FlowFact::CommitSeen { matches: false, .. } => {}
                FlowFact::WebhookReceived { workflow, trigger, file, payload, problem: None } => {
                    let about = json!({"name": payload_name(cx, workflow, trigger), "path": file.path, "payload": payload});
                    start(cx, event, workflow, trigger, object(about), out);
                }
                FlowFact::CommitSeen { workflow, trigger, commit, .. } => {
                    start(cx, event, workflow, trigger, object(json!({"commit": commit})), out);
                }
                FlowFact::GithubSeen { events, .. } => {
                    for seen in events {
                        github(cx, event, seen, out);
                    }
                }
                FlowFact::MetricHeld { workflow, trigger } => {
                    let metric = find(cx, workflow, trigger).and_then(|(_, trigger)| match &trigger.on {
                        On::Metric(threshold) => Some(threshold),
                        _ => None,
                    });
                    let Some(threshold) = metric else { return };
                    let value =
                        cx.state.meta.metrics.get(&threshold.metric).map(|metric| number(metric.value));
                    let about = json!({
                        "metric": threshold.metric, "value": value,
                        "above": threshold.above.map(number), "below": threshold.below.map(number),
                        "for": threshold.held_for.as_seconds(),
                    });
                    start(cx, event, workflow, trigger, object(about), out);
                }
                _ => internal(cx, event, out),
            },
            _ => internal(cx, event, out),
        }
    }
}

/// What happened on GitHub.
fn github(cx: Context<'_>, event: &Event, seen: &GithubEvent, out: &mut Reactions) {
    let is_wanted = |trigger: &Trigger| match &trigger.on {
        On::Github(filters) => {
            filters.iter().any(|filter| filter.matches(&seen.event, seen.action.as_deref()))
        }
        _ => false,
    };
    for workflow in cx.config.workflows.values() {
        for trigger in workflow.triggers.iter().filter(|trigger| is_wanted(trigger)) {
            let about = json!({"name": seen.event, "action": seen.action, "payload": seen.payload});
            let by = seen.name();
            start_by(cx, event, &by, (workflow, trigger), object(about), out);
        }
    }
}

/// Events of `orch` itself.
fn internal(cx: Context<'_>, event: &Event, out: &mut Reactions) {
    let kind = event.fact.kind();
    if is_of_part(cx, event) {
        return;
    }
    let called = match &event.fact {
        Fact::AgentActivated { agent, .. } => Some(agent),
        _ => None,
    };
    for workflow in cx.config.workflows.values() {
        if workflow.activates.as_ref().is_some_and(|agent| called != Some(agent)) {
            continue;
        }
        for trigger in &workflow.triggers {
            let On::Event { types, matching, workflows } = &trigger.on else { continue };
            if !types.iter().any(|pattern| is_of(kind, pattern)) {
                continue;
            }
            let task = event.fact.task().and_then(|code| cx.state.task(code));
            if !task.map_or_else(|| matching.is_anything(), |task| matching.matches(task)) {
                continue;
            }
            let of = match &event.fact {
                Fact::Flow(fact) => fact.workflow(),
                _ => None,
            };
            // A workflow never starts on what its own runs do, unless it says so.
            let wanted = match of {
                Some(of) if workflows.is_empty() => of != workflow.id,
                Some(of) => workflows.iter().any(|name| name == of),
                None => workflows.is_empty(),
            };
            if wanted {
                start(cx, event, &workflow.id, &trigger.key, about(cx, event, task), out);
            }
        }
    }
}

/// Whether an event tells how a step fares on its runner: the run that it is a part of tells what comes of it.
fn is_of_part(cx: Context<'_>, event: &Event) -> bool {
    let Fact::Flow(fact) = &event.fact else { return false };
    let is_part = |run: &RunId| cx.state.run(&run.0).is_some_and(|run| run.part().is_some());
    fact.run().is_some_and(is_part) && !fact.kind().starts_with("approval.")
}

/// What `event` is in expressions: the fields of the fact, the task as a whole, what is known of a thing on GitHub, the
/// actor and the time.
fn about(cx: Context<'_>, event: &Event, task: Option<&crate::model::Task>) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(&event.fact) {
        Ok(Value::Object(outer)) => inner(outer),
        _ => Map::new(),
    };
    for value in fields.values_mut() {
        if let Some(measured) = value.as_f64().filter(|_| value.is_f64()) {
            *value = number(measured);
        }
    }
    if let Some(task) = task {
        fields.insert("task".to_owned(), json!(task));
        if let Fact::AgentActivated { .. } = event.fact {
            fields.extend(context_of(cx.state, task).map(|(name, value)| (name.to_owned(), value)));
        }
    }
    if let Fact::Flow(fact) = &event.fact
        && let Some(about) = fact.thing()
    {
        fields.insert("about".to_owned(), thing(&cx.state.meta.github, about));
    }
    fields.insert("actor".to_owned(), event.actor.as_str().into());
    fields.insert("at".to_owned(), json!(event.at));
    fields
}

/// The fields of a fact, without the names of its types around them.
fn inner(outer: Map<String, Value>) -> Map<String, Value> {
    match outer.into_iter().next() {
        Some((name, Value::Object(fields))) if name == "flow" => inner(fields),
        Some((_, Value::Object(fields))) => fields,
        _ => Map::new(),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn files_event(files: &[FileChange]) -> Map<String, Value> {
    let of = |change| -> Vec<&str> {
        files.iter().filter(|file| file.change == change).map(|file| file.path.as_str()).collect()
    };
    let path = if let [file] = files { Some(file.path.as_str()) } else { None };
    let changed: Vec<&str> =
        files.iter().filter(|file| file.change != Change::Deleted).map(|file| file.path.as_str()).collect();
    object(json!({
        "path": path, "files": changed, "created": of(Change::Created), "changed": of(Change::Changed),
        "deleted": of(Change::Deleted),
    }))
}

/// Whether a type of event is meant: `sla.*` means all that begin so.
fn is_of(kind: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => kind.starts_with(begin),
        None => kind == pattern,
    }
}

/// What sends the payloads of a trigger.
fn payload_name(cx: Context<'_>, workflow: &str, key: &str) -> Option<Name> {
    match &find(cx, workflow, key)?.1.on {
        On::Webhook { name, .. } => Some(name.clone()),
        _ => None,
    }
}

fn find<'a>(cx: Context<'a>, workflow: &str, key: &str) -> Option<(&'a Workflow, &'a Trigger)> {
    let workflow = cx.config.workflows.get(workflow)?;
    let trigger = workflow.triggers.iter().find(|trigger| trigger.key == key)?;
    Some((workflow, trigger))
}

fn start(
    cx: Context<'_>,
    event: &Event,
    workflow: &Name,
    key: &str,
    about: Map<String, Value>,
    out: &mut Reactions,
) {
    let Some(found) = find(cx, workflow, key) else { return };
    start_by(cx, event, event.fact.kind(), found, about, out);
}

/// `by` is the type of the event, as expressions see it.
fn start_by(
    cx: Context<'_>,
    event: &Event,
    by: &str,
    (workflow, trigger): (&Workflow, &Trigger),
    about: Map<String, Value>,
    out: &mut Reactions,
) {
    let started = Started {
        by: by.into(),
        trigger: Some(trigger.key.clone()),
        slot: None,
        actor: asked_by(event, workflow),
        event: about,
        inputs: Map::new(),
        parent: None,
        chain: out.behind().map(|run| chain_after(cx.state, run)),
    };
    match wanted(cx, workflow, trigger, &started) {
        Ok(true) if is_too_long(&started, by) => {
            let why = chain_in_words(cx.state, &workflow.id, &started);
            break_chain(cx, workflow, started.chain.as_ref().map(|chain| &chain.run), &why, out);
        }
        Ok(true) => {
            // Several runs of a workflow may come of one event: each has the next number.
            let number = cx.state.meta.run_numbers.get(&workflow.id).copied().unwrap_or(0)
                + 1
                + out.runs_of(&workflow.id);
            let fact = FlowFact::RunCreated {
                run: RunId::numbered(&workflow.id, number),
                workflow: workflow.id.clone(),
                digest: workflow.digest.clone(),
                started,
            };
            out.add_by(fact, by, &trigger.origin);
        }
        Ok(false) => {}
        // Whoever hears of failures and fails at it would never hear the end of it.
        Err(_) if event.fact.kind() == "trigger.failed" => {}
        Err(broken) => broken.tell(workflow, trigger, by, out),
    }
}

/// Who asked for a run in so many words, by asking that its agent be called.
fn asked_by(event: &Event, workflow: &Workflow) -> Option<SmolStr> {
    let is_asked = matches!(event.fact, Fact::AgentActivated { by: Called::Hand, .. });
    (is_asked && workflow.activates.is_some()).then(|| event.actor.clone())
}

/// A condition that cannot be told.
#[derive(Debug)]
pub(super) struct Broken<'a> {
    guard: &'a Guard,
    error: ExprError,
}

impl Broken<'_> {
    /// Tells of it, once for each event.
    pub(super) fn tell(&self, workflow: &Workflow, trigger: &Trigger, event: &str, out: &mut Reactions) {
        let fact = FlowFact::TriggerFailed {
            workflow: workflow.id.clone(),
            trigger: trigger.key.clone(),
            event: event.into(),
            place: format_smolstr!("{}", self.guard.origin),
            message: format!("`{}`: {}", self.guard.source(), self.error),
        };
        out.add_by(fact, event, &self.guard.origin);
    }
}

/// Whether a trigger is to make a run: nothing is switched off, and both conditions hold.
pub(super) fn wanted<'a>(
    cx: Context<'_>,
    workflow: &'a Workflow,
    trigger: &'a Trigger,
    started: &Started,
) -> Result<bool, Broken<'a>> {
    let disabled = cx.state.workflow(&workflow.id).is_some_and(|record| record.disabled.is_some());
    if disabled || !workflow.enabled {
        return Ok(false);
    }
    let scope = Scope { cx, workflow, started, run: None, item: None };
    for guard in trigger.condition.iter().chain(&workflow.condition) {
        if !holds(&scope, Some(&guard.expr)).map_err(|error| Broken { guard, error })? {
            return Ok(false);
        }
    }
    Ok(true)
}
