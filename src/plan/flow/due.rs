//! When the clock alone changes something about workflows next.

use crate::model::{Config, On, Phase, Run, RunStatus, StepStatus, Time, Workflow};
use crate::plan::is_paused;
use crate::plan::rules::schedules::thaw;
use crate::state::State;

/// Perhaps earlier than `now`: something is due already.
pub(in crate::plan) fn next_change(config: &Config, state: &State, now: Time) -> Option<Time> {
    let schedules = config.workflows.values().filter_map(|workflow| next_slot(config, state, workflow, now));
    let runs = state.open_runs().filter_map(|run| next_of_run(config, state, run));
    schedules.chain(runs).min()
}

/// The next slot of a workflow that is to be decided.
pub(crate) fn next_slot(config: &Config, state: &State, workflow: &Workflow, now: Time) -> Option<Time> {
    let record = state.workflow(&workflow.id)?;
    let next = workflow.triggers.iter().filter_map(|trigger| {
        let On::Schedule(schedule) = &trigger.on else { return None };
        let slot = schedule.next_after(record.triggers.get(&trigger.key)?.through)?;
        // In a freeze it waits for the end of that.
        Some(thaw(config, workflow, slot).map_or(slot, |thaw| thaw.max(now)))
    });
    next.min().filter(|_| workflow.enabled)
}

/// When a run goes on by itself.
fn next_of_run(config: &Config, state: &State, run: &Run) -> Option<Time> {
    let workflow = config.workflows.get(&run.workflow)?;
    if run.status == RunStatus::Queued {
        return None;
    }
    let of_run = run.approval.as_ref().filter(|a| a.verdict.is_none()).map(|a| a.expires_at);
    if run.status == RunStatus::Waiting {
        return of_run;
    }
    let timeout = workflow.timeout.filter(|_| run.phase == Phase::Steps);
    let timeout = timeout.and_then(|timeout| Some(run.started_at? + timeout));
    // Whoever has leased a run looks after it until the lease ends.
    if let Some(lease) = &run.lease {
        return Some(lease.until);
    }
    let steps = run.steps.values().filter(|step| !step.status.is_finished()).filter_map(|step| {
        let approval = step.approval.as_ref().filter(|approval| approval.verdict.is_none());
        match step.status {
            StepStatus::Waiting => approval.map(|approval| approval.expires_at).or(step.due),
            // A paused workflow begins nothing.
            StepStatus::Retrying if is_paused(state, &workflow.id) => None,
            _ => step.due,
        }
    });
    steps.chain(timeout).min()
}
