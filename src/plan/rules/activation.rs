//! Agents are called to their tasks: when they have one to begin, once each time that it is given to them, and at
//! the times of their schedule. What is done for that is a run of the workflow that `activate` stands for.

use smol_str::{SmolStr, format_smolstr};

use super::{Context, Reactions, Rule};
use crate::model::{
    Activate, Agent, Called, Code, Event, Fact, FlowFact, Name, RunId, RunStatus, Task, TaskStatus,
};
use crate::plan::flow::{open_call, task_of};

pub(super) struct Activation;

/// The key of the alert within the task.
const ALERT: &str = "activation-failed";

impl Rule for Activation {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        let Fact::Flow(fact) = &event.fact else { return };
        match fact.as_ref() {
            FlowFact::ScheduleFired { workflow, .. } => by_clock(cx, workflow, out),
            FlowFact::RunFinished { run, status: RunStatus::Failed, .. } => failed(cx, run, out),
            _ => {}
        }
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        for_work(cx, out);
        settle_alerts(cx, out);
    }
}

/// How an agent is called, unless it is paused or that is switched off.
fn way_to<'a>(cx: Context<'a>, agent: &'a Agent) -> Option<&'a Activate> {
    let activate = agent.activate.as_ref()?;
    let is_off = cx.state.workflow(&activate.workflow).is_some_and(|record| record.disabled.is_some());
    let is_paused = cx.state.meta.paused_agents.contains_key(&agent.name);
    (!is_off && !is_paused).then_some(activate)
}

fn for_work(cx: Context<'_>, out: &mut Reactions) {
    let mut wanted = cx.config.agents.values().filter_map(|agent| agent.activate.as_ref());
    if !wanted.any(|activate| activate.on_work) {
        return;
    }
    let way = |task: &Task| {
        let agent = cx.config.agent(task.agent.as_ref()?)?;
        way_to(cx, agent).filter(|activate| activate.on_work).map(|activate| (agent, activate))
    };
    // Who claims a task is at work already.
    let is_to_begin = |task: &&Task| {
        task.status == TaskStatus::Pending && task.claim.is_none() && task.activated().is_none()
    };
    let mut tasks: Vec<_> =
        cx.state.tasks().filter(is_to_begin).filter_map(|task| Some((task, way(task)?))).collect();
    tasks.sort_by(|(a, _), (b, _)| a.queue_key().cmp(&b.queue_key()));
    for (task, (agent, activate)) in tasks {
        let why = if task.round() > 0 { "a review returned it" } else { "it is to be begun" };
        let fact = fact(&task.code, &agent.name, Called::Work);
        out.add_by(fact, why, &activate.origin);
    }
}

/// A time of a schedule: everything that the agent holds, but what it is being called to already.
fn by_clock(cx: Context<'_>, workflow: &Name, out: &mut Reactions) {
    let agent = cx.config.workflows.get(workflow).and_then(|workflow| workflow.activates.as_ref());
    let Some(agent) = agent.and_then(|agent| cx.config.agent(agent)) else { return };
    let Some(activate) = way_to(cx, agent) else { return };
    for task in to_call(cx, agent, activate) {
        // Of several slots that come late, one is enough.
        if task.activated().is_none_or(|activation| activation.at < cx.now) {
            out.add_by(
                fact(&task.code, &agent.name, Called::Schedule),
                "its time has come",
                &activate.origin,
            );
        }
    }
}

/// The tasks that an agent holds and is not being called to, what it has begun first, then the most urgent.
pub(in crate::plan) fn to_call<'a>(cx: Context<'a>, agent: &Agent, activate: &Activate) -> Vec<&'a Task> {
    let held = cx.state.tasks().filter(|task| task.is_active() && task.agent.as_ref() == Some(&agent.name));
    let mut tasks: Vec<&Task> =
        held.filter(|task| open_call(cx.state, &activate.workflow, &task.code).is_none()).collect();
    tasks.sort_by_key(|task| (task.status != TaskStatus::InProgress, task.queue_key()));
    tasks
}

pub(in crate::plan) fn fact(task: &Code, agent: &Name, by: Called) -> Fact {
    Fact::AgentActivated { task: task.clone(), agent: agent.clone(), by }
}

/// Nothing reached the agent: the task stays with it, and somebody hears of that.
fn failed(cx: Context<'_>, run: &RunId, out: &mut Reactions) {
    let workflow = cx.config.workflows.get(run.workflow());
    let Some(agent) = workflow.and_then(|workflow| workflow.activates.as_ref()) else { return };
    let Some(record) = cx.state.run(&run.0) else { return };
    let Some(task) = task_of(record).and_then(|code| cx.state.task(&code)) else { return };
    if task.activated().is_none_or(|activation| activation.agent != *agent) {
        return;
    }
    let message = record.failure.as_ref().map_or("failed", |failure| &failure.message).to_owned();
    let tries = format!("`orch agent activate {agent} {}` tries again", task.code);
    let alert = format!("{agent} could not be activated: {message}; {tries}");
    let (code, agent) = (task.code.clone(), agent.clone());
    let fact = Fact::AgentActivationFailed { task: code.clone(), agent, run: run.clone(), message };
    let why = format_smolstr!("{run} failed");
    out.add(fact, why.clone());
    let is_open = cx.state.meta.alerts.contains_key(&(code.clone(), SmolStr::new_static(ALERT)));
    if task.is_active() && !is_open {
        out.add(Fact::AlertFired { alert: ALERT.into(), task: code, message: alert }, why);
    }
}

/// Ends the alerts about tasks whose agents are being called again, or that are in other hands.
fn settle_alerts(cx: Context<'_>, out: &mut Reactions) {
    for (code, alert) in cx.state.meta.alerts.keys().filter(|(_, alert)| alert == ALERT) {
        let Some(task) = cx.state.task(code) else { continue };
        let stands =
            task.is_active() && task.activated().is_some_and(|activation| activation.failed.is_some());
        if !stands {
            let fact = Fact::AlertResolved { alert: alert.clone(), task: code.clone() };
            out.add(fact, "somebody goes on with it");
        }
    }
}
