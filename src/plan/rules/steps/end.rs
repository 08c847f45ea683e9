//! From one list of a run to the next, and its end.

use smol_str::{SmolStr, format_smolstr};

use super::walk::finish;
use super::{Desk, begin, rollback, runner};
use crate::model::{Ended, FlowFact, Phase, RunId, RunStatus, StepRun};
use crate::plan::flow::cancel;
use crate::plan::{Context, Reactions};

/// Why a run stops short: the step that failed, if it was one, and what it said.
type Why = (Option<SmolStr>, String);

/// Goes over to the next list that holds something, or ends the run.
pub(super) fn next_phase(desk: &Desk<'_>, failed: Option<Why>, out: &mut Reactions) {
    if let Some(why) = &desk.run.cancelled {
        cancelled(desk, why, failed, out);
        return;
    }
    let has_failed = failed.is_some() || desk.run.failure.is_some();
    let phases = [
        (Phase::Rollback, has_failed && rollback::has_any(desk)),
        (Phase::OnFailure, has_failed && !desk.workflow.on_failure.is_empty()),
        (Phase::Finally, !desk.workflow.finally.is_empty()),
    ];
    let rank = |phase| match phase {
        Phase::Steps => 0,
        Phase::Rollback => 1,
        Phase::OnFailure => 2,
        Phase::Finally => 3,
    };
    let next = phases.into_iter().find(|(phase, is_there)| rank(*phase) > rank(desk.run.phase) && *is_there);
    let run = desk.run.id.clone();
    let (step, message) = failed.map_or((None, None), |(step, message)| (step, Some(message)));
    let why = match (&step, &message) {
        (Some(step), _) => format_smolstr!("{step} failed"),
        (None, Some(message)) => message.as_str().into(),
        _ => SmolStr::new_static("all its steps are over"),
    };
    if let Some((phase, _)) = next {
        out.add_for(&run.clone(), FlowFact::RunPhase { run, phase, failed: step, message }, why);
        return;
    }
    let status = if has_failed { RunStatus::Failed } else { RunStatus::Succeeded };
    let message = match (step, message, &desk.run.failure) {
        (Some(step), Some(message), _) => Some(format!("{step}: {message}")),
        (None, Some(message), _) => Some(message),
        _ => None,
    };
    out.add_for(&run.clone(), FlowFact::RunFinished { run, status, message }, why);
}

/// A run that is cancelled goes over to its `finally`: nothing is undone, and no failure is handled.
pub(super) fn tidy_up(desk: &Desk<'_>, why: &str, out: &mut Reactions) {
    let run = desk.run.id.clone();
    let fact = FlowFact::RunPhase { run, phase: Phase::Finally, failed: None, message: None };
    out.add_for(&desk.run.id, fact, why);
}

/// A run that was cancelled has tidied up.
fn cancelled(desk: &Desk<'_>, why: &str, failed: Option<Why>, out: &mut Reactions) {
    let message = match failed {
        Some((Some(step), error)) => format!("{why}; then {step} failed: {error}"),
        _ => why.to_owned(),
    };
    let (run, status) = (desk.run.id.clone(), RunStatus::Cancelled);
    let fact = FlowFact::RunFinished { run, status, message: Some(message) };
    out.add_for(&desk.run.id, fact, why);
    // All of it is over: nobody is at it any more, and the next one need not wait.
    if desk.run.lease.is_some() {
        let fact = FlowFact::RunLeased { run: desk.run.id.clone(), lease: None, by: None };
        out.add_for(&desk.run.id, fact, "its steps are over");
    }
}

/// A run that is a part of another has ended: so has the step that made it.
pub(super) fn tell_parent(cx: Context<'_>, run: &RunId, out: &mut Reactions) {
    let Some(child) = cx.state.run(&run.0) else { return };
    let Some((parent, step)) = &child.started.parent else { return };
    let Some(record) = cx.state.run(&parent.0).and_then(|parent| parent.steps.get(step)) else { return };
    if record.status.is_finished() {
        return;
    }
    let message = child.failure.as_ref().map(|failure| failure.message.as_str());
    let (attempt, outcome) = match child.part() {
        Some((_, key)) => runner::came_of(child, key, message),
        None => {
            let mut outcome = begin::of_child(child.status, message);
            outcome.outputs.insert("run".to_owned(), run.to_string().into());
            outcome.outputs.insert("status".to_owned(), child.status.as_str().into());
            (record.attempt, outcome)
        }
    };
    let fact = FlowFact::StepFinished { run: parent.clone(), step: step.clone(), attempt, by: None, outcome };
    out.add_for(parent, fact, format_smolstr!("{run} is over"));
}

/// What a run or a step made as a part of it ends with it.
pub(super) fn tell_children(cx: Context<'_>, run: &RunId, step: Option<&SmolStr>, out: &mut Reactions) {
    let Some(parent) = cx.state.run(&run.0) else { return };
    let ended: Vec<&StepRun> = match step {
        Some(step) => parent.steps.get(step).into_iter().collect(),
        None => parent.steps.values().collect(),
    };
    let children = ended.into_iter().filter_map(|record| cx.state.run(&record.child.as_ref()?.0));
    for child in children.filter(|child| !child.status.is_finished() && child.cancelled.is_none()) {
        let fact = cancel(cx.config, child, format!("{run}, which it is a part of, did not wait for it"));
        out.add_for(&child.id, fact, format_smolstr!("{run} went on without it"));
    }
}

/// Ends what is going on in a run that stops short.
pub(super) fn cut_short(desk: &Desk<'_>, why: &str, out: &mut Reactions) {
    for (key, record) in desk.run.steps.open() {
        finish(desk, key, record, Ended::Cancelled, Some(why), out);
    }
}
