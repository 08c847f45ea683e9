//! Where the runs stand that are not over, by workflow: who waits its turn, who has begun, and who was
//! cancelled under the hands of a tick.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Name, Run, RunId, RunStatus, Time};

/// Derived from the records of runs. A run is taken out before it changes, and put in again.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines(BTreeMap<Name, Line>);

/// The open runs of a workflow.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub queued: BTreeSet<Place>,
    pub begun: BTreeSet<RunId>,
    /// Cancelled, while a tick that may still be at it has it.
    pub left: BTreeSet<RunId>,
}

/// A place in a queue. What is due first comes first.
pub(super) type Place = (Time, Time, Option<u32>, RunId);

fn place(run: &Run) -> Place {
    (run.started.slot.unwrap_or(run.created_at), run.created_at, run.id.number(), run.id.clone())
}

impl Lines {
    pub(super) fn of<'a>(runs: impl Iterator<Item = &'a Run>) -> Self {
        let mut lines = Self::default();
        runs.for_each(|run| lines.put(run));
        lines
    }

    pub(super) fn put(&mut self, run: &Run) {
        if run.status.is_finished() && run.lease.is_none() {
            return;
        }
        let line = self.0.entry(run.workflow.clone()).or_default();
        match run.status {
            RunStatus::Queued => line.queued.insert(place(run)),
            status if status.is_finished() => line.left.insert(run.id.clone()),
            _ => line.begun.insert(run.id.clone()),
        };
    }

    pub(super) fn take(&mut self, run: &Run) {
        let Some(line) = self.0.get_mut(&run.workflow) else { return };
        match run.status {
            RunStatus::Queued => line.queued.remove(&place(run)),
            status if status.is_finished() => line.left.remove(&run.id),
            _ => line.begun.remove(&run.id),
        };
        if line.queued.is_empty() && line.begun.is_empty() && line.left.is_empty() {
            self.0.remove(&run.workflow);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &Line)> {
        self.0.iter()
    }
}
