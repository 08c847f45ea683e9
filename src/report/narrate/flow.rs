//! The facts about workflows in plain words: runs and their steps, approvals, what triggers saw, switches.

use serde_json::{Map, Value};

use crate::model::{Ended, FileChange, FlowFact, Name, Outcome, Phase, RunStatus, Started};
use crate::report::clean::{one_line, shorten};
use crate::report::line::Symbol;
use crate::report::plural::{join_and, plural};
use crate::report::tip::short;
use crate::state::State;

/// The most characters of a text that somebody wrote, within a sentence.
const QUOTED: usize = 200;
/// The most files that are named.
const FILES: usize = 3;

/// What a fact is about: a run, a workflow, a metric, a value or an agent.
pub(super) fn subject(fact: &FlowFact) -> String {
    let name = match fact {
        FlowFact::MetricRecorded { metric, .. } => metric.as_str(),
        FlowFact::ValueSet { key, .. } => key.as_str(),
        FlowFact::AgentPaused { agent, .. } | FlowFact::AgentResumed { agent } => agent.as_str(),
        fact => match (fact.run(), fact.workflow()) {
            (Some(run), _) => run.0.as_str(),
            (None, Some(workflow)) => workflow,
            (None, None) => "workflows",
        },
    };
    one_line(name).into_owned()
}

/// The sentence, to follow on the subject. `actor` is who did it.
pub(super) fn sentence(fact: &FlowFact, actor: &str, state: &State) -> (Symbol, String) {
    match fact {
        FlowFact::RunCreated { started, .. } => (Symbol::Made, format!("made: {}", started_by(started))),
        FlowFact::RunStarted { .. }
        | FlowFact::RunLeased { .. }
        | FlowFact::RunPhase { .. }
        | FlowFact::RunRedefined { .. }
        | FlowFact::RunFinished { .. }
        | FlowFact::RunEscalated { .. } => of_run(fact, state),
        FlowFact::StepExpanded { .. }
        | FlowFact::StepStarted { .. }
        | FlowFact::StepFinished { .. }
        | FlowFact::StepRetried { .. }
        | FlowFact::StepWaiting { .. }
        | FlowFact::StepSkipped { .. }
        | FlowFact::StepDelegated { .. } => of_step(fact),
        FlowFact::ApprovalRequested { .. }
        | FlowFact::ApprovalGranted { .. }
        | FlowFact::ApprovalDenied { .. }
        | FlowFact::ApprovalExpired { .. } => of_approval(fact, actor),
        FlowFact::MetricRecorded { value, .. } => (Symbol::Changed, format!("is {value}")),
        FlowFact::ValueSet { value, .. } => (Symbol::Changed, format!("set to {}", quoted_value(value))),
        FlowFact::WorkflowPaused { why, .. } | FlowFact::AgentPaused { why, .. } => {
            (Symbol::Attention, format!("paused{}", tail(why.as_deref())))
        }
        FlowFact::WorkflowResumed { .. } | FlowFact::AgentResumed { .. } => {
            (Symbol::Done, "resumed".to_owned())
        }
        FlowFact::WorkflowDisabled { why, .. } => {
            (Symbol::Withdrawn, format!("switched off{}", tail(why.as_deref())))
        }
        FlowFact::WorkflowEnabled { .. } => (Symbol::Done, "switched on".to_owned()),
        fact => of_trigger(fact),
    }
}

/// Whether the sentence says who did it.
pub(super) fn names_actor(fact: &FlowFact) -> bool {
    match fact {
        FlowFact::ApprovalGranted { .. } | FlowFact::ApprovalDenied { .. } => true,
        FlowFact::RunCreated { started, .. } => started.actor.is_some(),
        _ => false,
    }
}

/// What made a run, in words: `due at 2026-11-20T17:00:00Z`, `asked for by mika`.
pub fn started_by(started: &Started) -> String {
    let inputs = match inputs_in_words(&started.inputs) {
        inputs if inputs.is_empty() => inputs,
        inputs => format!(" with {inputs}"),
    };
    if let Some((run, step)) = &started.parent {
        return format!("a part of {}, step {}{inputs}", one_line(&run.0), one_line(step));
    }
    if let Some(slot) = started.slot {
        let by = started.actor.as_deref().map(|actor| format!(", filled in by {}", one_line(actor)));
        return format!("due at {slot}{}", by.unwrap_or_default());
    }
    match (started.by.as_str(), &started.actor) {
        ("manual" | "workflow", Some(actor)) => format!("asked for by {}{inputs}", one_line(actor)),
        ("manual", None) => format!("asked for{inputs}"),
        (by, Some(actor)) => format!("{} again, by {}", one_line(by), one_line(actor)),
        (by, None) => one_line(by).into_owned(),
    }
}

fn inputs_in_words(inputs: &Map<String, Value>) -> String {
    let given = inputs.iter().filter(|(_, value)| !value.is_null());
    let words: Vec<_> = given.map(|(key, value)| format!("{}={}", one_line(key), quoted_value(value))).collect();
    words.join(", ")
}

fn of_run(fact: &FlowFact, state: &State) -> (Symbol, String) {
    match fact {
        FlowFact::RunStarted { .. } => (Symbol::Changed, "started".to_owned()),
        FlowFact::RunLeased { lease: Some(lease), .. } => {
            (Symbol::Changed, format!("taken on by tick {} until {}", one_line(&lease.holder), lease.until))
        }
        FlowFact::RunLeased { lease: None, .. } => (Symbol::Changed, "left for the next tick".to_owned()),
        FlowFact::RunPhase { phase, failed, message, .. } => {
            let what = match phase {
                Phase::Steps => "begins with its steps",
                Phase::Rollback => "undoes what was done",
                Phase::OnFailure => "handles its failure",
                Phase::Finally => "finishes up",
            };
            let why = match (failed, message) {
                (Some(step), Some(message)) => format!(": {} failed: {}", one_line(step), quoted(message)),
                (None, Some(message)) => format!(": {}", quoted(message)),
                (Some(step), None) => format!(": {} failed", one_line(step)),
                (None, None) => String::new(),
            };
            let symbol = if *phase == Phase::Finally { Symbol::Changed } else { Symbol::Attention };
            (symbol, format!("{what}{why}"))
        }
        FlowFact::RunRedefined { .. } => {
            (Symbol::Changed, "goes on by its workflow as it is now".to_owned())
        }
        FlowFact::RunFinished { run, status, message } => {
            let known = state.run(&run.0);
            let steps = known.map(|run| steps_done(run.steps.len(), run.started_at.zip(run.finished_at)));
            finished(*status, message.as_deref().or(known.and_then(failure)), steps.as_deref())
        }
        FlowFact::RunEscalated { to, message, .. } => {
            (Symbol::Attention, format!("escalated to {}: {}", people(to), quoted(message)))
        }
        other => (Symbol::Changed, other.kind().to_owned()),
    }
}

fn failure(run: &crate::model::Run) -> Option<&str> {
    run.failure.as_ref().map(|failure| failure.message.as_str())
}

/// `3 steps in 45s`.
fn steps_done(steps: usize, times: Option<(crate::model::Time, crate::model::Time)>) -> String {
    let took = times.map(|(from, to)| to.since(from)).filter(|took| took.as_seconds() > 0);
    let took = took.map(|took| format!(" in {took}")).unwrap_or_default();
    format!("{}{took}", plural(steps, "step"))
}

/// How a run ended: `succeeded: 3 steps in 45s`, `failed: clean: exit code 1`.
fn finished(status: RunStatus, message: Option<&str>, steps: Option<&str>) -> (Symbol, String) {
    let symbol = match status {
        RunStatus::Succeeded => Symbol::Done,
        RunStatus::Failed => Symbol::Attention,
        _ => Symbol::Withdrawn,
    };
    let rest = if status == RunStatus::Succeeded { steps } else { message };
    (symbol, format!("{}{}", status.as_str(), tail(rest)))
}

fn of_step(fact: &FlowFact) -> (Symbol, String) {
    match fact {
        FlowFact::StepExpanded { step, items, .. } => {
            (Symbol::Changed, format!("{} goes over {}", one_line(step), plural(items.len(), "item")))
        }
        FlowFact::StepStarted { step, attempt: 0 | 1, .. } => {
            (Symbol::Changed, format!("{} started", one_line(step)))
        }
        FlowFact::StepStarted { step, attempt, .. } => {
            (Symbol::Changed, format!("{} started, attempt {attempt}", one_line(step)))
        }
        FlowFact::StepFinished { step, outcome, .. } => {
            let symbol = match outcome.ended {
                Ended::Succeeded => Symbol::Done,
                Ended::Cancelled => Symbol::Withdrawn,
                _ => Symbol::Attention,
            };
            (symbol, format!("{} {}", one_line(step), ended(outcome)))
        }
        FlowFact::StepRetried { step, at, .. } => {
            (Symbol::Changed, format!("{} will be tried again at {at}", one_line(step)))
        }
        FlowFact::StepWaiting { step, until, .. } => {
            (Symbol::Changed, format!("{} waits until {until}", one_line(step)))
        }
        FlowFact::StepSkipped { step, .. } => (Symbol::Withdrawn, format!("{} skipped", one_line(step))),
        FlowFact::StepDelegated { step, child, .. } => {
            (Symbol::Handed, format!("{} handed to {}", one_line(step), one_line(&child.0)))
        }
        other => (Symbol::Changed, other.kind().to_owned()),
    }
}

/// How an attempt ended: `succeeded in 1.2s`, `failed: exit code 1`.
pub fn ended(outcome: &Outcome) -> String {
    let took = if outcome.millis > 0 { format!(" in {}", took(outcome.millis)) } else { String::new() };
    let verb = match outcome.ended {
        Ended::Succeeded => return format!("succeeded{took}"),
        Ended::Failed => "failed",
        Ended::TimedOut => "timed out",
        Ended::Lost => "was lost",
        Ended::Cancelled => "was stopped",
    };
    format!("{verb}{took}{}", tail(outcome.error.as_deref()))
}

/// A length of time as people say it: `0.4s`, `12s`, `3m20s`.
pub fn took(millis: u64) -> String {
    match millis {
        0..10_000 => format!("{}.{}s", millis / 1000, millis % 1000 / 100),
        _ => crate::model::Duration::from_seconds(millis / 1000).to_string(),
    }
}

fn of_approval(fact: &FlowFact, actor: &str) -> (Symbol, String) {
    let step = match fact {
        FlowFact::ApprovalRequested { step, .. }
        | FlowFact::ApprovalGranted { step, .. }
        | FlowFact::ApprovalDenied { step, .. }
        | FlowFact::ApprovalExpired { step, .. } => step.as_deref(),
        _ => None,
    };
    let what = step.map(|step| format!("{} ", one_line(step))).unwrap_or_default();
    let actor = one_line(actor);
    match fact {
        FlowFact::ApprovalRequested { expires_at, roles, .. } => {
            let roles = if roles.is_empty() { "whoever may give it".to_owned() } else { people(roles) };
            (Symbol::Attention, format!("{what}waits for approval by {roles} until {expires_at}"))
        }
        FlowFact::ApprovalGranted { note, .. } => {
            (Symbol::Done, format!("{what}approved by {actor}{}", tail(note.as_deref())))
        }
        FlowFact::ApprovalDenied { note, .. } => {
            (Symbol::Withdrawn, format!("{what}denied by {actor}{}", tail(note.as_deref())))
        }
        _ => (Symbol::Withdrawn, format!("{what}not approved in time")),
    }
}

fn of_trigger(fact: &FlowFact) -> (Symbol, String) {
    match fact {
        FlowFact::TriggerWatched { trigger, .. } => {
            (Symbol::Made, format!("watches from now on: {}", one_line(trigger)))
        }
        FlowFact::TriggerDropped { trigger, .. } => {
            (Symbol::Withdrawn, format!("no longer watches: {}", one_line(trigger)))
        }
        FlowFact::ScheduleFired { slot, .. } => (Symbol::Changed, format!("due at {slot}")),
        FlowFact::ScheduleMissed { from, through, count, .. } => {
            let slots = plural(usize::try_from(*count).unwrap_or(usize::MAX), "slot");
            let when =
                if from == through { format!("at {from}") } else { format!("from {from} to {through}") };
            (Symbol::Attention, format!("{slots} missed, {when}"))
        }
        FlowFact::FilesChanged { files, .. } => (Symbol::Changed, format!("saw {}", files_in_words(files))),
        FlowFact::WebhookReceived { file, .. } => {
            (Symbol::Changed, format!("received {}", one_line(&file.path)))
        }
        FlowFact::CommitSeen { commit, matches, .. } => {
            let verb = if *matches { "saw" } else { "passed over" };
            let (subject, author) = (quoted(&commit.subject), one_line(&commit.author));
            (Symbol::Changed, format!("{verb} commit {} by {author}: {subject}", short(&commit.id)))
        }
        FlowFact::MetricCrossed { trigger, .. } => {
            (Symbol::Attention, format!("beyond its limit: {}", one_line(trigger)))
        }
        FlowFact::MetricHeld { trigger, .. } => {
            (Symbol::Attention, format!("beyond its limit for long enough: {}", one_line(trigger)))
        }
        FlowFact::MetricCleared { trigger, .. } => {
            (Symbol::Done, format!("back within its limit: {}", one_line(trigger)))
        }
        other => (Symbol::Changed, other.kind().to_owned()),
    }
}

/// `a.md, b.md and 3 more`.
fn files_in_words(files: &[FileChange]) -> String {
    let word = |file: &FileChange| format!("{} {}", one_line(&file.path), change(file));
    let mut named: Vec<String> = files.iter().take(FILES).map(word).collect();
    if files.len() > FILES {
        named.push(format!("{} more", files.len() - FILES));
    }
    join_and(&named)
}

const fn change(file: &FileChange) -> &'static str {
    match file.change {
        crate::model::Change::Created => "created",
        crate::model::Change::Changed => "changed",
        crate::model::Change::Deleted => "deleted",
    }
}

fn people(names: &[Name]) -> String {
    if names.is_empty() { "nobody".to_owned() } else { join_and(names) }
}

/// `: text`, or nothing.
fn tail(text: Option<&str>) -> String {
    text.map(|text| format!(": {}", quoted(text))).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    shorten(&one_line(text), QUOTED).into_owned()
}

fn quoted_value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    }
}
