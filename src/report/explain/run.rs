//! Why a run was made, why it waits or failed, and what changes it next.

use super::explanation::{Explanation, Reason, Step, add};
use crate::model::{OnLost, Origin, Run, RunStatus, StepStatus, Workflow};
use crate::plan::Context;
use crate::plan::rules::frozen_until;
use crate::report::activation::do_again;
use crate::report::clean::{one_line, shorten};
use crate::report::moment::relative;
use crate::report::narrate::{ended, started_by};
use crate::report::plural::join_and;
use crate::report::runs::{RunStep, asked, failure, run_steps};
use crate::report::whereabouts::{of_part, whereabouts};

/// Explains a run; nothing if the state does not know it.
pub fn explain_run(cx: Context<'_>, id: &str) -> Option<Explanation> {
    let run = cx.state.run(id)?;
    let workflow = cx.config.workflows.get(&run.workflow);
    let mut sections = Vec::new();
    add(&mut sections, "Why it was made", made(workflow, run));
    add(&mut sections, "Why it is there", place(cx, workflow, run));
    add(&mut sections, "Steps", steps(cx, workflow, run));
    let next = next(cx, workflow, run);
    Some(Explanation { kind: "run", subject: run.id.to_string(), headline: headline(run), sections, next })
}

fn headline(run: &Run) -> String {
    let why = failure(run).map(|(step, message)| match step {
        Some(step) => format!(" at {}: {}", one_line(step), one_line(message)),
        None => format!(": {}", one_line(message)),
    });
    let status = match run.status {
        RunStatus::Waiting => "waits for approval",
        RunStatus::Queued => "waits its turn",
        RunStatus::Running => "is under way",
        status => status.as_str(),
    };
    format!("{status}{}", why.map(|why| shorten(&why, 200).into_owned()).unwrap_or_default())
}

fn at(reason: Reason, origin: Option<&Origin>) -> Reason {
    match origin {
        Some(origin) => reason.at(origin),
        None => reason,
    }
}

fn made(workflow: Option<&Workflow>, run: &Run) -> Vec<Reason> {
    let trigger = workflow.and_then(|workflow| {
        workflow.triggers.iter().find(|trigger| Some(&trigger.key) == run.started.trigger.as_ref())
    });
    let made = Reason::new(format!("{}, made at {}", started_by(&run.started), run.created_at));
    let mut because = Vec::new();
    if let (Some(trigger), Some(workflow)) = (trigger, workflow) {
        let words = crate::report::trigger_in_words(trigger, workflow);
        because.push(Reason::new(words).at(&trigger.origin).held(true));
    }
    if let Some(workflow) = workflow
        && let Some(condition) = &workflow.condition
    {
        let text = format!("its condition held: {}", one_line(condition.source()));
        because.push(Reason::new(text).at(&condition.origin).held(true));
    }
    vec![made.because(because)]
}

/// What holds it back, or ended it.
fn place(cx: Context<'_>, workflow: Option<&Workflow>, run: &Run) -> Vec<Reason> {
    let origin = workflow.map(|workflow| &workflow.origin);
    let mut reasons = Vec::new();
    if workflow.is_none() {
        reasons.push(Reason::new("its workflow is no longer declared"));
    }
    if !run.status.is_finished() {
        let record = cx.state.workflow(&run.workflow);
        let all = cx.state.meta.paused.as_ref().map(|switch| ("all workflows are", switch));
        let own = record.and_then(|record| record.paused.as_ref()).map(|switch| ("its workflow is", switch));
        for (what, switch) in [all, own].into_iter().flatten() {
            let why = switch.why.as_deref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
            let text = format!("{what} paused since {} by {}{why}", switch.at, one_line(&switch.by));
            reasons.push(Reason::new(text));
        }
    }
    match run.status {
        RunStatus::Queued => {
            let others =
                cx.state.open_runs().filter(|other| other.workflow == run.workflow && other.id != run.id);
            let others = others.filter(|other| other.part().is_none());
            let before: Vec<String> = others.map(|other| other.id.to_string()).take(5).collect();
            if !before.is_empty() {
                let text = format!("other runs of its workflow are open: {}", join_and(&before));
                reasons.push(at(Reason::new(text), origin));
            }
            let thaw = workflow.and_then(|workflow| frozen_until(cx.config, workflow, run, cx.now));
            if let Some(thaw) = thaw {
                reasons.push(Reason::new(format!("frozen until {thaw}: it was started by no person")));
            }
            for left in cx.state.left_runs().filter(|left| left.workflow == run.workflow) {
                let text =
                    format!("{} was cancelled, and its tick has not yet said that it stopped", left.id);
                reasons.push(Reason::new(text));
            }
        }
        RunStatus::Failed | RunStatus::Cancelled | RunStatus::Skipped => {
            if let Some((id, message)) = failure(run) {
                let step = id.and_then(|id| workflow?.step(id.split(['[', ':']).next()?));
                let text = match id {
                    Some(id) => format!("{} failed: {}", one_line(id), one_line(message)),
                    None => one_line(message).into_owned(),
                };
                reasons.push(at(Reason::new(text), step.map(|step| &step.origin).or(origin)));
            }
        }
        _ => {}
    }
    for asked in asked(run) {
        let what = asked.step.map_or_else(|| "the run".to_owned(), |step| one_line(step).into_owned());
        let roles = &asked.approval.roles;
        let by = if roles.is_empty() { "whoever may approve".to_owned() } else { join_and(roles) };
        let until = relative(asked.approval.expires_at, cx.now);
        let step = asked.step.and_then(|id| workflow?.step(id.split(['[', ':']).next()?));
        let reason = Reason::new(format!("{what} waits for a yes of {by}, which lapses {until}"));
        reasons.push(at(reason, step.map(|step| &step.origin).or(origin)));
    }
    if let (Some(place), None) = (of_part(run), &run.lease) {
        reasons.push(Reason::new(place));
    }
    if let Some(lease) = &run.lease {
        let until = relative(lease.until, cx.now);
        reasons.push(Reason::new(format!(
            "tick {} works on it; its lease ends {until}",
            one_line(&lease.holder)
        )));
    }
    reasons
}

fn steps(cx: Context<'_>, workflow: Option<&Workflow>, run: &Run) -> Vec<Reason> {
    run_steps(workflow, run).iter().map(|row| step(cx, run, row)).collect()
}

fn step(cx: Context<'_>, run: &Run, row: &RunStep<'_>) -> Reason {
    let key = one_line(row.key);
    let how = match row.record.and_then(|record| record.outcome.as_ref()) {
        Some(outcome) => shorten(&ended(outcome), 200).into_owned(),
        None => row.status().to_owned(),
    };
    let reason = at(Reason::new(format!("{key}: {how}")), row.step.map(|step| &step.origin));
    let mut because = Vec::new();
    if let (Some(step), Some(StepStatus::Skipped)) = (row.step, row.record.map(|record| record.status)) {
        let missing = step
            .needs
            .iter()
            .filter(|id| run.steps.get(id).is_none_or(|record| record.status != StepStatus::Succeeded));
        because.extend(
            missing.map(|id| Reason::new(format!("it needs {id}, which did not succeed")).held(false)),
        );
        if let (true, Some(condition)) = (because.is_empty(), &step.condition) {
            let text = format!("its condition did not hold: {}", one_line(condition.source()));
            because.push(Reason::new(text).held(false));
        }
    }
    if let (None, Some(step), false) = (row.record, row.step, row.is_over) {
        let open = step
            .needs
            .iter()
            .chain(&step.after)
            .filter(|id| run.steps.get(id).is_none_or(|record| !record.status.is_finished()));
        because.extend(open.map(|id| Reason::new(format!("it comes after {id}, which is not over"))));
    }
    let place = row.record.and_then(|record| whereabouts(cx.state, record));
    because.extend(place.map(Reason::new));
    if let Some(due) = row.record.and_then(|record| record.due) {
        because.push(Reason::new(format!("due at {due}")));
    }
    let lost = row.record.and_then(|record| record.outcome.as_ref());
    if lost.is_some_and(|outcome| outcome.ended == crate::model::Ended::Lost) {
        let policy = row.step.map(|step| step.on_lost).unwrap_or_default();
        let text = match policy {
            OnLost::Retry => "nobody knows whether it was done: `on_lost: retry` does it again",
            OnLost::Fail => "nobody knows whether it was done: `on_lost: fail`",
            OnLost::Ask => "nobody knows whether it was done: `on_lost: ask` waits for a person",
        };
        because.push(Reason::new(text));
    }
    reason.because(because)
}

fn next(cx: Context<'_>, workflow: Option<&Workflow>, run: &Run) -> Vec<Step> {
    let id = &run.id;
    if run.status.is_finished() {
        return match run.status {
            RunStatus::Failed | RunStatus::Cancelled if workflow.is_some() => {
                vec![Step::act("somebody", "may do the same again", do_again(run))]
            }
            _ => Vec::new(),
        };
    }
    let mut steps = Vec::new();
    for asked in asked(run) {
        let step = asked.step.map(|step| format!(" --step {step}")).unwrap_or_default();
        let by = if asked.approval.roles.is_empty() {
            "whoever may approve".to_owned()
        } else {
            join_and(&asked.approval.roles)
        };
        let what = if asked.is_lost { "is to say whether it was done" } else { "is to say yes or no" };
        steps.push(Step::act(&by, what, format!("orch approve {id}{step}")));
        if asked.is_lost {
            steps.push(Step::act(&by, "may say that it was done", format!("orch approve {id}{step} --done")));
        }
        steps.push(Step::clock(asked.approval.expires_at, "counts as denied"));
    }
    for (key, record) in run.steps.open() {
        if let (Some(due), None) = (record.due, &record.approval) {
            let what = match record.status {
                StepStatus::Retrying => "is tried again",
                _ => "goes on",
            };
            steps.push(Step::clock(due, format!("{} {what}", one_line(key))));
        }
    }
    let waits = workflow.filter(|_| run.status == RunStatus::Queued);
    if let Some(thaw) = waits.and_then(|workflow| frozen_until(cx.config, workflow, run, cx.now)) {
        steps.push(Step::clock(thaw, "the freeze ends"));
    }
    let is_paused = cx.state.meta.paused.is_some()
        || cx.state.workflow(&run.workflow).is_some_and(|record| record.paused.is_some());
    if is_paused {
        let which = if cx.state.meta.paused.is_some() { String::new() } else { format!(" {}", run.workflow) };
        steps.push(Step::act("somebody", "may let it go on", format!("orch resume{which}")));
    } else if steps.is_empty() {
        steps.push(Step::follows("the next tick", "goes on with it"));
    }
    steps
}
