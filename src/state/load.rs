//! Building a state from its records, and giving them out again for a snapshot.

use std::collections::BTreeMap;

use indexmap::map::Entry;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::fold::pending_reviewers;
use super::lines::Lines;
use super::{Alerts, Archive, State};
use crate::model::{
    Code, Github, Held, MetricValue, Name, Run, RunId, StoredValue, Switch, Task, TaskStatus, Time,
    WorkflowRecord,
};

/// What a state knows besides its tasks: a few lines, read at every tick.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// The project that the state belongs to, for ever.
    pub lineage: SmolStr,
    /// The tree id of the configuration that the last tick was decided under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<SmolStr>,
    /// The highest number given out so far, by prefix of code; reviews are `REVIEW`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<SmolStr, u32>,
    /// The agent that got the last task, by round-robin route.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rotation: BTreeMap<Name, Name>,
    /// Open alerts, by task and key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "alerts")]
    pub alerts: Alerts,
    /// The highest number of a run so far, by workflow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub run_numbers: BTreeMap<Name, u32>,
    /// The highest token of a claim so far, of any task.
    #[serde(default, skip_serializing_if = "no_tokens")]
    pub tokens: u64,
    /// Tokens up to this one may have been given before a rollback, to any task: none is given again.
    #[serde(default, skip_serializing_if = "no_tokens")]
    pub tokens_before: u64,
    /// All open runs, and the newest finished ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runs: BTreeMap<RunId, Box<Run>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub workflows: BTreeMap<Name, WorkflowRecord>,
    /// All workflows are paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Switch>,
    /// Nothing is decided for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paused_agents: BTreeMap<Name, Switch>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<SmolStr, MetricValue>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<SmolStr, StoredValue>,
    /// What is known of the repository on GitHub.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub github: Box<Github>,
    /// The latest time of any event.
    #[serde(default)]
    pub last_event_at: Time,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn no_tokens(tokens: &u64) -> bool {
    *tokens == 0
}

fn is_unknown(github: &Github) -> bool {
    *github == Github::default()
}

/// JSON objects have text keys: alerts are written as a list of `[task, key, message]`.
mod alerts {
    use serde::{Deserialize, Deserializer, Serializer};
    use smol_str::SmolStr;

    use super::{Alerts, Code};

    pub(super) fn serialize<S: Serializer>(alerts: &Alerts, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(alerts.iter().map(|((task, key), message)| (task, key, message)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Alerts, D::Error> {
        let rows = Vec::<(Code, SmolStr, String)>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|(task, key, message)| ((task, key), message)).collect())
    }
}

impl State {
    /// A state without tasks, with room for about `capacity` of them.
    pub fn with_capacity(meta: Meta, archive: Archive, capacity: usize) -> Self {
        let open = meta.runs.values().filter(|run| !run.status.is_finished()).map(|run| run.id.clone());
        let open_runs = open.collect();
        let lines = Lines::of(meta.runs.values().map(AsRef::as_ref));
        let mut state = Self { meta, archive, open_runs, lines, ..Self::default() };
        state.tasks.reserve(capacity);
        state
    }

    /// Takes a record of a snapshot in, in any order; false if its task is there already, and the
    /// state is of no use then.
    pub fn insert(&mut self, task: Box<Task>) -> bool {
        self.index(&task);
        match self.tasks.entry(task.code.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(task);
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    fn index(&mut self, task: &Task) {
        for dependency in &task.waiting_on {
            self.dependents.entry(dependency.clone()).or_default().push(task.code.clone());
        }
        for review in &task.reviews {
            self.reviews.insert(review.id, task.code.clone());
        }
        for reviewer in pending_reviewers(task) {
            *self.to_review.entry(reviewer).or_default() += 1;
        }
        self.count(task, true);
    }

    /// Counts a task's part in the loads in or out, around every change of it.
    pub(super) fn count(&mut self, task: &Task, enters: bool) {
        if task.is_queued() {
            self.queued = if enters { self.queued + 1 } else { self.queued - 1 };
        }
        if let (true, Some(agent)) = (task.is_active(), &task.agent) {
            let load = self.load.entry(agent.clone()).or_default();
            *load = if enters { *load + 1 } else { *load - 1 };
        }
    }

    /// Moves the finished tasks out of the hot set and gives them out, in the order of their
    /// codes. From now on the state knows of them only that and how they ended.
    pub fn retire_finished(&mut self) -> Vec<Task> {
        let (mut retired, mut kept) = (Vec::new(), Vec::new());
        for (_, task) in std::mem::take(&mut self.tasks) {
            if task.status.is_finished() { retired.push(*task) } else { kept.push(task) }
        }
        retired.sort_by(|a, b| a.code.cmp(&b.code));
        self.forget_old_runs();
        let mut archive = std::mem::take(&mut self.archive);
        for task in &retired {
            archive.add(&task.code, task.status == TaskStatus::Complete);
        }
        *self = Self::with_capacity(std::mem::take(&mut self.meta), archive, kept.len());
        for task in kept {
            self.insert(task);
        }
        retired
    }
}
