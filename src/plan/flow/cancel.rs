//! How a run ends before its time.

use crate::model::{Config, FlowFact, Run, RunStatus};

/// What cancels a run. One that has begun does its `finally` first; when that is asked for again, it is over
/// at once.
pub(crate) fn cancel(config: &Config, run: &Run, why: String) -> FlowFact {
    let has_begun = run.started_at.is_some() && run.cancelled.is_none();
    // One step on a runner of its own has nothing to tidy up: the run that it is a part of does.
    let workflow = config.workflows.get(&run.workflow).filter(|_| has_begun && run.part().is_none());
    let id = run.id.clone();
    if workflow.is_some_and(|workflow| !workflow.finally.is_empty()) {
        FlowFact::RunCancelled { run: id, message: why }
    } else {
        FlowFact::RunFinished { run: id, status: RunStatus::Cancelled, message: Some(why) }
    }
}
