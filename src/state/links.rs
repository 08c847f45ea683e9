//! The tasks that stand for issues on GitHub: whether their state is shown there as it is.

use serde::Deserialize;

use super::State;
use crate::model::{Duration, Fact, IssueLink, RunId, RunStatus, ShownTask, Time};

/// When it is tried again to show a task.
const AGAIN: Duration = Duration::from_minutes(60);

impl State {
    /// Notes that a task which stands for an issue is another than is shown there.
    pub(super) fn link(&mut self, fact: &Fact) {
        if !shows(fact) {
            return;
        }
        let Some(code) = fact.task() else { return };
        let links = &mut self.meta.github.links;
        if matches!(fact, Fact::TaskEdited { edit, .. } if edit.issue.is_some()) {
            links.retain(|_, link| link.task != *code);
        }
        let Some(number) = self.tasks.get(code).and_then(|task| task.spec.issue) else { return };
        let new = || IssueLink { task: code.clone(), stale: false, again_at: None, closed: false };
        let link = links.entry(number).or_insert_with(new);
        if link.task == *code {
            (link.stale, link.again_at) = (true, None);
        }
    }

    /// Notes that these tasks are going to be shown as they are.
    pub(super) fn show(&mut self, tasks: &[ShownTask]) {
        for shown in tasks {
            if let Some(link) = self.link_of(shown) {
                (link.stale, link.again_at) = (false, None);
            }
        }
    }

    /// Notes what came of a run that was to show tasks: of those that are finished nothing more is to be shown, and what
    /// could not be shown is tried again later.
    pub(super) fn end_showing(&mut self, run: &RunId, status: RunStatus, at: Time) {
        let event = self.run(&run.0).and_then(|run| run.started.event.get("tasks"));
        let tasks: Vec<ShownTask> =
            event.and_then(|tasks| Deserialize::deserialize(tasks).ok()).unwrap_or_default();
        for shown in &tasks {
            let is_finished = self.task(&shown.code).is_none_or(|task| task.status.is_finished());
            let Some(link) = self.link_of(shown).filter(|link| !link.stale) else { continue };
            if status != RunStatus::Succeeded {
                (link.stale, link.again_at) = (true, Some(at + AGAIN));
            } else if is_finished {
                self.meta.github.links.remove(&shown.number);
            }
        }
    }

    fn link_of(&mut self, shown: &ShownTask) -> Option<&mut IssueLink> {
        self.meta.github.links.get_mut(&shown.number).filter(|link| link.task == shown.code)
    }
}

/// Whether people see on the issue that this happened.
const fn shows(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::TaskCreated { .. }
            | Fact::TaskImported { .. }
            | Fact::TaskEdited { .. }
            | Fact::TaskAssigned { .. }
            | Fact::TaskUnassigned { .. }
            | Fact::TaskStarted { .. }
            | Fact::TaskBlocked { .. }
            | Fact::TaskUnblocked { .. }
            | Fact::TaskReleased { .. }
            | Fact::TaskDelivered { .. }
            | Fact::TaskReturned { .. }
            | Fact::TaskCompleted { .. }
            | Fact::TaskCancelled { .. }
            | Fact::TaskClaimed { .. }
            | Fact::TaskClaimReleased { .. }
            | Fact::TaskClaimExpired { .. }
            | Fact::DependencyResolved { .. }
            | Fact::ReviewRequested { .. }
            | Fact::ReviewReassigned { .. }
            | Fact::ReviewCompleted { .. }
            | Fact::ReviewWithdrawn { .. }
    )
}
