//! One look at a list of steps: what begins, what waits, and whether all of it has ended.

use smol_str::SmolStr;

use super::{Desk, begin, runner};
use crate::model::{Ended, FlowFact, Outcome, Step, StepRun, StepStatus};
use crate::plan::Reactions;
use crate::plan::flow::{Gate, gate, is_failure, item_key};

/// What a look at a list found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Something goes on, or is still to begin.
    pub is_open: bool,
    /// The first step that failed for good.
    pub failed: Option<SmolStr>,
}

pub(super) fn walk(desk: &Desk<'_>, list: &[Step], out: &mut Reactions) -> Walked {
    let run = desk.run;
    let is_failed =
        |step: &&Step| run.steps.get(&step.id).is_some_and(|record| is_failure(step, record.status));
    // Most runs have no failure: only then is it looked for which step it was.
    let failed = if run.steps.has_failed() { list.iter().find(is_failed) } else { None };
    let failed = failed.map(|step| step.id.clone());
    // What may be skipped is found by a look at every step, and so is what waits or is tried again.
    let is_plain = !run.steps.has_unsuccessful() && run.steps.running() == run.steps.open().count();
    let mut walked = Walked { is_open: false, failed };
    let mut room = if desk.is_paused() { 0 } else { desk.room() };
    // What goes on elsewhere takes nobody's place here.
    let mut elsewhere = if desk.is_paused() { 0 } else { usize::MAX };
    let is_plain = is_plain && list.iter().all(|step| step.runs_on.is_none());
    let over = run.steps.ended_first(list.iter().map(|step| &step.id));
    for step in &list[over..] {
        if is_plain && walked.is_open && room == 0 {
            break;
        }
        let room = if step.runs_on.is_some() { &mut elsewhere } else { &mut room };
        match run.steps.get(&step.id) {
            None if walked.failed.is_some() => {}
            None => {
                walked.is_open = true;
                match gate(desk.workflow, run, step) {
                    Gate::Wait => {}
                    Gate::Skip => skip(desk, &step.id, "what it needs did not come about", out),
                    Gate::Go => begin::begin(desk, step, room, out),
                }
            }
            Some(record) if record.status.is_finished() => {}
            Some(record) => {
                walked.is_open = true;
                go_on(desk, step, record, walked.failed.is_some(), room, out);
            }
        }
    }
    walked
}

pub(super) fn skip(desk: &Desk<'_>, step: &SmolStr, why: &str, out: &mut Reactions) {
    let fact = FlowFact::StepSkipped { run: desk.run.id.clone(), step: step.clone() };
    out.add_for(&desk.run.id, fact, why);
}

/// A step that has begun and not ended.
fn go_on(
    desk: &Desk<'_>,
    step: &Step,
    record: &StepRun,
    is_failing: bool,
    room: &mut usize,
    out: &mut Reactions,
) {
    match record.status {
        StepStatus::Expanded => items(desk, step, record, is_failing, room, out),
        StepStatus::Waiting if runner::is_at_work(desk, record) => {}
        StepStatus::Retrying | StepStatus::Waiting if is_failing => {
            finish(desk, &step.id, record, Ended::Cancelled, Some("another step failed"), out);
        }
        StepStatus::Retrying if record.due.is_none_or(|due| due <= desk.cx.now) => {
            begin::attempt(desk, step, &step.id, record.attempt + 1, None, room, out);
        }
        StepStatus::Waiting => begin::waited(desk, step, &step.id, record, out),
        _ => {}
    }
}

/// The items of a `for_each`: some begin; when all have ended, the step has.
fn items(
    desk: &Desk<'_>,
    step: &Step,
    record: &StepRun,
    is_failing: bool,
    room: &mut usize,
    out: &mut Reactions,
) {
    let Some(items) = &record.items else { return };
    let most = step.for_each.as_ref().map_or(1, |each| each.max_parallel as usize);
    let record_of = |index| desk.run.steps.get(&item_key(&step.id, index));
    let is_running = |item: &StepRun| item.status == StepStatus::Running || runner::is_at_work(desk, item);
    let count = |is: &dyn Fn(&StepRun) -> bool| {
        (0..items.len()).filter(|index| record_of(*index).is_some_and(is)).count()
    };
    let running = count(&is_running);
    let handed_on =
        if step.runs_on.is_some() { count(&|item| item.status == StepStatus::Waiting) } else { running };
    let mut room_here = (*room).min(most.saturating_sub(handed_on.max(running)));
    let before = room_here;
    let mut failed = None;
    for index in 0..items.len() {
        let item = record_of(index);
        if item.is_some_and(|item| item.status == StepStatus::Failed) {
            failed.get_or_insert(index);
        }
    }
    let stops = is_failing || (failed.is_some() && !step.continue_on_error);
    let mut is_open = running > 0;
    for (index, value) in items.iter().enumerate() {
        let key = item_key(&step.id, index);
        match record_of(index) {
            Some(item) if item.status.is_finished() || is_running(item) => {}
            Some(item) if stops => {
                finish(desk, &key, item, Ended::Cancelled, Some("another item failed"), out);
            }
            None if stops => {}
            Some(item) if item.status == StepStatus::Waiting => {
                is_open = true;
                begin::waited(desk, step, &key, item, out);
            }
            Some(item) if item.due.is_some_and(|due| due > desk.cx.now) => is_open = true,
            item => {
                is_open = true;
                let attempt = item.map_or(1, |item| item.attempt + 1);
                begin::attempt(desk, step, &key, attempt, Some((value, index)), &mut room_here, out);
            }
        }
    }
    *room -= before - room_here;
    if is_open {
        return;
    }
    let (ended, error) = match failed {
        _ if is_failing => (Ended::Cancelled, Some("another step failed".to_owned())),
        Some(index) => {
            let item = record_of(index).and_then(|item| item.outcome.as_ref());
            let why = item.and_then(|outcome| outcome.error.as_deref()).unwrap_or("failed");
            (Ended::Failed, Some(format!("item {index}: {why}")))
        }
        None => (Ended::Succeeded, None),
    };
    finish(desk, &step.id, record, ended, error.as_deref(), out);
}

pub(super) fn finish(
    desk: &Desk<'_>,
    step: &SmolStr,
    record: &StepRun,
    ended: Ended,
    error: Option<&str>,
    out: &mut Reactions,
) {
    let mut outcome = Outcome::of(ended);
    outcome.error = error.map(str::to_owned);
    outcome.millis = desk.cx.now.since(record.started_at).as_seconds() * 1000;
    outcome.is_final = true;
    let fact = FlowFact::StepFinished {
        run: desk.run.id.clone(),
        step: step.clone(),
        attempt: record.attempt,
        by: None,
        outcome,
    };
    out.add_for(&desk.run.id, fact, error.unwrap_or("it is over"));
}
