//! The state of the whole on one page: counts, workloads, bottlenecks, what is stuck.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::registry::{FlowOverview, flow_overview};
use super::standing::{Condition, standings};
use super::workload::{Workload, workloads};
use crate::model::{Code, Config, Name, Task, TaskStatus, Time};
use crate::plan::clocks;
use crate::state::State;

/// Somebody for whom reviews wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bottleneck {
    /// None for reviews that anybody but the author may do.
    pub reviewer: Option<Name>,
    pub pending: usize,
    /// When the oldest of them was requested.
    pub oldest: Time,
}

/// Everything `orch status` says.
#[derive(Debug)]
pub struct Overview<'a> {
    /// How many tasks are in each status, the archived ones included, in the order of [`TaskStatus::ALL`].
    pub counts: Vec<(TaskStatus, u64)>,
    /// How many of the finished ones are archived.
    pub archived: u64,
    /// How many pending tasks wait for an agent.
    pub queued: usize,
    pub workloads: Vec<Workload<'a>>,
    /// The most pending reviews first.
    pub bottlenecks: Vec<Bottleneck>,
    /// In the order of codes.
    pub blocked: Vec<&'a Task>,
    /// Running clocks: all, warned, in breach.
    pub clocks: (usize, usize, usize),
    /// Open alerts: task, key, message.
    pub alerts: Vec<(&'a Code, &'a SmolStr, &'a str)>,
    pub flow: FlowOverview<'a>,
    /// When the clock alone will change something.
    pub next_change: Option<Time>,
}

/// Looks over the whole state.
pub fn overview<'a>(config: &'a Config, state: &'a State, now: Time) -> Overview<'a> {
    let (complete, cancelled) = state.archive.counts();
    let tasks = state.sorted_tasks();
    let running = standings(config, state, now);
    let count = |wanted: fn(Condition) -> bool| running.iter().filter(|s| wanted(s.condition)).count();
    Overview {
        counts: counts(&tasks, complete, cancelled),
        archived: complete + cancelled,
        queued: state.queued(),
        workloads: workloads(config, state, now),
        bottlenecks: bottlenecks(&tasks),
        blocked: tasks.into_iter().filter(|task| task.status == TaskStatus::Blocked).collect(),
        clocks: (
            running.len(),
            count(|condition| condition == Condition::Warned),
            count(|condition| matches!(condition, Condition::Exceeded { .. })),
        ),
        alerts: state.meta.alerts.iter().map(|((task, key), text)| (task, key, text.as_str())).collect(),
        flow: flow_overview(config, state, now),
        next_change: clocks::next_change(config, state, now),
    }
}

fn counts(tasks: &[&Task], complete: u64, cancelled: u64) -> Vec<(TaskStatus, u64)> {
    let hot = |status| tasks.iter().filter(|task| task.status == status).count() as u64;
    let archived = |status| match status {
        TaskStatus::Complete => complete,
        TaskStatus::Cancelled => cancelled,
        _ => 0,
    };
    TaskStatus::ALL.into_iter().map(|status| (status, hot(status) + archived(status))).collect()
}

fn bottlenecks(tasks: &[&Task]) -> Vec<Bottleneck> {
    let mut found: BTreeMap<Option<&Name>, (usize, Time)> = BTreeMap::new();
    for review in tasks.iter().flat_map(|task| task.pending_reviews()) {
        let entry = found.entry(review.reviewer.as_ref()).or_insert((0, review.requested_at));
        *entry = (entry.0 + 1, entry.1.min(review.requested_at));
    }
    let mut bottlenecks: Vec<_> = found
        .into_iter()
        .map(|(reviewer, (pending, oldest))| Bottleneck { reviewer: reviewer.cloned(), pending, oldest })
        .collect();
    bottlenecks.sort_by(|a, b| b.pending.cmp(&a.pending).then_with(|| a.oldest.cmp(&b.oldest)));
    bottlenecks
}
