//! What follows when a run fails: a critical workflow is escalated at once, and one that keeps failing
//! pauses itself until somebody resumes it. So does one that a chain of runs without end comes back to.

use smol_str::format_smolstr;

use super::{About, Context, Reactions, Rule};
use crate::model::{Criticality, Event, Fact, FlowFact, Name, RunId, RunStatus, Workflow};

pub(super) struct CircuitBreaker;

impl Rule for CircuitBreaker {
    fn name(&self) -> &'static str {
        "breaker"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        let Fact::Flow(fact) = &event.fact else { return };
        let FlowFact::RunFinished { run, status: RunStatus::Failed, .. } = fact.as_ref() else { return };
        // A step that failed on its runner may be let pass; the run that it is a part of tells.
        if cx.state.run(&run.0).is_some_and(|run| run.part().is_some()) {
            return;
        }
        let Some(workflow) = cx.config.workflows.get(run.workflow()) else { return };
        let Some(record) = cx.state.workflow(&workflow.id) else { return };
        if workflow.criticality == Criticality::Critical {
            let message = format!("{} is critical, and failed", workflow.title);
            let fact = FlowFact::RunEscalated { run: run.clone(), to: responsible(cx, workflow), message };
            out.add_by(fact, "critical", &workflow.origin);
        }
        let breaker = workflow.breaker;
        let failed = record.recent.iter().rev();
        // A resumed workflow starts with a clean slate: what failed before does not count again.
        let failed = failed.take_while(|past| !past.succeeded && past.at + breaker.within > cx.now);
        let since = record.resumed_at;
        let count = failed.filter(|past| since.is_none_or(|since| past.at >= since)).count();
        if breaker.failures > 0 && count >= breaker.failures as usize && record.paused.is_none() {
            let why = format!("{count} runs failed within {}", breaker.within);
            pause(cx, workflow, Some(run), &why, out);
        }
    }
}

/// Pauses a workflow that would go on with a chain of runs which has no end, and tells about it. `run` is the
/// last one of the chain.
pub(super) fn break_chain(
    cx: Context<'_>,
    workflow: &Workflow,
    run: Option<&RunId>,
    why: &str,
    out: &mut Reactions,
) {
    if cx.state.workflow(&workflow.id).is_some_and(|record| record.paused.is_some()) {
        return;
    }
    pause(cx, workflow, run, why, out);
}

fn pause(cx: Context<'_>, workflow: &Workflow, run: Option<&RunId>, why: &str, out: &mut Reactions) {
    let id = &workflow.id;
    let fact = FlowFact::WorkflowPaused { workflow: Some(id.clone()), why: Some(why.to_owned()) };
    out.add_by(fact, why, &workflow.origin);
    let Some(run) = run else { return };
    let message = format!("{} paused itself: {why}; `orch resume {id}` lets it go on", workflow.title);
    let fact = FlowFact::RunEscalated { run: run.clone(), to: responsible(cx, workflow), message };
    out.add_by(fact, format_smolstr!("breaker of {id}"), &workflow.origin);
}

/// Who is to hear of it: the owner; nobody named, everybody who may pause.
fn responsible(cx: Context<'_>, workflow: &Workflow) -> Vec<Name> {
    if let Some(owner) = &workflow.owner {
        return vec![owner.clone()];
    }
    let roles = cx.config.roles.iter().flat_map(|roles| roles.values());
    roles
        .filter(|role| role.may.contains(&crate::model::Right::Pause))
        .map(|role| role.name.clone())
        .collect()
}
