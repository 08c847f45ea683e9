//! What the loop of a tick looks for in events, and notes itself.

use crate::model::{Config, Event, Fact, FlowFact, Lease, Run, RunId, Time};
use crate::plan::rules::{LEASE_LEFT, lease_for};

/// An event that comes after so many others of the same tick: what it answered does, too.
pub(super) fn further_on(mut event: Event, before: usize) -> Event {
    if let Some(answered) = event.cause.as_mut().and_then(|cause| cause.event.as_mut()) {
        *answered = answered.saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
    }
    event
}

/// Whether a run goes over to what follows a failure.
pub(super) fn is_turn(event: &Event) -> bool {
    matches!(&event.fact, Fact::Flow(fact) if matches!(fact.as_ref(), FlowFact::RunPhase { message: Some(_), .. }))
}

pub(super) fn is_lease(event: &Event) -> bool {
    matches!(&event.fact, Fact::Flow(fact) if matches!(fact.as_ref(), FlowFact::RunLeased { .. }))
}

/// That a tick has a run.
pub(super) fn leased(run: RunId, lease: &Lease) -> FlowFact {
    FlowFact::RunLeased { run, lease: Some(lease.clone()), by: None }
}

/// That the tick which has a run goes on having it, if its lease is half over.
pub(super) fn renewed(config: &Config, run: &Run, now: Time) -> Option<FlowFact> {
    let held = run.lease.as_ref().filter(|held| held.until < now + LEASE_LEFT)?;
    let lease = Lease { holder: held.holder.clone(), until: now + lease_for(config, run) };
    Some(leased(run.id.clone(), &lease))
}
