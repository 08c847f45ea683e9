//! Every length of time in a workflow.

use crate::check::raw::{Attempts, RawApproval, RawDuration, RawRetry, RawWorkflow};
use crate::load::{ShortOr, Spanned};

use super::steps::StepView;

/// A length of time, and what it means if it is nothing; none where that is fine.
pub(in crate::check) type Length<'a> = (&'a Spanned<RawDuration>, Option<&'static str>);

pub(super) fn collect<'a>(raw: &'a RawWorkflow, steps: &[StepView<'a>]) -> Vec<Length<'a>> {
    let mut lengths: Vec<Length<'a>> = Vec::new();
    let mut add = |length: Option<&'a Spanned<RawDuration>>, nothing| {
        lengths.extend(length.map(|length| (length, nothing)));
    };
    for trigger in raw.on.iter().filter_map(|trigger| trigger.long()) {
        if let Some(schedule) = &trigger.schedule {
            add(schedule.every.as_ref(), Some("the schedule would fire all the time"));
            add(schedule.offset.as_ref(), None);
        }
        add(trigger.metric.as_ref().and_then(|metric| metric.held_for.as_ref()), None);
    }
    add(raw.expected_duration.as_ref(), None);
    add(raw.timeout.as_ref(), Some("a run has no time at all"));
    add(raw.approval.as_ref().and_then(|approval| expires(&approval.value)), Some(EXPIRED));
    let breaker = raw.breaker.as_ref().and_then(|breaker| breaker.long());
    add(breaker.and_then(|breaker| breaker.within.as_ref()), Some("nothing fails within no time"));
    for step in steps {
        let keys = &step.raw.keys;
        add(keys.timeout.as_ref(), Some("the step has no time at all"));
        let runner = keys.runs_on.as_ref().and_then(|place| place.long()).map(|place| &place.github_actions);
        add(
            runner.and_then(|runner| runner.start_within.as_ref()),
            Some("no runner can begin within no time"),
        );
        if let Some(Spanned { value: ShortOr::Short(length), .. }) = &keys.wait {
            add(Some(length), Some("the step waits for nothing"));
        }
        add(keys.approve.as_ref().and_then(|approval| expires(&approval.value)), Some(EXPIRED));
        for length in retried(keys.retry.as_ref()) {
            add(Some(length), None);
        }
        if let Some(rollback) = &keys.rollback {
            add(rollback.keys.timeout.as_ref(), Some("the rollback has no time at all"));
            for length in retried(rollback.keys.retry.as_ref()) {
                add(Some(length), None);
            }
        }
    }
    lengths
}

const EXPIRED: &str = "the request expires at once";

fn expires<S>(approval: &ShortOr<S, RawApproval>) -> Option<&Spanned<RawDuration>> {
    approval.long().and_then(|approval| approval.expires.as_ref())
}

fn retried(
    retry: Option<&Spanned<ShortOr<Attempts, RawRetry>>>,
) -> impl Iterator<Item = &Spanned<RawDuration>> {
    let retry = retry.and_then(|retry| retry.long());
    retry.into_iter().flat_map(|retry| retry.delay.iter().chain(&retry.max_delay))
}
