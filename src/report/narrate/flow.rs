//! The facts about workflows in plain words: runs and their steps, approvals, what triggers saw, switches.

use serde_json::{Map, Value};

use crate::model::{
    Account, Ended, FileChange, FlowFact, GithubEvent, GithubItem, Name, Outcome, Phase, PullState, Run,
    RunStatus, Started, StepStatus,
};
use crate::report::clean::{one_line, shorten};
use crate::report::line::Symbol;
use crate::report::plural::{join_and, plural};
use crate::report::tip::short;
use crate::report::triggers::key_in_words;
use crate::report::whereabouts::is_sending;
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
        FlowFact::GithubSeen { item, .. } => return github_item(item),
        FlowFact::GithubTasksChanged { tasks } => return plural(tasks.len(), "issue"),
        FlowFact::GithubWarned { about, .. }
        | FlowFact::GithubExceeded { about, .. }
        | FlowFact::GithubEscalated { about, .. }
        | FlowFact::GithubRecovered { about, .. } => return one_line(&about.to_string()).into_owned(),
        FlowFact::GithubIsolationBroken { .. } | FlowFact::GithubIsolationRestored { .. } => {
            "isolation of branches"
        }
        FlowFact::GithubIsolationJudged { verdict } => return format!("pull request {}", verdict.pull),
        fact => match (fact.run(), fact.workflow()) {
            (Some(run), _) => run.0.as_str(),
            (None, Some(workflow)) => workflow,
            // Also the state, if a rollback held it.
            (None, None) if matches!(fact, FlowFact::WorkflowResumed { .. }) => "everything",
            (None, None) => "all workflows",
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
        | FlowFact::RunCancelled { .. }
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
        ("agent.activated", Some(actor)) => format!("agent.activated, asked for by {}", one_line(actor)),
        (by, Some(actor)) => format!("{} again, by {}", one_line(by), one_line(actor)),
        (by, None) => one_line(by).into_owned(),
    }
}

fn inputs_in_words(inputs: &Map<String, Value>) -> String {
    let given = inputs.iter().filter(|(_, value)| !value.is_null());
    let words: Vec<_> =
        given.map(|(key, value)| format!("{}={}", one_line(key), quoted_value(value))).collect();
    words.join(", ")
}

fn of_run(fact: &FlowFact, state: &State) -> (Symbol, String) {
    match fact {
        FlowFact::RunStarted { .. } => (Symbol::Changed, "started".to_owned()),
        FlowFact::RunLeased { lease: Some(lease), .. } => {
            (Symbol::Changed, format!("taken on by tick {} until {}", one_line(&lease.holder), lease.until))
        }
        FlowFact::RunLeased { run, lease: None, .. }
            if state.run(&run.0).is_some_and(|r| r.status.is_finished()) =>
        {
            (Symbol::Changed, "is no longer at work".to_owned())
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
        FlowFact::RunRedefined { .. } => (Symbol::Changed, "goes on by its workflow as it is now".to_owned()),
        FlowFact::RunCancelled { message, .. } => {
            (Symbol::Withdrawn, format!("is to end, after its `finally`: {}", quoted(message)))
        }
        FlowFact::RunFinished { run, status, message } => {
            let known = state.run(&run.0);
            let steps = known.map(steps_done);
            let message = message.clone().or_else(|| known.and_then(failure));
            finished(*status, message.as_deref(), steps.as_deref())
        }
        FlowFact::RunEscalated { to, message, .. } => {
            (Symbol::Attention, format!("escalated to {}: {}", people(to), quoted(message)))
        }
        other => (Symbol::Changed, other.kind().to_owned()),
    }
}

/// Why a run failed: `deploy: exit code 3`.
fn failure(run: &Run) -> Option<String> {
    let failure = run.failure.as_ref()?;
    Some(match &failure.step {
        Some(step) => format!("{step}: {}", failure.message),
        None => failure.message.clone(),
    })
}

/// `3 steps in 45s`, `19 steps, 4 failures let pass`.
fn steps_done(run: &Run) -> String {
    let failures = run.steps.values().filter(|step| step.status == StepStatus::Failed).count();
    let passed = match failures {
        0 => String::new(),
        _ => format!(", {} let pass", plural(failures, "failure")),
    };
    let took = run
        .started_at
        .zip(run.finished_at)
        .map(|(from, to)| to.since(from))
        .filter(|took| took.as_seconds() > 0);
    let took = took.map(|took| format!(" in {took}")).unwrap_or_default();
    format!("{}{took}{passed}", plural(run.steps.len() - failures, "step"))
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
        FlowFact::StepExpanded { step, items, .. } if is_sending(step) => {
            let step = one_line(step.split(':').next().unwrap_or_default()).into_owned();
            (Symbol::Handed, format!("{step} is to be sent to {}", plural(items.len(), "runner")))
        }
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
        FlowFact::StepWaiting { run, step, until } if run.whole().is_some() => {
            (Symbol::Handed, format!("{} waits for a runner until {until}", one_line(step)))
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
    let took = |word: &str| match outcome.millis {
        0 => String::new(),
        millis => format!(" {word} {}", took(millis)),
    };
    let verb = match outcome.ended {
        Ended::Succeeded => return format!("succeeded{}", took("in")),
        Ended::Failed => "failed",
        Ended::TimedOut => "timed out",
        Ended::Lost => "was lost",
        Ended::Cancelled => "was stopped",
    };
    format!("{verb}{}{}", took("after"), tail(outcome.error.as_deref()))
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
        FlowFact::ApprovalGranted { note, was_done: true, .. } => {
            (Symbol::Done, format!("{what}was done, says {actor}{}", tail(note.as_deref())))
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
            (Symbol::Made, format!("watches from now on: {}", key_in_words(trigger)))
        }
        FlowFact::TriggerDropped { trigger, .. } => {
            (Symbol::Withdrawn, format!("no longer watches: {}", key_in_words(trigger)))
        }
        FlowFact::TriggerFailed { event, place, message, .. } => {
            let (event, place) = (one_line(event), one_line(place));
            (Symbol::Attention, format!("not started by {event}: {place}: {}", quoted(message)))
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
        FlowFact::GithubSeen { item, events, .. } => (Symbol::Changed, on_github(item, events)),
        FlowFact::GithubTasksChanged { tasks } => {
            let mut named: Vec<String> =
                tasks.iter().take(FILES).map(|task| format!("{} is {}", task.code, task.status)).collect();
            if tasks.len() > FILES {
                named.push(format!("{} more", tasks.len() - FILES));
            }
            (Symbol::Changed, format!("to show: {}", join_and(&named)))
        }
        FlowFact::GithubWarned { objective, due, .. } => {
            (Symbol::Attention, format!("will exceed {} at {due}", one_line(objective)))
        }
        FlowFact::GithubExceeded { objective, due, .. } => {
            (Symbol::Attention, format!("exceeded {}, due {due}", one_line(objective)))
        }
        FlowFact::GithubEscalated { objective, level, to, .. } => (
            Symbol::Attention,
            format!("escalated to {}: level {level} of {}", people(to), one_line(objective)),
        ),
        FlowFact::GithubRecovered { objective, .. } => {
            (Symbol::Done, format!("is over; {} had been exceeded", one_line(objective)))
        }
        FlowFact::GithubIsolationBroken { breach } => {
            (Symbol::Attention, format!("broken: {}", one_line(&breach.summary)))
        }
        FlowFact::GithubIsolationRestored { breach } => {
            (Symbol::Done, format!("restored; before, {}", one_line(&breach.summary)))
        }
        FlowFact::GithubIsolationJudged { verdict } => {
            let (state, summary) = (one_line(&verdict.state), one_line(&verdict.summary));
            (Symbol::Changed, format!("isolation is a {state}: {summary}"))
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

/// `pull request 12`.
fn github_item(item: &GithubItem) -> String {
    match item {
        GithubItem::Watched { repository, .. } => one_line(repository).into_owned(),
        GithubItem::Pull(pull) => format!("pull request {}", pull.number),
        GithubItem::Issue(issue) => format!("issue {}", issue.number),
        GithubItem::Comment { id, .. } => format!("comment {id}"),
        GithubItem::Build(build) => format!("workflow run {}", build.id),
        GithubItem::Deployment(deployment) => format!("deployment {}", deployment.id),
        GithubItem::Delivery(id) => format!("event {}", one_line(id)),
    }
}

/// `opened and labeled: Fix the lock by mika`.
fn on_github(item: &GithubItem, events: &[GithubEvent]) -> String {
    let is_merged = matches!(item, GithubItem::Pull(pull) if pull.state == PullState::Merged);
    let word = |event: &GithubEvent| match (event.event.as_str(), event.action.as_deref()) {
        ("pull_request", Some("closed")) if is_merged => "merged".to_owned(),
        ("pull_request_review", Some("submitted")) => "reviewed".to_owned(),
        (name, action) => one_line(action.unwrap_or(name)).replace('_', " "),
    };
    let mut done: Vec<String> = events.iter().map(word).collect();
    done.dedup();
    let by = |account: &Option<Account>| {
        account.as_ref().map(|account| format!(" by {}", one_line(&account.login))).unwrap_or_default()
    };
    let about = match item {
        GithubItem::Watched { kind, .. } => return format!("watches its {} from now on", kind.as_str()),
        GithubItem::Pull(pull) => format!("{}{}", quoted(&pull.title), by(&pull.author)),
        GithubItem::Issue(issue) => format!("{}{}", quoted(&issue.title), by(&issue.author)),
        GithubItem::Build(build) => {
            let how = build.conclusion.as_deref().unwrap_or("goes on");
            format!("{} on {}: {}", quoted(&build.name), one_line(&build.branch), one_line(how))
        }
        GithubItem::Deployment(deployment) => {
            // Which status it has says more than that it has one.
            let (of, to) = (deployment.branch.as_ref().unwrap_or(&deployment.sha), &deployment.environment);
            let state = one_line(deployment.state()).replace('_', " ");
            return format!("of {} to {}: {state}", one_line(of), one_line(to));
        }
        GithubItem::Comment { .. } | GithubItem::Delivery(_) => String::new(),
    };
    match (done.as_slice(), about.as_str()) {
        ([], about) => format!("is known: {about}"),
        (done, "") => join_and(done),
        (done, about) => format!("{}: {about}", join_and(done)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Fact};
    use crate::report::narrate;

    /// One fact of each type, as it stands in the log.
    const FACTS: &str = r#"
        {"run.created": {"run": "w#1", "workflow": "w", "digest": "d", "started": {"by": "manual",
            "actor": "mika", "inputs": {"days": 30, "dry": null}}}}
        {"run.started": {"run": "w#1"}}
        {"run.leased": {"run": "w#1", "lease": {"holder": "t-7", "until": "2026-01-09T09:05:00Z"}}}
        {"run.phase": {"run": "w#1", "phase": "rollback", "failed": "clean", "message": "exit code 1"}}
        {"run.redefined": {"run": "w#1", "digest": "e"}}
        {"run.cancelled": {"run": "w#1", "message": "replaced by w#2"}}
        {"run.finished": {"run": "w#1", "status": "failed", "message": "clean: exit code 1"}}
        {"run.escalated": {"run": "w#1", "to": ["mika", "rei"], "message": "it failed"}}
        {"step.expanded": {"run": "w#1", "step": "each", "items": [1, 2]}}
        {"step.started": {"run": "w#1", "step": "clean", "attempt": 2}}
        {"step.finished": {"run": "w#1", "step": "clean", "attempt": 1,
            "outcome": {"ended": "failed", "error": "exit code 1", "millis": 1240}}}
        {"step.retried": {"run": "w#1", "step": "clean", "at": "2026-01-09T09:01:00Z"}}
        {"step.waiting": {"run": "w#1", "step": "pause", "until": "2026-01-09T10:00:00Z"}}
        {"step.skipped": {"run": "w#1", "step": "report"}}
        {"step.delegated": {"run": "w#1", "step": "sub", "child": "v#3"}}
        {"approval.requested": {"run": "w#1", "digest": "d", "expires_at": "2026-01-10T09:00:00Z",
            "roles": ["admin"]}}
        {"approval.granted": {"run": "w#1", "step": "ship", "note": "looks good"}}
        {"approval.denied": {"run": "w#1"}}
        {"approval.expired": {"run": "w#1"}}
        {"trigger.watched": {"workflow": "w", "trigger": "files docs/**"}}
        {"trigger.failed": {"workflow": "w", "trigger": "t", "event": "task.created", "place": "workflows/w.yaml:3",
            "message": "`event.x > 1`: `event` has no `x`"}}
        {"trigger.dropped": {"workflow": "w", "trigger": "files docs/**"}}
        {"schedule.fired": {"workflow": "w", "trigger": "schedule every 60s", "slot": "2026-01-09T09:00:00Z"}}
        {"schedule.missed": {"workflow": "w", "trigger": "t", "from": "2026-01-09T07:00:00Z",
            "through": "2026-01-09T08:00:00Z", "count": 61}}
        {"files.changed": {"workflow": "w", "trigger": "t", "files": [
            {"path": "a", "change": "created"}, {"path": "b", "change": "changed"},
            {"path": "c", "change": "deleted"}, {"path": "d", "change": "created"}]}}
        {"webhook.received": {"workflow": "w", "trigger": "t", "file": {"path": "in/1.json", "change": "created"},
            "payload": {}}}
        {"commit.seen": {"workflow": "w", "trigger": "t", "matches": true,
            "commit": {"id": "0123456789", "author": "Mika", "subject": "say\nhello"}}}
        {"github.seen": {"item": {"watched": {"repository": "o/r", "kind": "pulls", "at": "2026-01-09T09:00:00Z"}}}}
        {"github.seen": {"item": {"pull": {"number": 12, "title": "Fix\nit", "author": {"id": 7, "login": "mika"},
            "state": "open", "head": "fix", "sha": "0123", "base": "main", "created_at": "2026-01-09T09:00:00Z",
            "updated_at": "2026-01-09T09:00:00Z"}}, "events": [{"event": "pull_request", "action": "opened", "payload": {}},
            {"event": "pull_request", "action": "labeled", "payload": {}}]}}
        {"github.seen": {"item": {"build": {"id": 99, "name": "CI", "branch": "main", "sha": "0123", "event": "push",
            "attempt": 1, "conclusion": "failure", "started_at": "2026-01-09T09:00:00Z",
            "updated_at": "2026-01-09T09:00:00Z"}}}}
        {"github.seen": {"item": {"deployment": {"id": 5, "environment": "production", "task": "deploy", "sha": "0123",
            "branch": "main", "created_at": "2026-01-09T09:00:00Z", "updated_at": "2026-01-09T09:00:00Z",
            "statuses": [{"at": "2026-01-09T09:00:00Z", "state": "in_progress"}]}},
            "events": [{"event": "deployment_status", "action": "created", "payload": {}}]}}
        {"github.seen": {"item": {"delivery": "run-1"}, "events": [{"event": "push", "payload": {}}]}}
        {"github.tasks_changed": {"tasks": [{"number": 12, "code": "DEV-012", "status": "in review"}]}}
        {"github.warned": {"objective": "builds", "about": {"build": {"id": 99}}, "due": "2026-01-09T09:10:00Z"}}
        {"github.exceeded": {"objective": "builds", "about": {"build": {"id": 99}}, "due": "2026-01-09T09:10:00Z"}}
        {"github.escalated": {"objective": "reviews", "about": {"pull": {"number": 12}}, "level": 2, "to": ["rei"],
            "due": "2026-01-09T09:10:00Z"}}
        {"github.recovered": {"objective": "tests", "about": {"check": {"number": 12, "name": "unit"}}}}
        {"github.isolation_broken": {"breach": {"kind": "stray_branch", "pull": 12, "branch": "fix", "author": "mika", "agent": "ika",
            "owner": null, "other": null, "files": [], "summary": "pull request 12 by ika is on `fix`"}}}
        {"github.isolation_restored": {"breach": {"kind": "shared_files", "pull": 12, "branch": "fix", "author": null, "agent": null,
            "owner": null, "other": 15, "files": ["a"], "summary": "pull requests 12 and 15 both change a"}}}
        {"github.isolation_judged": {"verdict": {"pull": 12, "branch": "fix", "sha": "0123", "breaches": 0, "state": "success",
            "summary": "nothing breaks it"}}}
        {"metric.recorded": {"metric": "disk", "value": 82.5}}
        {"metric.crossed": {"workflow": "w", "trigger": "metric disk above 80"}}
        {"metric.held": {"workflow": "w", "trigger": "metric disk above 80"}}
        {"metric.cleared": {"workflow": "w", "trigger": "metric disk above 80"}}
        {"value.set": {"key": "last", "value": {"n": 1}}}
        {"workflow.paused": {"why": "the fair"}}
        {"workflow.resumed": {"workflow": "w"}}
        {"workflow.disabled": {"workflow": "w", "why": "broken"}}
        {"workflow.enabled": {"workflow": "w"}}
        {"agent.paused": {"agent": "ika", "why": "on leave"}}
        {"agent.resumed": {"agent": "ika"}}
    "#;

    #[test]
    fn failures_that_were_put_up_with_are_told() {
        let at = "2026-01-09T09:00:00Z";
        let step = |status: &str| serde_json::json!({"status": status, "started_at": at});
        let run = serde_json::json!({
            "id": "w#1", "workflow": "w", "digest": "d", "status": "succeeded", "created_at": at,
            "started": {"by": "manual"}, "started_at": at, "finished_at": "2026-01-09T09:00:45Z",
            "steps": {"a": step("succeeded"), "b": step("failed"), "c": step("succeeded")},
        });
        let run: Run = serde_json::from_value(run).unwrap();
        assert_eq!(steps_done(&run), "2 steps in 45s, 1 failure let pass");
    }

    #[test]
    fn every_type_has_a_sentence() {
        let facts: Vec<FlowFact> =
            serde_json::Deserializer::from_str(FACTS).into_iter().collect::<Result<_, _>>().unwrap();
        let mut types: Vec<_> = facts.iter().map(FlowFact::kind).collect();
        types.dedup();
        assert_eq!(types, FlowFact::TYPES);
        let at = "2026-01-09T09:00:00Z".parse().unwrap();
        let event = |fact| Event { at, actor: "mika".into(), cause: None, asked: None, fact };
        let lines =
            facts.into_iter().map(|fact| narrate(&event(Fact::from(fact)), &State::default()).to_string());
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        + w#1 made: asked for by mika with days=30
        ~ w#1 started — by mika
        ~ w#1 taken on by tick t-7 until 2026-01-09T09:05:00Z — by mika
        ! w#1 undoes what was done: clean failed: exit code 1 — by mika
        ~ w#1 goes on by its workflow as it is now — by mika
        - w#1 is to end, after its `finally`: replaced by w#2 — by mika
        ! w#1 failed: clean: exit code 1 — by mika
        ! w#1 escalated to mika and rei: it failed — by mika
        ~ w#1 each goes over 2 items — by mika
        ~ w#1 clean started, attempt 2 — by mika
        ! w#1 clean failed after 1.2s: exit code 1 — by mika
        ~ w#1 clean will be tried again at 2026-01-09T09:01:00Z — by mika
        ~ w#1 pause waits until 2026-01-09T10:00:00Z — by mika
        - w#1 report skipped — by mika
        > w#1 sub handed to v#3 — by mika
        ! w#1 waits for approval by admin until 2026-01-10T09:00:00Z — by mika
        = w#1 ship approved by mika: looks good
        - w#1 denied by mika
        - w#1 not approved in time — by mika
        + w watches from now on: files docs/** — by mika
        ! w not started by task.created: workflows/w.yaml:3: `event.x > 1`: `event` has no `x` — by mika
        - w no longer watches: files docs/** — by mika
        ~ w due at 2026-01-09T09:00:00Z — by mika
        ! w 61 slots missed, from 2026-01-09T07:00:00Z to 2026-01-09T08:00:00Z — by mika
        ~ w saw a created, b changed, c deleted and 1 more — by mika
        ~ w received in/1.json — by mika
        ~ w saw commit 0123456 by Mika: say hello — by mika
        ~ o/r watches its pull requests from now on — by mika
        ~ pull request 12 opened and labeled: Fix it by mika
        ~ workflow run 99 is known: CI on main: failure — by mika
        ~ deployment 5 of main to production: in progress — by mika
        ~ event run-1 push — by mika
        ~ 1 issue to show: DEV-012 is in review — by mika
        ! workflow run 99 will exceed builds at 2026-01-09T09:10:00Z — by mika
        ! workflow run 99 exceeded builds, due 2026-01-09T09:10:00Z — by mika
        ! pull request 12 escalated to rei: level 2 of reviews — by mika
        = check `unit` of pull request 12 is over; tests had been exceeded — by mika
        ! isolation of branches broken: pull request 12 by ika is on `fix` — by mika
        = isolation of branches restored; before, pull requests 12 and 15 both change a — by mika
        ~ pull request 12 isolation is a success: nothing breaks it — by mika
        ~ disk is 82.5 — by mika
        ! w beyond its limit: metric disk above 80 — by mika
        ! w beyond its limit for long enough: metric disk above 80 — by mika
        = w back within its limit: metric disk above 80 — by mika
        ~ last set to {"n":1} — by mika
        ! all workflows paused: the fair — by mika
        = w resumed — by mika
        - w switched off: broken — by mika
        = w switched on — by mika
        ! ika paused: on leave — by mika
        = ika resumed — by mika
        "#);
    }

    #[test]
    fn lengths_of_time_are_said_as_people_say_them() {
        assert_eq!([0, 40, 999, 9_999, 10_000, 200_400].map(took).join(" "), "0.0s 0.0s 0.9s 9.9s 10s 3m20s");
    }
}
