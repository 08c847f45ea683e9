//! When the clock alone changes something about workflows next.

use crate::model::{Config, On, Phase, Run, RunStatus, StepStatus, Time, Workflow};
use crate::plan::is_paused;
use crate::plan::rules::frozen_until;
use crate::plan::rules::schedules::thaw;
use crate::state::{State, Turns};

use super::gate::{Gate, gate, is_failure};
use super::{is_sent_for, item_key};

/// Perhaps earlier than `now`: something is due already. What could be done at once counts only if
/// `counts_ready`.
pub(in crate::plan) fn next_change(
    config: &Config,
    state: &State,
    now: Time,
    counts_ready: bool,
) -> Option<Time> {
    let schedules = config.workflows.values().filter_map(|workflow| next_slot(config, state, workflow, now));
    let runs = state.begun_runs().filter_map(|run| next_of_run(config, state, run, now, counts_ready));
    let thaws = state.turns().filter_map(|turns| next_thaw(config, state, turns, now));
    let left = state.left_runs().filter_map(|run| Some(run.lease.as_ref()?.until));
    schedules.chain(runs).chain(left).chain(thaws).min()
}

/// When slots of a workflow are to be decided next.
pub(crate) fn next_slot(config: &Config, state: &State, workflow: &Workflow, now: Time) -> Option<Time> {
    let record = state.workflow(&workflow.id)?;
    let next = workflow.triggers.iter().filter_map(|trigger| {
        let On::Schedule(schedule) = &trigger.on else { return None };
        let watermark = record.triggers.get(&trigger.key)?.through;
        schedule.next_due(watermark, now, &|slot| thaw(config, workflow, slot))
    });
    next.min().filter(|_| workflow.enabled)
}

/// When runs that a freeze holds back may begin.
fn next_thaw(config: &Config, state: &State, turns: Turns<'_>, now: Time) -> Option<Time> {
    let workflow = config.workflows.get(turns.workflow).filter(|flow| !is_paused(state, flow))?;
    turns.queued().find_map(|run| frozen_until(config, workflow, run, now))
}

/// When a run goes on by itself.
fn next_of_run(config: &Config, state: &State, run: &Run, now: Time, counts_ready: bool) -> Option<Time> {
    let workflow = config.workflows.get(&run.workflow)?;
    match run.status {
        RunStatus::Waiting => {
            return run.approval.as_ref().filter(|a| a.verdict.is_none()).map(|a| a.expires_at);
        }
        RunStatus::Running => {}
        _ => return None,
    }
    // Whoever has leased a run looks after it until the lease ends.
    if let Some(lease) = &run.lease {
        return Some(lease.until);
    }
    let is_ready =
        || run.part().is_none() && (is_ready(workflow, run) || is_sending(state, workflow, run, now));
    if counts_ready && !is_paused(state, workflow) && is_ready() {
        return run.started_at;
    }
    next_of_steps(config, state, run)
}

/// When something that goes on in a run is over, or tried again, at the latest.
pub(crate) fn next_of_steps(config: &Config, state: &State, run: &Run) -> Option<Time> {
    let workflow = config.workflows.get(&run.workflow)?;
    let paused = is_paused(state, workflow);
    // That of a part is the step's own, and the limit is that of the whole.
    let timeout = workflow.timeout.filter(|_| run.phase == Phase::Steps && run.part().is_none());
    // Its clock stands still while it waits.
    let timeout = timeout.and_then(|timeout| Some(run.works_since? + (timeout - run.worked)));
    let steps = run.steps.open().filter_map(|(key, step)| {
        // What the workflow no longer has waits for the end of the run.
        let id = key.split(['[', ':']).next()?;
        workflow.step(id)?;
        let approval = step.approval.as_ref().filter(|approval| approval.verdict.is_none());
        match step.status {
            StepStatus::Waiting => approval.map(|approval| approval.expires_at).or(step.due),
            // A paused workflow begins nothing.
            StepStatus::Retrying if paused => None,
            _ => step.due,
        }
    });
    steps.chain(timeout).min()
}

/// Whether a run has something to send to runners.
fn is_sending(state: &State, workflow: &Workflow, run: &Run, now: Time) -> bool {
    let steps = run.steps.open().filter(|(key, _)| {
        let step = key.split(['[', ':']).next().and_then(|id| workflow.step(id));
        step.is_some_and(|step| step.runs_on.is_some())
    });
    let (mut lists, mut parts) = (Vec::new(), Vec::new());
    for (key, record) in steps {
        match record.child.as_ref().and_then(|child| state.run(&child.0)) {
            Some(part) if is_sent_for(part, now) => parts.push(part.id.0.as_str()),
            None if key.contains(':') => lists.push(record),
            _ => {}
        }
    }
    let is_listed = |part: &&str| {
        let names = lists.iter().flat_map(|list| list.items.iter().flatten());
        names.filter_map(serde_json::Value::as_str).any(|name| name == *part)
    };
    lists.iter().any(|list| list.status == StepStatus::Expanded) || parts.iter().any(|part| !is_listed(part))
}

/// Whether something of a run that nobody works on could be done at once: a tick that was to carry out other
/// runs only, or none at all, has left it.
fn is_ready(workflow: &Workflow, run: &Run) -> bool {
    if run.cancelled.is_some() && run.phase != Phase::Finally {
        return true;
    }
    // What went on elsewhere is over: the next step begins, or there is none.
    if run.phase != Phase::Rollback && run.steps.open().next().is_none() {
        return true;
    }
    let list = match run.phase {
        Phase::Steps => &workflow.steps,
        // One after the other: either one of them waits, or the next could begin.
        Phase::Rollback => return run.steps.open().next().is_none(),
        Phase::OnFailure => &workflow.on_failure,
        Phase::Finally => &workflow.finally,
    };
    let record_of = |id: &str| run.steps.get(id);
    if list.iter().any(|step| record_of(&step.id).is_some_and(|record| is_failure(step, record.status))) {
        // What waits elsewhere need not begin any more.
        return run.steps.open().any(|(_, record)| record.child.is_some());
    }
    list.iter().any(|step| match record_of(&step.id) {
        None => gate(workflow, run, step) != Gate::Wait,
        Some(record) if record.status == StepStatus::Expanded => {
            let items = record.items.as_ref().map_or(0, Vec::len);
            let item = |index| record_of(&item_key(&step.id, index));
            let open = (0..items).filter_map(item).filter(|item| !item.status.is_finished()).count();
            if let (Some(_), Some(each)) = (&step.runs_on, &step.for_each) {
                let has_more = (0..items).any(|index| item(index).is_none());
                let stops = !step.continue_on_error
                    && (0..items).filter_map(item).any(|item| item.status == StepStatus::Failed);
                return open == 0 || stops || has_more && open < each.max_parallel as usize;
            }
            let goes_on = open > 0;
            // Items that wait for something may take all the room that there is for them.
            !goes_on && (0..items).any(|index| item(index).is_none())
        }
        Some(_) => false,
    })
}
