//! The life of a run: it waits its turn and for its approval, starts, and follows its workflow when that
//! changes.

use smol_str::format_smolstr;

use super::schedules::thaw;
use super::{About, Context, Reactions, Rule};
use crate::model::{Approval, Config, FlowFact, Overlap, Phase, Run, RunStatus, Time, Workflow};
use crate::plan::flow::{cancel, moot};
use crate::plan::is_paused;
use crate::state::Turns;

pub(super) struct Runs;

impl Rule for Runs {
    fn name(&self) -> &'static str {
        "runs"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        for run in cx.state.begun_runs() {
            let Some(workflow) = cx.config.workflows.get(&run.workflow) else {
                end(run, RunStatus::Cancelled, UNDECLARED, out);
                continue;
            };
            redefine(workflow, run, out);
            if let Some(why) = moot(cx, workflow, run) {
                out.add_for(&run.id, cancel(cx.config, run, why.clone()), why);
                continue;
            }
            match run.status {
                RunStatus::Waiting => waiting(cx, workflow, run, out),
                RunStatus::Running => running(cx, workflow, run, out),
                _ => {}
            }
        }
        for run in cx.state.left_runs() {
            if let Some(lease) = run.lease.as_ref().filter(|lease| cx.is_gone(lease)) {
                let fact = FlowFact::RunLeased { run: run.id.clone(), lease: None, by: None };
                out.add_for(&run.id, fact, format_smolstr!("{} is gone", lease.holder));
            }
        }
        for turns in cx.state.turns() {
            match cx.config.workflows.get(turns.workflow) {
                Some(workflow) if drop_moot(cx, workflow, turns, out) => {}
                Some(workflow) if is_paused(cx.state, workflow) => {}
                Some(workflow) => take_turns(cx, workflow, turns, out),
                None => turns.queued().for_each(|run| end(run, RunStatus::Cancelled, UNDECLARED, out)),
            }
        }
    }
}

/// Ends what waits its turn to call an agent for nothing; whether there was any.
fn drop_moot(cx: Context<'_>, workflow: &Workflow, turns: Turns<'_>, out: &mut Reactions) -> bool {
    if workflow.activates.is_none() {
        return false;
    }
    let before = out.len();
    for run in turns.queued() {
        if let Some(why) = moot(cx, workflow, run) {
            end(run, RunStatus::Cancelled, &why, out);
        }
    }
    out.len() > before
}

const UNDECLARED: &str = "its workflow is no longer declared";

fn redefine(workflow: &Workflow, run: &Run, out: &mut Reactions) {
    if workflow.digest != run.digest {
        let fact = FlowFact::RunRedefined { run: run.id.clone(), digest: workflow.digest.clone() };
        out.add_by(fact, "the workflow changed", &workflow.origin);
    }
}

fn end(run: &Run, status: RunStatus, why: &str, out: &mut Reactions) {
    let fact = FlowFact::RunFinished { run: run.id.clone(), status, message: Some(why.to_owned()) };
    out.add_for(&run.id, fact, why);
}

/// Before anything: one run of a workflow at a time. Only the ends of the queue are looked at, however long
/// it is.
fn take_turns(cx: Context<'_>, workflow: &Workflow, turns: Turns<'_>, out: &mut Reactions) {
    let mut queued = turns.queued().filter(|run| frozen_until(cx.config, workflow, run, cx.now).is_none());
    let is_free = turns.begun().next().is_none();
    // What was cancelled holds its place until whoever is at it has stopped.
    if is_free && turns.left().next().is_some() {
        return;
    }
    let chosen = match workflow.overlap {
        // Only the latest counts.
        Overlap::Replace => queued.next_back(),
        Overlap::Queue | Overlap::Skip if is_free => queued.next(),
        Overlap::Queue | Overlap::Skip => None,
    };
    match (workflow.overlap, chosen) {
        (Overlap::Replace, Some(latest)) => {
            let why = format!("replaced by {}", latest.id);
            for other in turns.begun().filter(|other| other.cancelled.is_none()) {
                out.add_for(&other.id, cancel(cx.config, other, why.clone()), &why);
            }
            queued.for_each(|other| end(other, RunStatus::Cancelled, &why, out));
        }
        (Overlap::Skip, _) => {
            if let Some(first) = turns.begun().next().or(chosen) {
                let why = format!("{} was going on", first.id);
                queued.for_each(|other| end(other, RunStatus::Skipped, &why, out));
            }
        }
        _ => {}
    }
    if let Some(run) = chosen.filter(|_| is_free) {
        begin(cx, workflow, run, out);
    }
}

/// When the freeze ends that holds a run back which waits its turn; none if nothing does. What somebody asks
/// for is not held back.
pub(crate) fn frozen_until(config: &Config, workflow: &Workflow, run: &Run, now: Time) -> Option<Time> {
    run.started.is_by_itself().then(|| thaw(config, workflow, now)).flatten()
}

fn begin(cx: Context<'_>, workflow: &Workflow, run: &Run, out: &mut Reactions) {
    redefine(workflow, run, out);
    match &workflow.approval {
        Some(approval) => request(cx, workflow, run, approval, out),
        None => start(run, out),
    }
}

fn start(run: &Run, out: &mut Reactions) {
    out.add_for(&run.id, FlowFact::RunStarted { run: run.id.clone() }, "nothing holds it back");
}

fn request(cx: Context<'_>, workflow: &Workflow, run: &Run, approval: &Approval, out: &mut Reactions) {
    let fact = FlowFact::ApprovalRequested {
        run: run.id.clone(),
        step: None,
        digest: workflow.digest.clone(),
        expires_at: cx.now + approval.expires,
        roles: approval.roles.clone(),
    };
    out.add_by(fact, "its workflow asks for approval", &workflow.origin);
}

/// Waits for approval, which is bound to what was shown and does not stand for ever.
fn waiting(cx: Context<'_>, workflow: &Workflow, run: &Run, out: &mut Reactions) {
    let (Some(approval), Some(state)) = (&workflow.approval, &run.approval) else {
        start(run, out);
        return;
    };
    let is_denied = state.verdict.as_ref().is_some_and(|verdict| !verdict.granted);
    if state.digest != workflow.digest && !is_denied {
        request(cx, workflow, run, approval, out);
        return;
    }
    match &state.verdict {
        Some(verdict) if verdict.granted => start(run, out),
        Some(verdict) => {
            let why = match &verdict.note {
                Some(note) => format!("approval denied: {note}"),
                None => "approval denied".to_owned(),
            };
            out.add_for(&run.id, cancel(cx.config, run, why.clone()), why);
        }
        None if cx.now >= state.expires_at => {
            let fact = FlowFact::ApprovalExpired { run: run.id.clone(), step: None };
            out.add_for(&run.id, fact, "nobody answered in time");
        }
        None => {}
    }
}

/// What was approved goes on; what the workflow has become meanwhile is asked for anew. What undoes or
/// tidies up does not wait for that.
fn running(cx: Context<'_>, workflow: &Workflow, run: &Run, out: &mut Reactions) {
    if let (Some(approval), Some(state)) = (&workflow.approval, &run.approval)
        && state.digest != workflow.digest
        && run.phase == Phase::Steps
        && run.cancelled.is_none()
    {
        request(cx, workflow, run, approval, out);
    }
}
