//! Whether something that was seen of the world is news to the state. A report may come twice: from the
//! journal of a tick that died, from two ticks that looked at the same files.

use crate::model::{Change, FlowFact, StepStatus};
use crate::state::State;

pub(in crate::plan) fn is_news(state: &State, fact: &FlowFact) -> bool {
    let mark = |workflow: &str, trigger: &str| state.workflow(workflow)?.triggers.get(trigger);
    match fact {
        FlowFact::StepStarted { run, step, attempt } => state.run(&run.0).is_some_and(|run| {
            !run.status.is_finished()
                && run.steps.get(step).is_none_or(|record| {
                    !record.status.is_finished()
                        && record.attempt < *attempt
                        && record.status != StepStatus::Running
                })
        }),
        FlowFact::StepFinished { run, step, attempt, .. } => {
            let record = state.run(&run.0).and_then(|run| run.steps.get(step));
            record.is_some_and(|record| record.status == StepStatus::Running && record.attempt == *attempt)
        }
        FlowFact::RunLeased { run, lease } => state.run(&run.0).is_some_and(|run| run.lease != *lease),
        FlowFact::TriggerWatched { workflow, trigger, .. } => mark(workflow, trigger).is_none(),
        FlowFact::FilesChanged { workflow, trigger, files } => mark(workflow, trigger).is_some_and(|mark| {
            files.iter().any(|file| match file.change {
                Change::Deleted => mark.files.contains_key(&file.path),
                _ => mark.files.get(&file.path) != file.digest.as_ref(),
            })
        }),
        FlowFact::WebhookReceived { workflow, trigger, file, .. } => {
            mark(workflow, trigger).is_some_and(|mark| mark.files.get(&file.path) != file.digest.as_ref())
        }
        FlowFact::CommitSeen { workflow, trigger, commit, .. } => {
            mark(workflow, trigger).is_some_and(|mark| mark.commit.as_ref() != Some(&commit.id))
        }
        _ => true,
    }
}
