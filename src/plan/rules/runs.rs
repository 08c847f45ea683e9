//! The life of a run: it waits its turn and for its approval, starts, and follows its workflow when that
//! changes.

use super::{About, Context, Reactions, Rule};
use crate::model::{Approval, FlowFact, Overlap, Phase, Run, RunStatus, Workflow};
use crate::plan::flow::cancel;
use crate::plan::is_paused;

pub(super) struct Runs;

impl Rule for Runs {
    fn name(&self) -> &'static str {
        "runs"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        for run in cx.state.open_runs() {
            let Some(workflow) = cx.config.workflows.get(&run.workflow) else {
                end(run, RunStatus::Cancelled, "its workflow is no longer declared", out);
                continue;
            };
            if workflow.digest != run.digest {
                let fact = FlowFact::RunRedefined { run: run.id.clone(), digest: workflow.digest.clone() };
                out.add_by(fact, "the workflow changed", &workflow.origin);
            }
            match run.status {
                RunStatus::Queued => queued(cx, workflow, run, out),
                RunStatus::Waiting => waiting(cx, workflow, run, out),
                RunStatus::Running => running(cx, workflow, run, out),
                _ => {}
            }
        }
    }
}

fn end(run: &Run, status: RunStatus, why: &str, out: &mut Reactions) {
    let fact = FlowFact::RunFinished { run: run.id.clone(), status, message: Some(why.to_owned()) };
    out.add_for(&run.id, fact, why);
}

/// Before anything: its turn among the runs of its workflow.
fn queued(cx: Context<'_>, workflow: &Workflow, run: &Run, out: &mut Reactions) {
    if is_paused(cx.state, &workflow.id) {
        return;
    }
    let others = || {
        let runs = cx.state.open_runs().filter(|other| other.workflow == run.workflow && other.id != run.id);
        runs.filter(|other| other.status != RunStatus::Queued)
    };
    if others().next().is_some() {
        match workflow.overlap {
            Overlap::Queue => return,
            Overlap::Skip => {
                end(run, RunStatus::Skipped, "another run was going on", out);
                return;
            }
            Overlap::Replace => {
                let why = format!("replaced by {}", run.id);
                let others = others().filter(|other| other.cancelled.is_none());
                others.for_each(|other| out.add_for(&other.id, cancel(cx.config, other, why.clone()), &why));
                return;
            }
        }
    }
    // The first in line alone: the others wait for it.
    let order = |run: &Run| (run.started.slot.unwrap_or(run.created_at), run.created_at, run.id.number());
    let is_first = cx
        .state
        .open_runs()
        .filter(|other| other.workflow == run.workflow && other.status == RunStatus::Queued)
        .all(|other| (order(run), &run.id) <= (order(other), &other.id));
    match workflow.overlap {
        // Only the latest counts.
        Overlap::Replace if !is_last(cx, run) => {
            end(run, RunStatus::Cancelled, "replaced by a later run", out);
        }
        Overlap::Replace => begin(cx, workflow, run, out),
        _ if is_first => begin(cx, workflow, run, out),
        Overlap::Skip => end(run, RunStatus::Skipped, "another run was going on", out),
        Overlap::Queue => {}
    }
}

fn is_last(cx: Context<'_>, run: &Run) -> bool {
    let order = |run: &Run| (run.started.slot.unwrap_or(run.created_at), run.created_at, run.id.number());
    cx.state
        .open_runs()
        .filter(|other| other.workflow == run.workflow && other.status == RunStatus::Queued)
        .all(|other| (order(run), &run.id) >= (order(other), &other.id))
}

fn begin(cx: Context<'_>, workflow: &Workflow, run: &Run, out: &mut Reactions) {
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
    if state.digest != workflow.digest {
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
