//! Whether a step may begin, as far as the steps before it say.

use smol_str::SmolStr;

use crate::model::{Run, Step, StepStatus, Workflow};

/// What the steps before a step say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Wait,
    /// Something it needs did not come about.
    Skip,
    Go,
}

/// A step goes when all it needs succeeded, and all it only comes after has ended somehow.
pub(crate) fn gate(workflow: &Workflow, run: &Run, step: &Step) -> Gate {
    let mut gate = Gate::Go;
    for need in &step.needs {
        match run.steps.get(need).map(|record| record.status) {
            Some(StepStatus::Succeeded) => {}
            Some(StepStatus::Failed) if continues(workflow, need) => {}
            Some(status) if status.is_finished() => gate = Gate::Skip,
            _ => return Gate::Wait,
        }
    }
    let ended = |id: &SmolStr| run.steps.get(id).is_some_and(|record| record.status.is_finished());
    if step.after.iter().all(ended) { gate } else { Gate::Wait }
}

fn continues(workflow: &Workflow, step: &str) -> bool {
    workflow.step(step).is_some_and(|step| step.continue_on_error)
}

/// Whether a step ended in a way that fails its run.
pub(crate) fn is_failure(step: &Step, status: StepStatus) -> bool {
    status == StepStatus::Failed && !step.continue_on_error
}
