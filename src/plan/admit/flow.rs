//! Admission of what is asked of workflows.

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::Facts;
use crate::model::{
    Actor, ApprovalState, FlowAsk, FlowFact, InputKind, Name, On, Run, RunId, Started, StepRun, StepStatus,
    Time, Workflow,
};
use crate::plan::context::Context;
use crate::plan::flow::{cancel, chain_after, chain_in_words, is_too_long, task_of};
use crate::plan::refusal::FlowRefusal;
use crate::plan::rules::schedules::{of_slot, thaw};

/// The most slots that one backfill makes runs of.
const BACKFILL: usize = 1000;

type Flow = Result<Vec<FlowFact>, FlowRefusal>;

pub(super) fn admit(cx: Context<'_>, actor: &Actor, ask: &FlowAsk) -> Facts {
    let facts = facts(cx, &actor.name, ask)?;
    Ok(facts.into_iter().map(Into::into).collect())
}

fn facts(cx: Context<'_>, actor: &str, ask: &FlowAsk) -> Flow {
    match ask {
        FlowAsk::Run { workflow, inputs, parent } => run(cx, actor, workflow, inputs, parent.as_ref()),
        FlowAsk::RetryRun { run } => retry(cx, actor, run),
        FlowAsk::CancelRun { run, why } => {
            let why = why.clone().unwrap_or_else(|| format!("cancelled by {actor}"));
            Ok(vec![cancel(cx.config, open_run(cx, run)?, why)])
        }
        FlowAsk::Approve { run, step, note, was_done } => {
            let answer = if *was_done { Answer::WasDone } else { Answer::Yes };
            answered(cx, run, step.as_ref(), note.as_ref(), answer)
        }
        FlowAsk::Deny { run, step, note } => answered(cx, run, step.as_ref(), note.as_ref(), Answer::No),
        FlowAsk::Backfill { workflow, from, through, skip_succeeded } => {
            backfill(cx, actor, find(cx, workflow)?, *from, *through, *skip_succeeded)
        }
        FlowAsk::RecordMetric { value, .. } if !value.is_finite() => Err(FlowRefusal::NotANumber),
        FlowAsk::RecordMetric { metric, value } => {
            Ok(vec![FlowFact::MetricRecorded { metric: metric.clone(), value: *value }])
        }
        FlowAsk::SetValue { key, value } => {
            Ok(vec![FlowFact::ValueSet { key: key.clone(), value: value.clone() }])
        }
        FlowAsk::PauseAgent { agent, why } => {
            agent_switch(cx, agent, false)?;
            Ok(vec![FlowFact::AgentPaused { agent: agent.clone(), why: why.clone() }])
        }
        FlowAsk::ResumeAgent { agent } => {
            agent_switch(cx, agent, true)?;
            Ok(vec![FlowFact::AgentResumed { agent: agent.clone() }])
        }
        switch => workflow_switch(cx, switch),
    }
}

fn workflow_switch(cx: Context<'_>, ask: &FlowAsk) -> Flow {
    let is_paused = |workflow: &Option<Name>| match workflow {
        Some(workflow) => cx.state.workflow(workflow).is_some_and(|record| record.paused.is_some()),
        None => cx.state.meta.paused.is_some() || cx.state.meta.held.is_some(),
    };
    let known =
        |workflow: &Option<Name>| workflow.as_ref().map(|name| find(cx, name)).transpose().map(|_| ());
    Ok(vec![match ask {
        FlowAsk::Pause { workflow, .. } if is_paused(workflow) => {
            return Err(FlowRefusal::AlreadyPaused { workflow: workflow.clone() });
        }
        FlowAsk::Pause { workflow, why } => {
            known(workflow)?;
            FlowFact::WorkflowPaused { workflow: workflow.clone(), why: why.clone() }
        }
        FlowAsk::Resume { workflow } if !is_paused(workflow) => {
            known(workflow)?;
            return Err(FlowRefusal::NotPaused { workflow: workflow.clone() });
        }
        FlowAsk::Resume { workflow } => FlowFact::WorkflowResumed { workflow: workflow.clone() },
        FlowAsk::Disable { workflow, why } => {
            find(cx, workflow)?;
            if is_disabled(cx, workflow) {
                return Err(FlowRefusal::Disabled { workflow: workflow.clone(), by_hand: true });
            }
            FlowFact::WorkflowDisabled { workflow: workflow.clone(), why: why.clone() }
        }
        FlowAsk::Enable { workflow } => {
            find(cx, workflow)?;
            if !is_disabled(cx, workflow) {
                return Err(FlowRefusal::NotDisabled { workflow: workflow.clone() });
            }
            FlowFact::WorkflowEnabled { workflow: workflow.clone() }
        }
        _ => return Ok(Vec::new()),
    }])
}

fn is_disabled(cx: Context<'_>, workflow: &str) -> bool {
    cx.state.workflow(workflow).is_some_and(|record| record.disabled.is_some())
}

fn agent_switch(cx: Context<'_>, agent: &Name, paused: bool) -> Result<(), FlowRefusal> {
    if cx.config.agent(agent).is_none() {
        let known = cx.config.agents.keys().cloned().collect();
        return Err(FlowRefusal::UnknownAgent { agent: agent.clone(), known });
    }
    if cx.state.meta.paused_agents.contains_key(agent) == paused {
        return Ok(());
    }
    Err(FlowRefusal::AgentSwitch { agent: agent.clone(), paused: !paused })
}

fn find<'a>(cx: Context<'a>, workflow: &str) -> Result<&'a Workflow, FlowRefusal> {
    cx.config.workflows.get(workflow).ok_or_else(|| FlowRefusal::UnknownWorkflow {
        workflow: workflow.into(),
        known: cx.config.workflows.keys().cloned().collect(),
    })
}

fn known_run<'a>(cx: Context<'a>, run: &RunId) -> Result<&'a Run, FlowRefusal> {
    cx.state.run(&run.0).ok_or_else(|| FlowRefusal::UnknownRun {
        run: run.clone(),
        known: cx.state.meta.runs.keys().cloned().collect(),
    })
}

fn open_run<'a>(cx: Context<'a>, run: &RunId) -> Result<&'a Run, FlowRefusal> {
    let run = known_run(cx, run)?;
    if run.status.is_finished() {
        return Err(FlowRefusal::RunOver { run: run.id.clone(), status: run.status });
    }
    Ok(run)
}

fn run(
    cx: Context<'_>,
    actor: &str,
    workflow: &str,
    inputs: &Map<String, Value>,
    parent: Option<&(RunId, SmolStr)>,
) -> Flow {
    let workflow = find(cx, workflow)?;
    calls_nobody(workflow, None)?;
    if is_disabled(cx, &workflow.id) || !workflow.enabled {
        let by_hand = workflow.enabled;
        return Err(FlowRefusal::Disabled { workflow: workflow.id.clone(), by_hand });
    }
    if let Some((run, _)) = parent {
        part_of_itself(cx, workflow, run)?;
    }
    let started = Started {
        by: if parent.is_some() { "workflow" } else { "manual" }.into(),
        trigger: workflow.triggers.iter().find(|t| matches!(t.on, On::Manual)).map(|t| t.key.clone()),
        slot: None,
        actor: Some(actor.into()),
        event: Map::new(),
        inputs: read_inputs(workflow, inputs)?,
        parent: parent.cloned(),
        chain: parent.map(|(run, _)| chain_after(cx.state, run)),
    };
    if is_too_long(&started, "") {
        let (workflow, why) = (workflow.id.clone(), chain_in_words(cx.state, &workflow.id, &started));
        return Err(FlowRefusal::EndlessChain { workflow, why });
    }
    Ok(vec![created(cx, workflow, started)])
}

/// Who calls an agent says to which task, and that is remembered: by an ask of its own.
fn calls_nobody(workflow: &Workflow, run: Option<&Run>) -> Result<(), FlowRefusal> {
    match &workflow.activates {
        Some(agent) => {
            let (workflow, agent) = (workflow.id.clone(), agent.clone());
            Err(FlowRefusal::CallsAgent { workflow, agent, task: run.and_then(task_of) })
        }
        None => Ok(()),
    }
}

/// A run that waits for a run of its own workflow would wait for ever.
fn part_of_itself(cx: Context<'_>, workflow: &Workflow, run: &RunId) -> Result<(), FlowRefusal> {
    let above = std::iter::successors(cx.state.run(&run.0), |run| {
        run.started.parent.as_ref().and_then(|(parent, _)| cx.state.run(&parent.0))
    });
    let mut above: Vec<Name> = above.map(|run| run.workflow.clone()).collect();
    match above.iter().position(|name| *name == workflow.id) {
        None => Ok(()),
        Some(at) => {
            above.truncate(at + 1);
            above.reverse();
            Err(FlowRefusal::PartOfItself { workflow: workflow.id.clone(), above })
        }
    }
}

fn created(cx: Context<'_>, workflow: &Workflow, started: Started) -> FlowFact {
    let number = cx.state.meta.run_numbers.get(&workflow.id).copied().unwrap_or(0) + 1;
    FlowFact::RunCreated {
        run: RunId::numbered(&workflow.id, number),
        workflow: workflow.id.clone(),
        digest: workflow.digest.clone(),
        started,
    }
}

/// The inputs as their types say, defaults filled in.
fn read_inputs(workflow: &Workflow, given: &Map<String, Value>) -> Result<Map<String, Value>, FlowRefusal> {
    if let Some(input) = given.keys().find(|name| !workflow.inputs.contains_key(name.as_str())) {
        return Err(FlowRefusal::UnknownInput {
            workflow: workflow.id.clone(),
            input: input.clone(),
            known: workflow.inputs.keys().map(ToString::to_string).collect(),
        });
    }
    let mut read = Map::new();
    for (name, input) in &workflow.inputs {
        let value = match given.get(name.as_str()).or(input.default.as_ref()) {
            Some(value) => typed(&input.kind, value)
                .map_err(|why| FlowRefusal::BadInput { input: name.to_string(), why })?,
            None if input.required => {
                let (workflow, input) = (workflow.id.clone(), name.to_string());
                return Err(FlowRefusal::MissingInput { workflow, input });
            }
            None => Value::Null,
        };
        read.insert(name.to_string(), value);
    }
    Ok(read)
}

/// A value as its type wants it; on the command line everything is a text.
fn typed(kind: &InputKind, value: &Value) -> Result<Value, String> {
    let text = value.as_str();
    match kind {
        InputKind::Text if value.is_string() => Ok(value.clone()),
        InputKind::Text if !value.is_object() && !value.is_array() => Ok(value.to_string().into()),
        InputKind::Number if value.is_number() => Ok(value.clone()),
        InputKind::Number => {
            let number = text.and_then(|text| serde_json::from_str::<serde_json::Number>(text).ok());
            number.map(Value::Number).ok_or_else(|| format!("{value} is not a number"))
        }
        InputKind::Boolean => match (value, text) {
            (Value::Bool(_), _) => Ok(value.clone()),
            (_, Some("true")) => Ok(true.into()),
            (_, Some("false")) => Ok(false.into()),
            _ => Err(format!("{value} is neither `true` nor `false`")),
        },
        InputKind::Choice(choices) => match text {
            Some(text) if choices.iter().any(|choice| choice == text) => Ok(value.clone()),
            _ => Err(format!("{value} is none of {}", choices.join(", "))),
        },
        InputKind::Text => Err(format!("{value} is not a text")),
    }
}

fn retry(cx: Context<'_>, actor: &str, run: &RunId) -> Flow {
    let run = known_run(cx, run)?;
    if !run.status.is_finished() {
        return Err(FlowRefusal::RunGoesOn { run: run.id.clone() });
    }
    if let Some((whole, _)) = run.part() {
        return Err(FlowRefusal::IsPart { run: run.id.clone(), whole: whole.clone() });
    }
    let workflow = find(cx, &run.workflow)?;
    calls_nobody(workflow, Some(run))?;
    let started = Started { actor: Some(actor.into()), parent: None, chain: None, ..run.started.clone() };
    Ok(vec![created(cx, workflow, started)])
}

/// What somebody says who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    /// Of a lost step: it was done, and is not done again.
    WasDone,
    No,
}

/// A yes or no, to a run that waits or to the step of it that does.
fn answered(
    cx: Context<'_>,
    run: &RunId,
    step: Option<&SmolStr>,
    note: Option<&String>,
    answer: Answer,
) -> Flow {
    let (step, approval) = waiting(cx, run, step)?;
    let run = open_run(cx, run)?;
    let workflow = cx.config.workflows.get(&run.workflow);
    let is_shown = |approval: &ApprovalState| workflow.is_none_or(|flow| flow.digest == approval.digest);
    if answer == Answer::Yes && !approval.as_ref().is_none_or(is_shown) {
        return Err(FlowRefusal::NotAsShown { run: run.id.clone() });
    }
    let is_lost = step.as_ref().and_then(|step| run.steps.get(step)).is_some_and(StepRun::is_lost);
    if answer == Answer::WasDone && !is_lost {
        return Err(FlowRefusal::NotLost { run: run.id.clone() });
    }
    let (run, note, was_done) = (run.id.clone(), note.cloned(), answer == Answer::WasDone);
    Ok(vec![match answer {
        Answer::Yes | Answer::WasDone => FlowFact::ApprovalGranted { run, step, note, was_done },
        Answer::No => FlowFact::ApprovalDenied { run, step, note },
    }])
}

/// Which step of a run waits for an answer, none if the run itself does; and what it asks.
pub(super) fn waiting(
    cx: Context<'_>,
    run: &RunId,
    step: Option<&SmolStr>,
) -> Result<(Option<SmolStr>, Option<ApprovalState>), FlowRefusal> {
    let run = open_run(cx, run)?;
    let open = |approval: &Option<ApprovalState>| {
        approval.as_ref().filter(|approval| approval.verdict.is_none()).cloned()
    };
    let waiting: Vec<&SmolStr> = run
        .steps
        .iter()
        .filter(|(_, record)| record.status == StepStatus::Waiting && open(&record.approval).is_some())
        .map(|(key, _)| key)
        .collect();
    let of_run = open(&run.approval).filter(|_| run.status == crate::model::RunStatus::Waiting);
    let step = match (step, of_run.is_some(), waiting.as_slice()) {
        (Some(step), _, waiting) => {
            let found = waiting.iter().find(|key| **key == step);
            Some(
                (*found.ok_or_else(|| FlowRefusal::StepDoesNotWait {
                    run: run.id.clone(),
                    step: step.to_string(),
                    waiting: waiting.iter().map(ToString::to_string).collect(),
                })?)
                .clone(),
            )
        }
        (None, true, _) => None,
        (None, false, [step]) => Some((*step).clone()),
        (None, false, []) => return Err(FlowRefusal::NothingToApprove { run: run.id.clone() }),
        (None, false, steps) => {
            let steps = steps.iter().map(ToString::to_string).collect();
            return Err(FlowRefusal::WhichStep { run: run.id.clone(), steps });
        }
    };
    let approval = match &step {
        Some(step) => run.steps.get(step).and_then(|record| record.approval.clone()),
        None => of_run,
    };
    Ok((step, approval))
}

/// Runs for slots of the past, as if they came now.
fn backfill(
    cx: Context<'_>,
    actor: &str,
    workflow: &Workflow,
    from: Time,
    through: Time,
    skip_succeeded: bool,
) -> Flow {
    calls_nobody(workflow, None)?;
    let schedules = workflow.triggers.iter().filter_map(|trigger| match &trigger.on {
        On::Schedule(schedule) => Some((trigger, schedule)),
        _ => None,
    });
    let (mut facts, mut has_schedule) = (Vec::new(), false);
    let mut made: Vec<RunId> = Vec::new();
    for (trigger, schedule) in schedules {
        has_schedule = true;
        let mut after = Time::from_second(from.as_second() - 1);
        while let Some(slot) = schedule.next_after(after).filter(|slot| *slot <= through && *slot <= cx.now) {
            after = slot;
            let run = RunId::of_slot(&workflow.id, slot);
            let before = cx.state.run(&run.0);
            let past = cx.state.workflow(&workflow.id).into_iter().flat_map(|record| &record.recent);
            let succeeded =
                past.filter(|past| past.run.0.starts_with(run.0.as_str())).any(|past| past.succeeded);
            let goes_on = before.is_some_and(|run| !run.status.is_finished());
            if goes_on || (skip_succeeded && succeeded) || thaw(cx.config, workflow, slot).is_some() {
                continue;
            }
            if facts.len() == BACKFILL {
                let workflow = workflow.id.clone();
                return Err(FlowRefusal::TooManySlots { workflow, from, through, most: BACKFILL });
            }
            let run = if before.is_some() || made.contains(&run) { again(cx, &run, &made) } else { run };
            made.push(run.clone());
            let started = Started { actor: Some(actor.into()), ..of_slot(trigger, slot) };
            let (workflow, digest) = (workflow.id.clone(), workflow.digest.clone());
            facts.push(FlowFact::RunCreated { run, workflow, digest, started });
        }
    }
    match (has_schedule, facts.is_empty()) {
        (false, _) => Err(FlowRefusal::NoSchedule { workflow: workflow.id.clone() }),
        (_, true) => Err(FlowRefusal::NoSlots { workflow: workflow.id.clone(), from, through }),
        _ => Ok(facts),
    }
}

/// The name of another run of a slot: `clean-logs@2026-11-20T17:00Z.2`.
fn again(cx: Context<'_>, run: &RunId, made: &[RunId]) -> RunId {
    (2..u32::MAX)
        .map(|n| RunId(smol_str::format_smolstr!("{run}.{n}")))
        .find(|run| cx.state.run(&run.0).is_none() && !made.contains(run))
        .expect("there is always a next number")
}
