//! How many of what: the counts at the end of a plan and in the subject of a commit.

use rustc_hash::FxHashMap;

use super::plural::{join_and, plural};
use crate::model::{Event, Fact, FlowFact, RunId, RunStatus};

/// One thing that is counted: the event types, its noun, and its verb in both tenses.
struct Row {
    kinds: &'static [&'static str],
    noun: &'static str,
    to_do: &'static str,
    done: &'static str,
}

const fn row(
    kinds: &'static [&'static str],
    noun: &'static str,
    to_do: &'static str,
    done: &'static str,
) -> Row {
    Row { kinds, noun, to_do, done }
}

/// In the order shown. Rows without a verb are things that happen rather than are done.
const ROWS: &[Row] = &[
    row(&["task.created"], "task", "to create", "created"),
    row(&["task.imported"], "task", "to import", "imported"),
    row(&["task.edited"], "task", "to change", "changed"),
    row(&["task.cancelled"], "task", "to cancel", "cancelled"),
    row(&["task.assigned"], "task", "to assign", "assigned"),
    row(&["task.unassigned"], "task", "to take back", "taken back"),
    row(&["task.claimed"], "task", "to claim", "claimed"),
    row(&["task.claim_renewed"], "claim", "to renew", "renewed"),
    row(&["task.claim_released"], "claim", "to release", "released"),
    row(&["task.claim_expired"], "claim", "to end", "expired"),
    row(&["task.started"], "task", "to start", "started"),
    row(&["task.blocked"], "task", "to block", "blocked"),
    row(&["task.unblocked", "task.released"], "task", "to unblock", "unblocked"),
    row(&["task.delivered"], "task", "to deliver", "delivered"),
    row(&["task.returned"], "task", "to return", "returned"),
    row(&["task.completed"], "task", "to complete", "complete"),
    row(&["review.requested"], "review", "to request", "requested"),
    row(&["review.reassigned"], "review", "to pass on", "passed on"),
    row(&["review.completed"], "review", "to record", "done"),
    row(&["review.withdrawn"], "review", "to withdraw", "withdrawn"),
    row(&["sla.warned"], "SLA warning", "", ""),
    row(&["sla.exceeded"], "SLA breach", "", ""),
    row(&["task.escalated", "run.escalated"], "escalation", "", ""),
    row(&["sla.recovered"], "SLA recovery", "", ""),
    row(&["schedule.missed"], "schedule", "to find missed", "missed"),
    row(&["workflow.paused"], "workflow", "to pause", "paused"),
    row(&["workflow.resumed"], "workflow", "to resume", "resumed"),
    row(&["workflow.disabled"], "workflow", "to switch off", "switched off"),
    row(&["workflow.enabled"], "workflow", "to switch on", "switched on"),
    row(&["agent.activated"], "agent", "to activate", "activated"),
    row(&["agent.paused"], "agent", "to pause", "paused"),
    row(&["agent.resumed"], "agent", "to resume", "resumed"),
    row(&["run.created"], "run", "to make", "made"),
    row(&["run.started"], "run", "to start", "started"),
    row(&[SUCCEEDED], "run", "to end well", "succeeded"),
    row(&[FAILED], "run", "to fail", "failed"),
    row(&[CANCELLED], "run", "to cancel", "cancelled"),
    row(&[SKIPPED], "run", "to skip", "skipped"),
    row(&["step.finished"], "step", "to record", "done"),
    row(&["approval.requested"], "approval", "to ask for", "asked for"),
    row(&["approval.granted"], "approval", "to give", "given"),
    row(&["approval.denied"], "approval", "to deny", "denied"),
    row(&["approval.expired"], "approval", "to let lapse", "lapsed"),
    row(&["trigger.watched"], "trigger", "to watch", "watched"),
    row(&["trigger.dropped"], "trigger", "to drop", "dropped"),
    row(&["files.changed", "webhook.received", "github.seen"], "sighting", "", ""),
    row(&["metric.recorded"], "metric", "to record", "recorded"),
    row(&["value.set"], "value", "to set", "set"),
    row(&["alert.fired"], "alert", "", ""),
    row(&["alert.resolved"], "alert", "to resolve", "resolved"),
];

/// Runs are counted once, by how far they came: `run.finished` is told apart by its status.
const SUCCEEDED: &str = "run.finished succeeded";
const FAILED: &str = "run.finished failed";
const CANCELLED: &str = "run.finished cancelled";
const SKIPPED: &str = "run.finished skipped";

/// Whether it is going to happen or has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tense {
    Future,
    Past,
}

/// Counts by kind, in words: `2 tasks created`, `1 assigned`, `1 review requested`. The noun is said
/// once for each run of counts with the same noun.
pub fn tally(events: &[Event], tense: Tense) -> Vec<String> {
    let mut parts = setup(events, tense);
    let mut counts = [0usize; ROWS.len()];
    let mut runs: FxHashMap<&RunId, &str> = FxHashMap::default();
    let mut count = |kind: &str| {
        if let Some(at) = ROWS.iter().position(|row| row.kinds.contains(&kind)) {
            counts[at] += 1;
        }
    };
    // What goes on on a runner is a step of a run that is counted.
    let is_of_part = |event: &&Event| match &event.fact {
        Fact::Flow(fact) => fact.run().is_some_and(|run| run.whole().is_some()),
        _ => false,
    };
    for event in events.iter().filter(|event| !is_of_part(event)) {
        match furthest(&event.fact) {
            Some((run, kind)) => drop(runs.insert(run, kind)),
            None => count(event.fact.kind()),
        }
    }
    runs.into_values().for_each(count);
    let mut said = "";
    for (row, count) in ROWS.iter().zip(counts).filter(|(_, count)| *count > 0) {
        let verb = if tense == Tense::Future { row.to_do } else { row.done };
        let what = if said == row.noun { count.to_string() } else { plural(count, row.noun) };
        said = row.noun;
        parts.push(if verb.is_empty() { plural(count, row.noun) } else { format!("{what} {verb}") });
    }
    parts
}

/// How far a run came with an event, if it came further.
fn furthest(fact: &Fact) -> Option<(&RunId, &'static str)> {
    let Fact::Flow(fact) = fact else { return None };
    match fact.as_ref() {
        FlowFact::RunCreated { run, .. } | FlowFact::RunStarted { run } => Some((run, fact.kind())),
        FlowFact::RunFinished { run, status, .. } => Some((
            run,
            match status {
                RunStatus::Succeeded => SUCCEEDED,
                RunStatus::Cancelled => CANCELLED,
                RunStatus::Skipped => SKIPPED,
                _ => FAILED,
            },
        )),
        _ => None,
    }
}

/// What happens to the state and the configuration, which are one each.
fn setup(events: &[Event], tense: Tense) -> Vec<String> {
    let created = events.iter().any(|event| matches!(event.fact, Fact::StateCreated { .. }));
    let changed = events.iter().any(|event| matches!(event.fact, Fact::ConfigChanged { .. }));
    match (created, changed, tense) {
        (true, _, Tense::Future) => vec!["a state to create".to_owned()],
        (true, _, Tense::Past) => vec!["state created".to_owned()],
        (false, true, Tense::Future) => vec!["a new configuration to take up".to_owned()],
        (false, true, Tense::Past) => vec!["configuration changed".to_owned()],
        (false, false, _) => Vec::new(),
    }
}

/// The parts that fit into `max` characters, then how many are left out: `2 tasks created and 3 more`.
pub fn fitted(parts: &[String], max: usize) -> String {
    let whole = parts.join(", ");
    if whole.chars().count() <= max {
        return whole;
    }
    (1..parts.len())
        .rev()
        .map(|kept| format!("{} and {} more", parts[..kept].join(", "), parts.len() - kept))
        .find(|text| text.chars().count() <= max)
        .unwrap_or_else(|| super::clean::shorten(&join_and(parts), max).into_owned())
}
