//! What expressions may name, and what is wrong with a name that is not there.

use std::ops::Range;

use crate::check::declared::Flow;
use crate::check::raw::RawWorkflow;
use crate::diag::{Issue, did_you_mean, literal};
use crate::expr::Reference;
use crate::load::ShortOr;
use crate::model::{COMMIT_FIELDS, EVENT_TYPE, event_fields, fields_of_events};

use super::View;
use super::place::{At, Moment};
use super::texts::Written;

/// Everything an expression can begin with.
const ROOTS: [&str; 16] = [
    "event", "inputs", "vars", "steps", "item", "index", "metrics", "values", "agents", "tasks", "workflow",
    "run", "project", "secrets", "failure", "now",
];
const OF_WORKFLOW: [&str; 4] = ["id", "name", "owner", "criticality"];
const OF_RUN: [&str; 4] = ["id", "slot", "started_at", "actor"];
const OF_PROJECT: [&str; 1] = ["name"];
const OF_FAILURE: [&str; 4] = ["step", "message", "exit_code", "tail"];
const OF_ATTEMPT: [&str; 6] = ["step", "message", "exit_code", "tail", "result", "attempt"];
const OF_STEP: [&str; 6] = ["outputs", "status", "exit_code", "error", "attempt", "tail"];

/// What is wrong with a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Finding {
    pub(in crate::check) issue: Issue,
    pub(in crate::check) message: String,
    pub(in crate::check) help: String,
}

impl Finding {
    fn unknown(message: String, help: String) -> Option<Self> {
        Some(Self { issue: Issue::UnknownReference, message, help })
    }
}

/// What is wrong with a reference of a text; nothing if it leads somewhere. Secrets are not judged.
pub(in crate::check) fn judge(
    view: &View<'_>,
    written: &Written<'_>,
    reference: &Reference,
    range: &Range<usize>,
) -> Option<Finding> {
    let path: Vec<&str> = reference.path.iter().map(smol_str::SmolStr::as_str).collect();
    let (root, rest) = path.split_first()?;
    let raw: &RawWorkflow = &view.item.value.raw;
    let place = written.place;
    match *root {
        "inputs" if place.at == At::Trigger => {
            absent("inputs", "inside a trigger: nothing was given to it", "use `if` of the workflow for that")
        }
        "inputs" => {
            let known = raw.inputs.iter().flat_map(|inputs| inputs.iter()).map(|(name, _)| name.as_str());
            declared("inputs", rest, &known.collect::<Vec<_>>())
        }
        "vars" if place.at == At::Vars => {
            absent("vars", "among themselves", "write out the value, or put the text where it is used")
        }
        "vars" => {
            let known = raw.vars.iter().flat_map(|vars| vars.iter()).map(|(name, _)| name.as_str());
            declared("vars", rest, &known.collect::<Vec<_>>())
        }
        "run" if matches!(place.at, At::Trigger | At::Condition) => {
            absent("run", "before there is one", "use `event` for what triggered it")
        }
        "run" => member("run", rest, &OF_RUN),
        "workflow" => member("workflow", rest, &OF_WORKFLOW),
        "project" => member("project", rest, &OF_PROJECT),
        "item" | "index" if !place.has_item => {
            absent(root, "without `for_each`", "add `for_each` to the step")
        }
        "event" => event(&view.item.value, rest),
        "metrics" | "values" | "agents" | "tasks" | "now" | "secrets" | "item" | "index" => None,
        "failure" if place.moment == Moment::Before => absent(
            "failure",
            "before something failed",
            "use it in `on_failure`, `finally`, `rollback` or the `if` of `retry`",
        ),
        "failure" if place.moment == Moment::Retried => member("failure", rest, &OF_ATTEMPT),
        "failure" => member("failure", rest, &OF_FAILURE),
        "steps" => step(view, written, rest, range),
        // The end of a name with a dash, of which the beginning is reported.
        _ if follows_dash(view, written, range) => None,
        other => Finding::unknown(
            format!("{} does not exist", literal(other)),
            did_you_mean(other, ROOTS).unwrap_or_else(|| {
                let roots: Vec<String> = ROOTS.iter().map(|root| literal(root)).collect();
                format!("an expression begins with {}", roots.join(", "))
            }),
        ),
    }
}

fn absent(root: &str, which: &str, help: &str) -> Option<Finding> {
    Finding::unknown(format!("there is no `{root}` {which}"), help.to_owned())
}

/// A field of what started the run: one that one of the triggers gives.
fn event(flow: &Flow, rest: &[&str]) -> Option<Finding> {
    let (name, rest) = rest.split_first()?;
    let known = event_names(flow)?;
    if !known.contains(name) {
        let mut finding = member("event", &[name], &known)?;
        finding.help.push_str(" (`orch explain event` tells what they are)");
        return Some(finding);
    }
    if *name == "commit" { member("event.commit", rest, &COMMIT_FIELDS) } else { None }
}

/// What `event` holds, over all triggers; none where that cannot be told.
fn event_names(flow: &Flow) -> Option<Vec<&'static str>> {
    let mut names = vec![EVENT_TYPE.0];
    let mut triggers = flow.raw.on.iter().peekable();
    triggers.peek()?;
    for trigger in triggers.filter_map(|trigger| trigger.long()) {
        let kinds = [
            // The clock calls an agent to its tasks, and a task is what it is told of.
            ("schedule", trigger.schedule.is_some() && flow.activates.is_none()),
            ("metric", trigger.metric.is_some()),
            ("files", trigger.files.is_some()),
            ("webhook", trigger.webhook.is_some()),
            ("commits", trigger.commits.is_some()),
            ("github", trigger.github.is_some()),
        ];
        for (kind, _) in kinds.into_iter().filter(|(_, is_one)| *is_one) {
            names.extend(event_fields(kind).iter().map(|(name, _)| *name));
        }
        let types = trigger.event.as_ref().map(|event| match &event.value {
            ShortOr::Short(types) => types,
            ShortOr::Long(events) => &events.types.value,
        });
        for one in types.into_iter().flat_map(|types| types.iter()) {
            names.extend(fields_of_events(&one.value.0)?);
        }
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// A name below a root that has a fixed set of them.
fn member(root: &str, rest: &[&str], known: &[&str]) -> Option<Finding> {
    let name = rest.first()?;
    if known.contains(name) {
        return None;
    }
    let help = did_you_mean(name, known.iter().copied()).unwrap_or_else(|| {
        let known: Vec<String> = known.iter().map(|name| format!("`{root}.{name}`")).collect();
        format!("there is {}", known.join(", "))
    });
    Finding::unknown(format!("{} does not exist", literal(&format!("{root}.{name}"))), help)
}

/// A name below a root that the file itself declares.
fn declared(root: &str, rest: &[&str], known: &[&str]) -> Option<Finding> {
    let name = rest.first()?;
    if known.contains(name) {
        return None;
    }
    let help = did_you_mean(name, known.iter().copied())
        .unwrap_or_else(|| format!("declare it under `{root}:` of this workflow"));
    Finding::unknown(format!("{} is not declared", literal(&format!("{root}.{name}"))), help)
}

fn step(view: &View<'_>, written: &Written<'_>, rest: &[&str], range: &Range<usize>) -> Option<Finding> {
    let At::Step(own) = written.place.at else {
        return absent("steps", "here: no step has been done", "use it inside the steps only");
    };
    let (name, rest) = rest.split_first()?;
    let Some(other) = view.step(name) else {
        let help = dashed(view, written, name, range)
            .map(|id| format!("write `steps['{id}']`: a dash in an expression means minus"))
            .or_else(|| did_you_mean(name, view.steps.iter().map(|step| step.id.as_str())))
            .unwrap_or_else(|| "give the step that is meant this `id`".to_owned());
        let message = format!("step {} does not exist", literal(name));
        return Some(Finding { issue: Issue::UnknownStep, message, help });
    };
    order(view, written, own, other).or_else(|| {
        let (field, rest) = rest.split_first()?;
        if !OF_STEP.contains(field) {
            return member(&format!("steps.{name}"), &[field], &OF_STEP);
        }
        if *field == "outputs" { output(view, other, rest.first()?) } else { None }
    })
}

/// Whether the other step has ended when this one asks.
fn order(view: &View<'_>, written: &Written<'_>, own: usize, other: usize) -> Option<Finding> {
    let (step, asked) = (&view.steps[own], &view.steps[other]);
    let (id, name) = (literal(&step.id), literal(&asked.id));
    let issue = Issue::OutputWithoutNeed;
    if own == other {
        let message = format!("step {id} asks what came of itself");
        let help = "ask in a later step that needs this one".to_owned();
        return (!matches!(written.place.moment, Moment::Attempted | Moment::Retried)).then_some(Finding {
            issue,
            message,
            help,
        });
    }
    if view.waits_for(own, other) {
        return None;
    }
    if asked.list > step.list {
        let list = asked.list.key().0;
        let message = format!("step {id} asks for step {name}, which comes later");
        return Some(Finding {
            issue,
            message,
            help: format!("move this step to `{list}`, or that one to `steps`"),
        });
    }
    let message = format!("step {id} asks for step {name} without waiting for it");
    let help = if view.waits_for(other, own) {
        format!("step {name} waits for this one; turn that around, or remove what is asked")
    } else {
        format!("add `{}` to its `needs`", asked.id)
    };
    Some(Finding { issue, message, help })
}

/// Whether a built-in action has an output.
fn output(view: &View<'_>, step: usize, name: &str) -> Option<Finding> {
    let step = &view.steps[step];
    let raw = &step.raw.value;
    let [call] = raw.calls.as_slice() else { return None };
    let outputs = call.action.outputs();
    // Of a list, the outputs are those of each item; a name with `*` stands for any.
    let is_open = raw.keys.for_each.is_some() || outputs.iter().any(|(output, _)| output.contains('*'));
    if is_open || outputs.iter().any(|(output, _)| *output == name) {
        return None;
    }
    let message = format!("{} has no output {}", literal(call.action.name()), literal(name));
    let help = did_you_mean(name, outputs.iter().map(|(output, _)| *output)).unwrap_or_else(|| {
        let outputs: Vec<String> = outputs.iter().map(|(output, _)| literal(output)).collect();
        if outputs.is_empty() {
            "it has no outputs".to_owned()
        } else {
            format!("it has {}", outputs.join(", "))
        }
    });
    Some(Finding { issue: Issue::UnknownOutput, message, help })
}

/// The step whose name somebody wrote with a dash: `steps.run-tests` is `steps.run` minus `tests`.
fn dashed<'v>(
    view: &'v View<'_>,
    written: &Written<'_>,
    name: &str,
    range: &Range<usize>,
) -> Option<&'v str> {
    let begin = written.text.get(range.start..)?;
    let after = begin.strip_prefix("steps.")?.strip_prefix(name)?.strip_prefix('-')?;
    let ids = view.steps.iter().map(|step| step.id.as_str());
    ids.filter(|id| {
        id.strip_prefix(name).and_then(|end| end.strip_prefix('-')).is_some_and(|end| after.starts_with(end))
    })
    .max_by_key(|id| id.len())
}

/// Whether a name is the rest of one with a dash.
fn follows_dash(view: &View<'_>, written: &Written<'_>, range: &Range<usize>) -> bool {
    let Some(before) = written.text.get(..range.start).and_then(|before| before.strip_suffix('-')) else {
        return false;
    };
    let name = before.rsplit("steps.").next().unwrap_or_default();
    let first = name.split('-').next().unwrap_or_default();
    let dashed = view.steps.iter().any(|step| step.id.starts_with(name) && step.id.len() > name.len());
    dashed && view.step(first).is_none()
}
