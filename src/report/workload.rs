//! Who has what to do: the tasks an agent holds in the order in which it should do them, its
//! pending reviews, and the queued tasks that may come to it.

use rustc_hash::FxHashMap;

use super::activation::{Call, last_call};
use crate::model::{Agent, Config, Name, Review, Task, TaskStatus, Time};
use crate::plan::Context;
use crate::plan::rules::{Offer, offer};
use crate::state::State;

/// One agent's work.
#[derive(Debug)]
pub struct Workload<'a> {
    pub agent: &'a Agent,
    /// The active tasks it holds: what it has begun first, then the most urgent.
    pub holds: Vec<&'a Task>,
    /// The reviews that wait for it, the oldest first.
    pub reviews: Vec<(&'a Task, &'a Review)>,
    /// The queued tasks that may be given to it, the most urgent first.
    pub queue: Vec<&'a Task>,
    /// When it was called last, where something calls it.
    pub last_call: Option<Call<'a>>,
}

impl Workload<'_> {
    pub fn active(&self) -> u32 {
        u32::try_from(self.holds.len()).unwrap_or(u32::MAX)
    }

    /// How many more tasks fit.
    pub fn room(&self) -> u32 {
        self.agent.max_active.saturating_sub(self.active())
    }
}

/// What somebody is to do next with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    pub what: &'static str,
    pub command: String,
}

/// What its agent does next with a task that it holds.
pub fn todo(task: &Task) -> Todo {
    let (what, verb) = match task.status {
        TaskStatus::InProgress => ("deliver it", "complete"),
        _ if task.round() > 0 => ("rework it and deliver again", "start"),
        _ => ("start it", "start"),
    };
    let token = task.claim.as_ref().map(|claim| format!(" --token {}", claim.token)).unwrap_or_default();
    Todo { what, command: format!("orch task {verb} {}{token}", task.code) }
}

/// The workloads of all agents, in the order of their declaration.
pub fn workloads<'a>(config: &'a Config, state: &'a State, now: Time) -> Vec<Workload<'a>> {
    let mut found: FxHashMap<&Name, Workload<'a>> =
        config.agents.values().map(|agent| (&agent.name, empty(state, agent))).collect();
    for task in state.sorted_tasks() {
        if let Some(work) = task.agent.as_ref().filter(|_| task.is_active()).and_then(|a| found.get_mut(a)) {
            work.holds.push(task);
        }
        for review in task.pending_reviews() {
            if let Some(work) = review.reviewer.as_ref().and_then(|reviewer| found.get_mut(reviewer)) {
                work.reviews.push((task, review));
            }
        }
    }
    for (task, offer) in queue(config, state, now) {
        for candidate in offer.iter().flat_map(|offer| offer.candidates) {
            if let Some(work) = found.get_mut(candidate) {
                work.queue.push(task);
            }
        }
    }
    let mut workloads: Vec<_> = config.agents.keys().filter_map(|name| found.remove(name)).collect();
    workloads.iter_mut().for_each(sort);
    workloads
}

fn empty<'a>(state: &'a State, agent: &'a Agent) -> Workload<'a> {
    let last_call = last_call(state, agent, None);
    Workload { agent, holds: Vec::new(), reviews: Vec::new(), queue: Vec::new(), last_call }
}

fn sort(work: &mut Workload<'_>) {
    work.holds.sort_by(|a, b| {
        let begun = |task: &Task| task.status != TaskStatus::InProgress;
        begun(a).cmp(&begun(b)).then_with(|| a.queue_key().cmp(&b.queue_key()))
    });
    work.reviews.sort_by_key(|(_, review)| (review.requested_at, review.id));
}

/// The workload of one agent.
pub fn workload<'a>(config: &'a Config, state: &'a State, now: Time, agent: &str) -> Option<Workload<'a>> {
    workloads(config, state, now).into_iter().find(|work| work.agent.name == agent)
}

/// The tasks that wait for an agent, in the order in which they are given out, with who may get each.
/// Without an offer nobody may: no route takes the task and there is no fallback.
pub fn queue<'a>(config: &'a Config, state: &'a State, now: Time) -> Vec<(&'a Task, Option<Offer<'a>>)> {
    let cx = Context { config, state, now, config_changed: false, holder: None, dead: &[], only: &[] };
    let mut queue: Vec<_> =
        state.tasks().filter(|task| task.is_queued()).map(|task| (task, offer(cx, task))).collect();
    queue.sort_by(|(a, _), (b, _)| a.queue_key().cmp(&b.queue_key()));
    queue
}
