//! Parts of runs that wait for a runner.

use crate::model::{Run, StepStatus, Time};

/// Whether a part, which a runner of its own is to carry out, is to be sent: nobody is at it, and it has not begun or
/// is due again.
pub(crate) fn is_sent_for(part: &Run, now: Time) -> bool {
    let Some((_, key)) = part.part() else { return false };
    let is_free = part.lease.is_none() && !part.status.is_finished();
    is_free
        && part.steps.get(key).is_none_or(|record| {
            record.status == StepStatus::Retrying && record.due.is_none_or(|due| due <= now)
        })
}
