//! A step begins: its condition, its items, and what it does.

use serde_json::{Map, Value, json};
use smol_str::{SmolStr, format_smolstr};

use super::walk::{finish, skip};
use super::{Desk, runner};
use crate::actions;
use crate::expr::{Sink, Template};
use crate::model::{
    Act, Actor, ApprovalState, Ask, Duration, Ended, Fact, FlowAsk, FlowFact, ForEach, OnLost, Outcome,
    Request, RunStatus, Step, StepRun, Time,
};
use crate::plan::admit::admit;
use crate::plan::effect::{Effect, EffectAct};
use crate::plan::flow::{Prepared, Scope, holds, prepare, rendered};
use crate::plan::rules::breaker::break_chain;
use crate::plan::{FlowRefusal, Reactions, Refusal};

impl<'a> Desk<'a> {
    pub(super) fn scope(&self, item: Option<(&'a Value, usize)>) -> Scope<'a> {
        let Desk { cx, workflow, run } = *self;
        Scope { cx, workflow, started: &run.started, run: Some(run), item }
    }

    /// A step that ends before it is tried.
    pub(super) fn refuse(&self, step: &SmolStr, attempt: u32, error: String, out: &mut Reactions) {
        let mut outcome = Outcome::of(Ended::Failed);
        (outcome.error, outcome.is_final) = (Some(error), true);
        self.ended(step, attempt, outcome, "it cannot be done", out);
    }

    fn ended(&self, step: &SmolStr, attempt: u32, outcome: Outcome, why: &str, out: &mut Reactions) {
        let (run, step) = (self.run.id.clone(), step.clone());
        out.add_for(&self.run.id, FlowFact::StepFinished { run, step, attempt, by: None, outcome }, why);
    }
}

/// The gate is open: everything that it needs is there.
pub(super) fn begin<'a>(desk: &Desk<'a>, step: &'a Step, room: &mut usize, out: &mut Reactions) {
    if *room == 0 {
        return;
    }
    match holds(&desk.scope(None), step.condition.as_ref()) {
        Err(error) => desk.refuse(&step.id, 0, format!("its condition cannot be told: {error}"), out),
        Ok(false) => skip(desk, &step.id, "its condition does not hold", out),
        Ok(true) => match &step.for_each {
            Some(each) => expand(desk, step, each, out),
            None => attempt(desk, step, &step.id, 1, None, room, out),
        },
    }
}

fn expand(desk: &Desk<'_>, step: &Step, each: &ForEach, out: &mut Reactions) {
    let items = match &each.items {
        Value::String(text) => Template::parse(text, Sink::Plain)
            .and_then(|template| template.value(&desk.scope(None).of(&template.references())?)),
        list => Ok(list.clone()),
    };
    match items {
        Ok(Value::Array(items)) if items.len() > each.limit as usize => {
            let error = format!("{} items, more than the limit of {}", items.len(), each.limit);
            desk.refuse(&step.id, 0, error, out);
        }
        Ok(Value::Array(items)) => {
            let fact = FlowFact::StepExpanded { run: desk.run.id.clone(), step: step.id.clone(), items };
            out.add_for(&desk.run.id, fact, "all it needs is there");
        }
        Ok(_) => desk.refuse(&step.id, 0, "`for_each` does not give a list".to_owned(), out),
        Err(error) => desk.refuse(&step.id, 0, format!("`for_each`: {error}"), out),
    }
}

/// One attempt of a step, or of one of its items.
pub(super) fn attempt<'a>(
    desk: &Desk<'a>,
    step: &'a Step,
    key: &SmolStr,
    attempt: u32,
    item: Option<(&'a Value, usize)>,
    room: &mut usize,
    out: &mut Reactions,
) {
    if *room == 0 {
        return;
    }
    match &step.act {
        Act::Wait { length, until } => wait(desk, key, *length, until.as_deref(), item, out),
        Act::Approve(approval) => {
            let fact = FlowFact::ApprovalRequested {
                run: desk.run.id.clone(),
                step: Some(key.clone()),
                digest: desk.workflow.digest.clone(),
                expires_at: desk.cx.now + approval.expires,
                roles: approval.roles.clone(),
            };
            out.add_by(fact, "the step asks for approval", &step.origin);
        }
        act => match prepare(&desk.scope(item), act) {
            Err(error) => desk.refuse(key, attempt, error, out),
            Ok(Prepared::Asks(asks)) => ask(desk, step, key, attempt, act, &asks, out),
            // That it can be done is known; it is done elsewhere.
            Ok(Prepared::Effect(_)) if step.runs_on.is_some() => {
                *room -= 1;
                runner::delegate(desk, key, out);
            }
            Ok(Prepared::Effect(act)) => {
                *room -= 1;
                effect(desk, step, key, attempt, act, out);
            }
        },
    }
}

pub(super) fn effect(
    desk: &Desk<'_>,
    step: &Step,
    key: &SmolStr,
    attempt: u32,
    mut act: EffectAct,
    out: &mut Reactions,
) {
    if let EffectAct::Run { env, .. } = &mut act {
        env.push(("ORCH_STEP".to_owned(), key.to_string()));
        env.push(("ORCH_ATTEMPT".to_owned(), attempt.to_string()));
    }
    let before = desk.run.steps.get(key).filter(|record| record.attempt > 0);
    out.effect(Effect {
        run: desk.run.id.clone(),
        step: key.clone(),
        attempt,
        begun: before.map(|record| record.started_at),
        act,
        timeout: step.timeout,
        on_lost: step.on_lost,
        permissions: desk.workflow.permissions.clone(),
        origin: step.origin.clone(),
        // What was planned holds for later attempts too.
        manifest: before.and_then(|record| record.manifest.as_deref().cloned()),
    });
}

/// What undoes a step, as an effect.
pub(super) fn compensate(
    desk: &Desk<'_>,
    key: &SmolStr,
    attempt: u32,
    act: EffectAct,
    timeout: Duration,
    origin: &crate::model::Origin,
    out: &mut Reactions,
) {
    let before = desk.run.steps.get(key).filter(|record| record.attempt > 0);
    out.effect(Effect {
        run: desk.run.id.clone(),
        step: key.clone(),
        attempt,
        begun: before.map(|record| record.started_at),
        act,
        timeout,
        on_lost: OnLost::Retry,
        permissions: desk.workflow.permissions.clone(),
        origin: origin.clone(),
        // What was planned holds for later attempts too.
        manifest: before.and_then(|record| record.manifest.as_deref().cloned()),
    });
}

fn wait<'a>(
    desk: &Desk<'a>,
    key: &SmolStr,
    length: Option<Duration>,
    until: Option<&str>,
    item: Option<(&'a Value, usize)>,
    out: &mut Reactions,
) {
    let end: Result<Time, String> = match until {
        Some(text) => rendered(&desk.scope(item), text, Sink::Plain)
            .map_err(|error| error.to_string())
            .and_then(|text| text.parse().map_err(|error: crate::model::InvalidTime| error.to_string())),
        None => Ok(desk.cx.now + length.unwrap_or_default()),
    };
    match end {
        Err(error) => desk.refuse(key, 1, error, out),
        Ok(until) => {
            let fact = FlowFact::StepWaiting { run: desk.run.id.clone(), step: key.clone(), until };
            out.add_for(&desk.run.id, fact, "it waits");
        }
    }
}

/// A step that waits: for a time, a person, or a run of its own.
pub(super) fn waited(desk: &Desk<'_>, step: &Step, key: &SmolStr, record: &StepRun, out: &mut Reactions) {
    if let Some(child) = &record.child {
        // Told by the end of the child; here only if that is long gone.
        let gone = desk.cx.state.run(&child.0).is_none();
        if gone {
            finish(desk, key, record, Ended::Failed, Some("its run is gone"), out);
        }
        return;
    }
    if let Some(approval) = &record.approval {
        let is_void = approval.digest != desk.workflow.digest;
        match &approval.verdict {
            // Somebody looked at a lost attempt, and says that it need not be made again.
            Some(verdict) if verdict.was_done => {
                let mut outcome = Outcome::of(Ended::Succeeded);
                outcome.outputs =
                    record.outcome.as_ref().map(|lost| lost.outputs.clone()).unwrap_or_default();
                desk.ended(key, record.attempt, outcome, "it was done", out);
            }
            // The yes was to something else.
            Some(verdict) if verdict.granted && is_void => request_again(desk, step, key, approval, out),
            Some(verdict) if verdict.granted && matches!(step.act, Act::Approve(_)) => {
                let mut outcome = Outcome::of(Ended::Succeeded);
                outcome.outputs = object(json!({"by": verdict.by, "note": verdict.note}));
                desk.ended(key, record.attempt, outcome, "approved", out);
            }
            // Somebody looked at a lost attempt, and says that it may be made again.
            Some(verdict) if verdict.granted => {
                let fact =
                    FlowFact::StepRetried { run: desk.run.id.clone(), step: key.clone(), at: desk.cx.now };
                out.add_for(&desk.run.id, fact, "approved");
            }
            Some(verdict) => {
                let why = match &verdict.note {
                    Some(note) => format!("denied by {}: {note}", verdict.by),
                    None => format!("denied by {}", verdict.by),
                };
                finish(desk, key, record, Ended::Failed, Some(&why), out);
            }
            None if desk.cx.now >= approval.expires_at => {
                let fact = FlowFact::ApprovalExpired { run: desk.run.id.clone(), step: Some(key.clone()) };
                out.add_for(&desk.run.id, fact, "nobody answered in time");
            }
            None if is_void => request_again(desk, step, key, approval, out),
            None => {}
        }
        return;
    }
    if record.due.is_some_and(|due| due <= desk.cx.now) {
        finish(desk, key, record, Ended::Succeeded, None, out);
    }
}

/// The workflow changed while somebody was asked about it.
fn request_again(desk: &Desk<'_>, step: &Step, key: &SmolStr, approval: &ApprovalState, out: &mut Reactions) {
    let fact = FlowFact::ApprovalRequested {
        run: desk.run.id.clone(),
        step: Some(key.clone()),
        digest: desk.workflow.digest.clone(),
        expires_at: approval.expires_at,
        roles: approval.roles.clone(),
    };
    out.add_by(fact, "the workflow changed", &step.origin);
}

/// A step that asks something of the state: it happens here and now, or is refused.
fn ask(
    desk: &Desk<'_>,
    step: &Step,
    key: &SmolStr,
    attempt: u32,
    act: &Act,
    asks: &[Ask],
    out: &mut Reactions,
) {
    // What was added in this pass is not in the state yet; codes and numbers would be given twice.
    if out.has_asked() {
        return;
    }
    let mut outputs = Map::new();
    let mut facts = Vec::new();
    for ask in asks {
        let mut ask = ask.clone();
        if let Ask::Flow(FlowAsk::Run { parent, .. }) = &mut ask {
            *parent = Some((desk.run.id.clone(), key.clone()));
        }
        match admit(desk.cx, &Request::new(Actor::itself(), ask)) {
            Ok(admitted) => facts.extend(admitted.facts),
            Err(refusal) => {
                desk.refuse(key, attempt, refusal.to_string(), out);
                if let Refusal::Flow(FlowRefusal::EndlessChain { workflow, why }) = &refusal
                    && let Some(workflow) = desk.cx.config.workflows.get(workflow)
                {
                    break_chain(desk.cx, workflow, Some(&desk.run.id), why, out);
                }
                return;
            }
        }
    }
    let child = facts.iter().find_map(|fact| match fact {
        Fact::Flow(flow) => match flow.as_ref() {
            FlowFact::RunCreated { run, .. } => Some(run.clone()),
            _ => None,
        },
        Fact::TaskCreated { task, .. } => {
            outputs.insert("code".to_owned(), json!(task));
            None
        }
        _ => None,
    });
    let name = match act {
        Act::Call { action, .. } => actions::find(action).map_or(*action, |action| action.name()),
        _ => "step",
    };
    for fact in facts {
        out.add_fact_for(&desk.run.id, fact, format_smolstr!("{name} of {}", desk.run.id), &step.origin);
    }
    if let Some(child) = child {
        let fact = FlowFact::StepDelegated { run: desk.run.id.clone(), step: key.clone(), child };
        out.add_for(&desk.run.id, fact, "its run was made");
    } else {
        let mut outcome = Outcome::of(Ended::Succeeded);
        outcome.outputs = outputs;
        desk.ended(key, attempt, outcome, "done", out);
    }
    out.asked();
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// How the run of a delegated step ended, as the step's own end.
pub(super) fn of_child(status: RunStatus, message: Option<&str>) -> Outcome {
    let succeeded = status == RunStatus::Succeeded;
    // Cancelled or skipped: what the step is there for was not done, so that the step has failed.
    let mut outcome = Outcome::of(if succeeded { Ended::Succeeded } else { Ended::Failed });
    outcome.is_final = true;
    if !succeeded {
        outcome.error = Some(message.map_or_else(|| status.as_str().to_owned(), str::to_owned));
    }
    outcome
}
