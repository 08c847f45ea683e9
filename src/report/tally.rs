//! How many of what: the counts at the end of a plan and in the subject of a commit.

use super::plural::{join_and, plural};
use crate::model::{Event, Fact};

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
    row(&["task.escalated"], "escalation", "", ""),
    row(&["sla.recovered"], "SLA recovery", "", ""),
    row(&["alert.fired"], "alert", "", ""),
    row(&["alert.resolved"], "alert", "to resolve", "resolved"),
];

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
    for event in events {
        let kind = event.fact.kind();
        if let Some(at) = ROWS.iter().position(|row| row.kinds.contains(&kind)) {
            counts[at] += 1;
        }
    }
    let mut said = "";
    for (row, count) in ROWS.iter().zip(counts).filter(|(_, count)| *count > 0) {
        let verb = if tense == Tense::Future { row.to_do } else { row.done };
        let what = if said == row.noun { count.to_string() } else { plural(count, row.noun) };
        said = row.noun;
        parts.push(if verb.is_empty() { plural(count, row.noun) } else { format!("{what} {verb}") });
    }
    parts
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
