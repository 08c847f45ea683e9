//! Steps with `runs_on`: each attempt is made on a runner of its own.
//!
//! Such a step, or each of its items, becomes a run of its own, a part of the one that it is a step of. No tick carries
//! that out but one that was told to do exactly this run: `orch work RUN`, on a runner. What other ticks do is to send
//! for runners. That is an effect of the whole run, with a key in it (`build:sent[2]`) whose items are the parts that
//! one dispatch is for, so that it has a lease, a journal and its own retries like any other. A part that was sent waits
//! until a runner leases it or the time for that is over; then its attempt has failed, and the step's policy decides.
//! When it has ended, so has the step of the whole run, in the same breath.

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use smol_str::{SmolStr, format_smolstr};

use super::{Desk, begin, step_of};
use crate::model::{
    Duration, Ended, FlowFact, Name, OnLost, Outcome, Permissions, Retry, Run, RunId, RunStatus, RunsOn,
    Started, Step, StepRun, StepStatus,
};
use crate::plan::effect::{Effect, EffectAct};
use crate::plan::flow::{Prepared, chain_after, is_sent_for, prepare};
use crate::plan::{Context, Reactions};

/// What stands in the keys of lists that are sent.
const SENT: &str = ":sent[";
/// As many jobs as a matrix of GitHub may have.
const MOST: usize = 256;
/// What the names of one list may take together; the inputs of a dispatch may hold 65,535 characters.
const LARGEST: usize = 48 << 10;
/// How long a dispatch may take.
const TIMEOUT: Duration = Duration::from_minutes(2);

/// How a list is sent again that could not be.
pub(super) static RETRY: Retry = Retry {
    attempts: 5,
    delay: Duration::from_seconds(10),
    factor: 2.0,
    max_delay: Duration::from_minutes(5),
    on: None,
};

/// Whether a key is that of a list which is sent.
pub(super) fn is_sending(key: &str) -> bool {
    key.contains(SENT)
}

/// Makes the run that a step, or an item of one, is on a runner of its own.
pub(super) fn delegate(desk: &Desk<'_>, key: &SmolStr, out: &mut Reactions) {
    let Desk { cx, workflow, run } = *desk;
    let child = RunId::of_part(&run.id, key);
    if cx.state.run(&child.0).is_none() {
        let started = Started {
            by: SmolStr::new_static(Started::PART),
            trigger: None,
            slot: None,
            actor: None,
            event: serde_json::Map::new(),
            inputs: serde_json::Map::new(),
            parent: Some((run.id.clone(), key.clone())),
            chain: Some(chain_after(cx.state, &run.id)),
        };
        let created = FlowFact::RunCreated {
            run: child.clone(),
            workflow: workflow.id.clone(),
            digest: workflow.digest.clone(),
            started,
        };
        out.add_for(&run.id, created, "it is done on a runner of its own");
        out.add_for(&child, FlowFact::RunStarted { run: child.clone() }, "nothing holds it back");
    }
    let fact = FlowFact::StepDelegated { run: run.id.clone(), step: key.clone(), child };
    out.add_for(&run.id, fact, "its run was made");
}

/// Goes on with a part: what is to be done here, what nobody came for, and its end.
pub(super) fn go_on(desk: &Desk<'_>, whole: &RunId, key: &SmolStr, out: &mut Reactions) {
    let Desk { cx, workflow, run } = *desk;
    let Some(step) = workflow.step(step_of(key)) else {
        return finish(desk, RunStatus::Cancelled, Some("its step is no longer declared".to_owned()), out);
    };
    let Some(whole) = cx.state.run(&whole.0).filter(|whole| !whole.status.is_finished()) else {
        return finish(desk, RunStatus::Cancelled, Some(format!("{whole} is over")), out);
    };
    let Some(record) = run.steps.get(key) else {
        return attempt(desk, whole, step, key, 1, out);
    };
    match record.status {
        StepStatus::Succeeded => finish(desk, RunStatus::Succeeded, None, out),
        StepStatus::Failed => {
            let error = record.outcome.as_ref().and_then(|outcome| outcome.error.clone());
            finish(desk, RunStatus::Failed, Some(error.unwrap_or_else(|| "failed".to_owned())), out);
        }
        StepStatus::Cancelled | StepStatus::Skipped => {
            finish(desk, RunStatus::Cancelled, Some("its step was cancelled".to_owned()), out);
        }
        StepStatus::Waiting if record.approval.is_some() => begin::waited(desk, step, key, record, out),
        StepStatus::Waiting | StepStatus::Retrying if is_here(cx, run, step) && is_due(cx, record) => {
            attempt(desk, whole, step, key, record.attempt + 1, out);
        }
        StepStatus::Waiting if record.due.is_some_and(|due| due <= cx.now) => {
            let within = step.runs_on.as_ref().map(|place| place.start_within).unwrap_or_default();
            let error = format!(
                "no runner of {} began with it within {within}: look at the runs of the workflow on GitHub",
                RunsOn::PLACE
            );
            not_made(run, key, record.attempt, error, false, "nobody came for it", out);
        }
        _ => {}
    }
}

/// Whether a part may be begun: what waits for a runner waits for nothing else.
fn is_due(cx: Context<'_>, record: &StepRun) -> bool {
    record.status == StepStatus::Waiting || record.due.is_none_or(|due| due <= cx.now)
}

/// Whether this very tick is to carry a part out. What is not sent anywhere any more is any tick's.
fn is_here(cx: Context<'_>, run: &Run, step: &Step) -> bool {
    step.runs_on.is_none() || cx.only.contains(&run.id)
}

fn attempt(desk: &Desk<'_>, whole: &Run, step: &Step, key: &SmolStr, attempt: u32, out: &mut Reactions) {
    if !is_here(desk.cx, desk.run, step) || desk.is_paused() {
        return;
    }
    // What it is to do is said in terms of the whole.
    let of_whole = Desk { run: whole, ..*desk };
    match prepare(&of_whole.scope(of_whole.item(key)), &step.act) {
        Ok(Prepared::Effect(act)) => begin::effect(desk, step, key, attempt, act, out),
        Ok(Prepared::Asks(_)) => {
            desk.refuse(key, attempt, "only commands and actions on the world have a runner".to_owned(), out);
        }
        Err(error) => desk.refuse(key, attempt, error, out),
    }
}

fn finish(desk: &Desk<'_>, status: RunStatus, message: Option<String>, out: &mut Reactions) {
    let run = desk.run.id.clone();
    let fact = FlowFact::RunFinished { run, status, message };
    out.add_for(&desk.run.id, fact, "its step is over");
}

/// An attempt that no runner made.
fn not_made(
    run: &Run,
    key: &SmolStr,
    before: u32,
    error: String,
    is_final: bool,
    why: &'static str,
    out: &mut Reactions,
) {
    let mut outcome = Outcome::of(Ended::Failed);
    (outcome.error, outcome.is_final) = (Some(error), is_final);
    let (id, step) = (run.id.clone(), key.clone());
    let fact = FlowFact::StepFinished { run: id, step, attempt: before + 1, by: None, outcome };
    out.add_for(&run.id, fact, why);
}

/// How a part ended, as the end of the step that it is: after how many attempts, and how.
pub(super) fn came_of(part: &Run, key: &str, message: Option<&str>) -> (u32, Outcome) {
    let record = part.steps.get(key);
    let attempt = record.map_or(0, |record| record.attempt);
    let known =
        record.filter(|record| record.status.is_finished()).and_then(|record| record.outcome.as_ref());
    let Some(known) = known.filter(|_| part.status != RunStatus::Cancelled) else {
        return (attempt, begin::of_child(part.status, message));
    };
    // Whether to try again was decided there.
    let mut outcome = Outcome { is_final: true, is_cut_off: false, ..known.clone() };
    if outcome.ended == Ended::Lost {
        outcome.ended = Ended::Failed;
    }
    (attempt, outcome)
}

/// Whether a runner is at a step: whoever goes on without it lets it come to its end.
pub(super) fn is_at_work(desk: &Desk<'_>, record: &StepRun) -> bool {
    let part = record.child.as_ref().and_then(|child| desk.cx.state.run(&child.0));
    part.is_some_and(|part| part.part().is_some() && part.lease.is_some() && part.steps.running() > 0)
}

/// Sends for runners: what is due is put on lists, and lists are sent. Whether one is still on its way.
pub(super) fn send(desk: &Desk<'_>, out: &mut Reactions) -> bool {
    let Desk { cx, workflow, run } = *desk;
    let mut is_open = false;
    let mut listed: FxHashSet<&str> = FxHashSet::default();
    for (key, record) in run.steps.open().filter(|(key, _)| is_sending(key)) {
        is_open = true;
        listed.extend(names(record));
        let is_due = match record.status {
            StepStatus::Expanded => true,
            StepStatus::Retrying => record.due.is_none_or(|due| due <= cx.now),
            _ => false,
        };
        if is_due && let Some(step) = workflow.step(step_of(key)) {
            dispatch(desk, step, key, record, out);
        }
    }
    if desk.is_paused() {
        return is_open;
    }
    let mut due: IndexMap<&Name, Vec<&RunId>> = IndexMap::new();
    for (key, record) in run.steps.open() {
        let Some(part) = record.child.as_ref().and_then(|child| cx.state.run(&child.0)) else { continue };
        let Some(step) = workflow.step(step_of(key)).filter(|step| step.runs_on.is_some()) else { continue };
        if is_sent_for(part, cx.now) && !listed.contains(part.id.0.as_str()) {
            due.entry(&step.id).or_default().push(&part.id);
        }
    }
    for (step, parts) in due {
        is_open = true;
        list(desk, step, &parts, out);
    }
    is_open
}

/// Puts parts on lists, each of which is sent as one.
fn list(desk: &Desk<'_>, step: &Name, parts: &[&RunId], out: &mut Reactions) {
    let prefix = format!("{step}{SENT}");
    let mut number = desk.run.steps.keys().filter(|key| key.starts_with(&prefix)).count();
    let mut rest = parts;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |part: &&&RunId| {
            bytes += part.0.len() + 4;
            bytes <= LARGEST
        };
        let count = rest.iter().take(MOST).take_while(fits).count().max(1);
        let (now, later) = rest.split_at(count);
        number += 1;
        let items = now.iter().map(|part| Value::from(part.0.as_str())).collect();
        let key = format_smolstr!("{prefix}{number}]");
        let fact = FlowFact::StepExpanded { run: desk.run.id.clone(), step: key, items };
        out.add_for(&desk.run.id, fact, "they wait for runners");
        rest = later;
    }
}

/// The parts on a list.
fn names(list: &StepRun) -> impl Iterator<Item = &str> {
    list.items.iter().flatten().filter_map(Value::as_str)
}

fn parts<'a>(cx: Context<'a>, list: &'a StepRun) -> impl Iterator<Item = &'a Run> {
    names(list).filter_map(move |name| cx.state.run(name)).filter(|part| !part.status.is_finished())
}

/// The dispatch of a list.
fn dispatch(desk: &Desk<'_>, step: &Step, key: &SmolStr, list: &StepRun, out: &mut Reactions) {
    let Some(place) = step.runs_on.as_ref().filter(|_| parts(desk.cx, list).next().is_some()) else {
        super::walk::finish(desk, key, list, Ended::Cancelled, Some("nobody waits for it any more"), out);
        return;
    };
    let runs: Vec<&str> = names(list).collect();
    let runs = Value::from(runs).to_string();
    let mut args = json!({ "workflow": place.workflow, "inputs": { "runs": runs }, "key": true });
    if let Some(git_ref) = &place.git_ref {
        args["ref"] = git_ref.as_str().into();
    }
    out.effect(Effect {
        run: desk.run.id.clone(),
        step: key.clone(),
        attempt: list.attempt + 1,
        begun: (list.attempt > 0).then_some(list.started_at),
        act: EffectAct::Call { action: "github.dispatch", args },
        timeout: TIMEOUT,
        // It is found by its key.
        on_lost: OnLost::Retry,
        // That it may be sent is said by `runs_on` itself; what it may do there, by the workflow.
        permissions: Permissions::default(),
        origin: step.origin.clone(),
        manifest: None,
    });
}

/// A list was sent, or could not be: its parts wait for runners from now on, or have failed.
pub(super) fn was_sent(
    cx: Context<'_>,
    run: &RunId,
    key: &SmolStr,
    is_tried_again: bool,
    out: &mut Reactions,
) {
    if !is_sending(key) || is_tried_again {
        return;
    }
    let Some(run) = cx.state.run(&run.0) else { return };
    let Some(list) = run.steps.get(key) else { return };
    let Some(outcome) = &list.outcome else { return };
    let step = cx.config.workflows.get(&run.workflow).and_then(|workflow| workflow.step(step_of(key)));
    let Some(place) = step.and_then(|step| step.runs_on.as_ref()) else { return };
    // A runner that was quick has its part already, and one that was very quick has done it.
    for part in parts(cx, list).filter(|part| is_sent_for(part, cx.now)) {
        let Some((_, key)) = part.part() else { continue };
        match list.status {
            StepStatus::Succeeded => {
                let (run, step) = (part.id.clone(), key.clone());
                let until = cx.now + place.start_within;
                out.add_for(&part.id, FlowFact::StepWaiting { run, step, until }, "a runner was sent for");
            }
            StepStatus::Failed => {
                let error = outcome.error.as_deref().unwrap_or("failed");
                let error = format!("failed to send it to {}: {error}", RunsOn::PLACE);
                let before = part.steps.get(key).map_or(0, |record| record.attempt);
                not_made(part, key, before, error, outcome.is_final, "it could not be sent", out);
            }
            _ => {}
        }
    }
}
