//! For how long runs have worked: the time in which a step of them, or of a run that is a part of them, was
//! being done. Time in which they wait, for a time, a person or the next tick, is none of it.

use super::State;
use crate::model::{Ended, FlowFact, Run, RunId, StepStatus, Time};

impl State {
    /// Starts or stops the clock of a run, and of those that it is a part of, after something of it began or
    /// ended.
    pub(super) fn keep_time(&mut self, id: &RunId, at: Time) {
        let mut next = Some(id.clone());
        while let Some(run) = next.and_then(|id| self.run(&id.0)) {
            let (works, id) = (self.works(run), run.id.clone());
            if works == run.works_since.is_some() {
                return;
            }
            let Some(run) = self.meta.runs.get_mut(&id) else { return };
            run.worked = run.worked(at);
            run.works_since = works.then_some(at);
            next = run.started.parent.as_ref().map(|(parent, _)| parent.clone());
        }
    }

    fn works(&self, run: &Run) -> bool {
        // What goes on began lately.
        run.steps.open().rev().any(|(_, step)| match step.status {
            StepStatus::Running => true,
            StepStatus::Waiting => {
                step.child.as_ref().and_then(|child| self.run(&child.0)?.works_since).is_some()
            }
            _ => false,
        })
    }
}

/// When what a fact tells of was over: an attempt whose tick is gone did not outlive the lease.
pub(super) fn over_at(run: &Run, fact: &FlowFact, at: Time) -> Time {
    match (fact, &run.lease) {
        (FlowFact::StepFinished { outcome, .. }, Some(lease)) if outcome.ended == Ended::Lost => {
            at.min(lease.until)
        }
        _ => at,
    }
}
