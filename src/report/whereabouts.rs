//! Where a step is that was sent to a runner of its own.

use super::clean::one_line;
use crate::model::{Run, RunsOn, StepRun, StepStatus};
use crate::state::State;

/// What stands in the key of a list that is sent to runners.
const SENT: &str = ":sent[";

/// Whether a key of a run is that of a list which is sent to runners.
pub fn is_sending(key: &str) -> bool {
    key.contains(SENT)
}

/// Where a part of a run is: `waits for a runner of github-actions until …`. None if it is no such part, or over.
pub fn whereabouts(state: &State, record: &StepRun) -> Option<String> {
    let part = record.child.as_ref().and_then(|child| state.run(&child.0))?;
    of_part(part)
}

/// The same of the run that it is.
pub(super) fn of_part(part: &Run) -> Option<String> {
    let (_, key) = part.part().filter(|_| !part.status.is_finished())?;
    let place = RunsOn::PLACE;
    if let Some(lease) = &part.lease {
        return Some(format!(
            "on a runner of {place} (tick {}) until {}",
            one_line(&lease.holder),
            lease.until
        ));
    }
    Some(match part.steps.get(key) {
        None => format!("to be sent to {place}"),
        Some(record) => match (record.status, record.due) {
            (StepStatus::Waiting, _) if record.approval.is_some() => {
                format!("lost on its runner: orch runs show '{}'", part.id)
            }
            (StepStatus::Waiting, Some(until)) => format!("waits for a runner of {place} until {until}"),
            (_, Some(due)) => format!("sent to {place} again at {due}"),
            _ => format!("to be sent to {place}"),
        },
    })
}

/// How many steps of a run are on runners of their own, or wait for one.
pub fn away(state: &State, run: &Run) -> usize {
    let is_away = |record: &StepRun| whereabouts(state, record).is_some();
    run.steps.open().filter(|(_, record)| is_away(record)).count()
}
