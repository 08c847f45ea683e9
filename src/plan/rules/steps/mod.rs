//! The steps of running runs: which begin, which are skipped, what follows when one fails, and when the
//! run has ended. What must be done to the world becomes an effect; whoever does it reports back.

mod begin;
mod end;
mod retry;
mod rollback;
mod runner;
mod walk;

use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use self::rollback::ENDING;
use super::{About, Context, Reactions, Rule};
use crate::model::{Config, Duration, Event, Fact, FlowFact, Lease, Phase, Run, RunStatus, Workflow};
use crate::plan::flow::unanswered;
use crate::plan::is_paused;

pub(in crate::plan) struct Steps;

impl Rule for Steps {
    fn name(&self) -> &'static str {
        "steps"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        let Fact::Flow(fact) = &event.fact else { return };
        match fact.as_ref() {
            FlowFact::StepFinished { run, step, .. } => {
                let is_tried_again = retry::consider(cx, run, step, out);
                runner::was_sent(cx, run, step, is_tried_again, out);
                end::tell_children(cx, run, Some(step), out);
            }
            FlowFact::RunFinished { run, .. } => {
                end::tell_parent(cx, run, out);
                end::tell_children(cx, run, None, out);
            }
            _ => {}
        }
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        for run in cx.state.begun_runs().filter(|run| run.status == RunStatus::Running) {
            let Some(workflow) = cx.config.workflows.get(&run.workflow) else { continue };
            if workflow.digest != run.digest || !is_ours(cx, run) || !cx.is_wanted(&run.id) {
                continue;
            }
            if let Some(lease) = run.lease.as_ref().filter(|lease| cx.holder != Some(lease.holder.as_str())) {
                // Whoever had it is gone. What is left of that is settled first, and the lease ends, so that
                // nobody waits for it.
                let why = format_smolstr!("{} is gone", lease.holder);
                retry::lost(run, &why, out);
                let fact = FlowFact::RunLeased { run: run.id.clone(), lease: None, by: None };
                out.add_for(&run.id, fact, why);
                continue;
            }
            if run.lease.is_none() && run.steps.running() > 0 {
                // A tick that had lost the run told what it had begun, and then died. Nobody else would wait for it.
                retry::lost(run, &SmolStr::new_static("nobody is at it"), out);
                continue;
            }
            let before = out.effects();
            let desk = Desk { cx, workflow, run };
            match run.part() {
                Some((whole, key)) => runner::go_on(&desk, whole, key, out),
                None => advance(&desk, out),
            }
            if out.effects() > before {
                lease(cx, run, out);
            }
        }
    }
}

/// For how long nobody else works on a run, and how much of that must be left.
pub(crate) const LEASE: Duration = Duration::from_minutes(15);
pub(crate) const LEASE_LEFT: Duration = Duration::from_minutes(7);
/// The most for a run that is one step on a runner of its own.
const LONGEST_LEASE: Duration = Duration::from_minutes(60);

/// For how long a run is leased. One step on a runner of its own is leased for as long as it may take: of hundreds of
/// them, none is to write the state only to say that it is still at work.
pub(crate) fn lease_for(config: &Config, run: &Run) -> Duration {
    let step = run.part().and_then(|(_, key)| config.workflows.get(&run.workflow)?.step(step_of(key)));
    step.map_or(LEASE, |step| (step.timeout + LEASE_LEFT).max(LEASE).min(LONGEST_LEASE))
}

/// The step that a key is of, be it an item of it, what undoes it or what sends it.
fn step_of(key: &str) -> &str {
    key.split(['[', ':']).next().unwrap_or_default()
}

/// A run that is under way, and all that is known about it.
#[derive(Clone, Copy)]
struct Desk<'a> {
    cx: Context<'a>,
    workflow: &'a Workflow,
    run: &'a Run,
}

/// Whoever is going to carry out effects of a run has it for itself for a while.
fn lease(cx: Context<'_>, run: &Run, out: &mut Reactions) {
    let Some(holder) = cx.holder else { return };
    let is_held = |lease: &Lease| lease.holder == holder && lease.until >= cx.now + LEASE_LEFT;
    if !run.lease.as_ref().is_some_and(is_held) {
        let lease = Some(Lease { holder: holder.into(), until: cx.now + lease_for(cx.config, run) });
        out.add_for(
            &run.id,
            FlowFact::RunLeased { run: run.id.clone(), lease, by: None },
            "its steps are carried out",
        );
    }
}

/// Whether nobody else works on a run.
fn is_ours(cx: Context<'_>, run: &Run) -> bool {
    run.lease.as_ref().is_none_or(|lease| cx.holder == Some(lease.holder.as_str()) || cx.is_gone(lease))
}

fn advance(desk: &Desk<'_>, out: &mut Reactions) {
    let Desk { cx, workflow, run } = *desk;
    if let Some(why) = run.cancelled.as_ref().filter(|_| run.phase != Phase::Finally) {
        end::cut_short(desk, why, out);
        end::tidy_up(desk, why, out);
        return;
    }
    let timed_out =
        workflow.timeout.filter(|timeout| run.phase == Phase::Steps && run.worked(cx.now) >= *timeout);
    if let Some(timeout) = timed_out {
        let message = format!("its steps took longer than {timeout}");
        end::cut_short(desk, &message, out);
        end::next_phase(desk, Some((None, message)), out);
        return;
    }
    go_on(desk, out);
}

fn go_on(desk: &Desk<'_>, out: &mut Reactions) {
    let Desk { workflow, run, .. } = *desk;
    let list = match run.phase {
        Phase::Steps => &workflow.steps,
        Phase::Rollback => {
            rollback::go_on(desk, out);
            return;
        }
        Phase::OnFailure => &workflow.on_failure,
        Phase::Finally => &workflow.finally,
    };
    let walked = walk::walk(desk, list, out);
    let is_sending = runner::send(desk, out);
    if walked.is_open || is_sending {
        return;
    }
    if let Some(why) = unanswered(workflow, run).filter(|_| run.phase == Phase::Steps) {
        end::next_phase(desk, Some((None, why)), out);
        return;
    }
    // A run whose clean-up failed has not succeeded either; one that goes through its failure has failed anyway.
    match walked.failed.filter(|_| run.phase != Phase::OnFailure) {
        Some(step) => {
            let outcome = run.steps.get(&step).and_then(|record| record.outcome.as_ref());
            let message = outcome.and_then(|outcome| outcome.error.clone());
            let message = message.unwrap_or_else(|| "failed".to_owned());
            end::next_phase(desk, Some((Some(step), message)), out);
        }
        None => end::next_phase(desk, None, out),
    }
}

impl<'a> Desk<'a> {
    /// The item of a `for_each` that a key stands for, and its index.
    fn item(&self, key: &str) -> Option<(&'a Value, usize)> {
        let (id, index) = key.strip_suffix(ENDING).unwrap_or(key).strip_suffix(']')?.split_once('[')?;
        let index = index.parse().ok()?;
        Some((self.run.steps.get(id)?.items.as_ref()?.get(index)?, index))
    }

    /// Whether nothing new may begin: somebody paused it.
    fn is_paused(&self) -> bool {
        is_paused(self.cx.state, self.workflow)
    }

    /// How many more attempts may go on at a time.
    fn room(&self) -> usize {
        (self.workflow.max_parallel as usize).saturating_sub(self.run.steps.running())
    }
}
