//! What follows when an attempt fails: another one after a while, a question to a person, or nothing.

use serde_json::json;
use smol_str::{SmolStr, format_smolstr};

use super::rollback::ENDING;
use super::{Desk, runner};
use crate::model::{
    Duration, Ended, FlowFact, OnLost, Outcome, Retry, RetryOn, Run, RunId, Step, StepStatus, Workflow,
};
use crate::plan::{Context, Reactions};

/// How long a question about a lost attempt stands.
const ASKED_FOR: Duration = Duration::from_minutes(7 * 24 * 60);

/// How many attempts may end with their tick before that counts as a failure. A step that kills its tick does
/// not go on for ever.
const CUT_OFF: u32 = 10;

/// An attempt ended: is there to be another one? Whether there is, or somebody is asked.
pub(super) fn consider(cx: Context<'_>, run: &RunId, key: &SmolStr, out: &mut Reactions) -> bool {
    let Some(run) = cx.state.run(&run.0).filter(|run| !run.status.is_finished()) else { return false };
    let Some(record) = run.steps.get(key) else { return false };
    let Some(outcome) = record.outcome.as_ref().filter(|_| record.status == StepStatus::Failed) else {
        return false;
    };
    let Some(workflow) = cx.config.workflows.get(&run.workflow) else { return false };
    let Some((retry, on_lost)) = policy(workflow, key) else { return false };
    if outcome.ended == Ended::Lost && on_lost == OnLost::Ask {
        let fact = FlowFact::ApprovalRequested {
            run: run.id.clone(),
            step: Some(key.clone()),
            digest: workflow.digest.clone(),
            expires_at: cx.now + ASKED_FOR,
            roles: Vec::new(),
        };
        out.add_for(&run.id, fact, "nobody knows whether it was done: `on_lost: ask`");
        return true;
    }
    let is_again = outcome.is_cut_off && record.cut_off <= CUT_OFF;
    let tries = record.attempt - record.cut_off.min(CUT_OFF).min(record.attempt);
    let is_fatal = outcome.is_final || (outcome.ended == Ended::Lost && on_lost == OnLost::Fail);
    // A condition speaks of the whole, as the step does.
    let whole = run.part().and_then(|(whole, _)| cx.state.run(&whole.0)).unwrap_or(run);
    let desk = Desk { cx, workflow, run: whole };
    let is_worth_it = || is_again || is_worth_it(&desk, key, retry, outcome, record.attempt);
    if is_fatal || tries >= retry.attempts || !is_worth_it() {
        return false;
    }
    let wait = backoff(retry, record.attempt, &format!("{}/{key}/{}", run.id, record.attempt));
    let at = cx.now + wait;
    let why = if is_again {
        SmolStr::new_static("the tick ended under it")
    } else {
        format_smolstr!("attempt {tries} of {} failed", retry.attempts)
    };
    out.add_for(&run.id, FlowFact::StepRetried { run: run.id.clone(), step: key.clone(), at }, why);
    true
}

/// How a step, an item of one or a compensation is to be retried.
fn policy<'a>(workflow: &'a Workflow, key: &str) -> Option<(&'a Retry, OnLost)> {
    if runner::is_sending(key) {
        return Some((&runner::RETRY, OnLost::Retry));
    }
    if let Some(id) = key.strip_suffix(ENDING) {
        let id = id.split('[').next()?;
        return workflow.step(id)?.rollback.as_ref().map(|rollback| (&rollback.retry, OnLost::Retry));
    }
    let step: &Step = workflow.step(key.split('[').next()?)?;
    Some((&step.retry, step.on_lost))
}

fn is_worth_it(desk: &Desk<'_>, key: &SmolStr, retry: &Retry, outcome: &Outcome, attempt: u32) -> bool {
    match &retry.on {
        // It has no exit code, and may not have failed at all.
        Some(RetryOn::ExitCodes(_)) if outcome.ended == Ended::Lost => true,
        None => true,
        Some(RetryOn::ExitCodes(codes)) => outcome.exit_code.is_some_and(|code| codes.contains(&code)),
        Some(RetryOn::Condition(condition)) => {
            // `failure` is that of this attempt here, not that of the run.
            let failure = json!({
                "step": key, "exit_code": outcome.exit_code, "message": outcome.error,
                "tail": outcome.tail, "result": outcome.ended, "attempt": attempt,
            });
            let seen = desk.scope(desk.item(key)).of(&condition.references());
            seen.is_ok_and(|mut seen| {
                seen["failure"] = failure;
                condition.test(&seen).unwrap_or(false)
            })
        }
    }
}

/// The wait before the next attempt: drawn between nothing and what the policy says, by a hash of what it
/// is for, since the planner has no dice.
fn backoff(retry: &Retry, attempt: u32, seed: &str) -> Duration {
    let power = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    #[expect(clippy::cast_precision_loss, reason = "a wait of more than 2^52 seconds is capped anyway")]
    let longest = (retry.delay.as_seconds() as f64 * retry.factor.powi(power))
        .min(retry.max_delay.as_seconds() as f64)
        .max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "capped and not negative")]
    let longest = longest as u64;
    let drawn = crate::model::fnv(seed.as_bytes()) % (longest + 1);
    Duration::from_seconds(drawn)
}

/// Attempts of a tick that is no more, or has lost the run: nobody knows how they went.
pub(super) fn lost(run: &Run, why: &SmolStr, out: &mut Reactions) {
    for (key, record) in run.steps.open().filter(|(_, record)| record.status == StepStatus::Running) {
        let mut outcome = Outcome::of(Ended::Lost);
        outcome.is_cut_off = true;
        outcome.error = Some("the tick that did it ended before it could say how it went".to_owned());
        let (id, step) = (run.id.clone(), key.clone());
        let fact = FlowFact::StepFinished { run: id, step, attempt: record.attempt, by: None, outcome };
        out.add_for(&run.id, fact, why.clone());
    }
}
