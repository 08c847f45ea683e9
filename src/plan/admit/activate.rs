//! Admission of calls to agents.

use super::{Facts, open_task, why, wrong_status};
use crate::model::{Called, Code, Name, Task};
use crate::plan::context::Context;
use crate::plan::flow::open_call;
use crate::plan::refusal::{FlowRefusal, Refusal};
use crate::plan::rules::activation::{fact, to_call};

/// Calls an agent to a task that it holds; to all of them if none is named.
pub(super) fn activate(cx: Context<'_>, name: &Name, code: Option<&Code>) -> Facts {
    let agent = cx.config.agent(name).ok_or_else(|| Refusal::UnknownAgent {
        agent: name.clone(),
        known: cx.config.agents.keys().cloned().collect(),
    })?;
    let activate =
        agent.activate.as_ref().ok_or_else(|| Refusal::NoActivation { agent: agent.name.clone() })?;
    if cx.state.meta.paused_agents.contains_key(&agent.name) {
        return Err(Refusal::AgentPaused { agent: agent.name.clone() });
    }
    let workflow = &activate.workflow;
    if cx.state.workflow(workflow).is_some_and(|record| record.disabled.is_some()) {
        return Err(FlowRefusal::Disabled { workflow: workflow.clone(), by_hand: true }.into());
    }
    let goes_on = |task: &Task| {
        open_call(cx.state, workflow, &task.code).map(|run| Refusal::ActivationGoesOn {
            agent: agent.name.clone(),
            code: task.code.clone(),
            run: run.id.clone(),
        })
    };
    if let Some(code) = code {
        let task = open_task(cx, code)?;
        check_held(task, &agent.name)?;
        return match goes_on(task) {
            Some(refusal) => Err(refusal),
            None => Ok(vec![fact(&task.code, &agent.name, Called::Hand)]),
        };
    }
    let tasks = to_call(cx, agent, activate);
    if tasks.is_empty() {
        let is_its = |task: &&Task| task.is_active() && task.agent.as_ref() == Some(&agent.name);
        let held = cx.state.sorted_tasks().into_iter().find(is_its);
        return Err(held.and_then(goes_on).unwrap_or(Refusal::NothingToDo { agent: agent.name.clone() }));
    }
    Ok(tasks.into_iter().map(|task| fact(&task.code, &agent.name, Called::Hand)).collect())
}

/// Whether an agent has a task to work on.
fn check_held(task: &Task, agent: &Name) -> Result<(), Refusal> {
    if !task.is_active() && !task.is_queued() {
        return Err(wrong_status(task, "worked on", why(task)));
    }
    match &task.agent {
        None => Err(Refusal::Unassigned { code: task.code.clone() }),
        Some(holder) if holder != agent => {
            let (code, holder) = (task.code.clone(), holder.clone());
            Err(Refusal::NotYours { code, agent: holder, actor: agent.to_string() })
        }
        Some(_) => Ok(()),
    }
}
