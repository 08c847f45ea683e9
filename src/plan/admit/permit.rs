//! Which right a request needs, and whether who asks has it.

use std::borrow::Cow;

use super::find_review;
use super::flow::waiting;
use crate::model::{Ask, Asked, Code, FlowAsk, Name, NewTask, Request, ReviewRef, Right};
use crate::plan::access::{Action, Decision, Resource, asked, may};
use crate::plan::context::Context;
use crate::plan::refusal::Refusal;

/// Refuses what who asks may not; gives what is recorded of how it was asked, if anything is.
pub(super) fn permit(cx: Context<'_>, request: &Request) -> Result<Option<Box<Asked>>, Refusal> {
    let mut by = None;
    for action in needs(cx, request) {
        match may(cx.config, &request.actor, &action) {
            Decision::Allowed(role) => by = by.or(role),
            Decision::Denied(denial) => return Err(Refusal::NotAllowed(Box::new(denial))),
        }
    }
    Ok(asked(cx.config, &request.actor, by, request.fence))
}

/// All the rights that a request needs.
fn needs<'a>(cx: Context<'a>, request: &'a Request) -> Vec<Action<'a>> {
    let asks_for = |agent: &Option<Name>| agent.clone().unwrap_or_else(|| request.actor.name.clone());
    match &request.ask {
        Ask::Add { spec, .. } => vec![edit(spec)],
        Ask::Import { tasks } => tasks.iter().map(|task| edit(&task.spec)).collect(),
        Ask::Edit { task, edit: change } => {
            // What it is, and what it is going to be: nobody edits a task out of or into their reach.
            let mut needed = vec![on_task(cx, Right::Edit, task)];
            if let Some(task) = cx.state.task(task) {
                let mut after = task.spec.clone();
                after.edit(change);
                needed.push(Action::new(Right::Edit, Resource::Task(Cow::Owned(after))));
            }
            needed
        }
        Ask::Cancel { task, .. } => vec![on_task(cx, Right::Edit, task)],
        Ask::Reassign { task, .. } => vec![on_task(cx, Right::Claim, task)],
        Ask::Start { task }
        | Ask::Complete { task, .. }
        | Ask::Block { task, .. }
        | Ask::Unblock { task }
        | Ask::Release { task } => {
            let holder = cx.state.task(task).and_then(|task| task.agent.clone());
            vec![on_task(cx, Right::Claim, task).owned_by(holder.filter(|_| !request.fence.overrides))]
        }
        Ask::Claim { task, agent, .. } => {
            vec![on_task(cx, Right::Claim, task).owned_by(Some(asks_for(agent)))]
        }
        Ask::Next { agent, .. } => vec![of_project(Right::Claim).owned_by(Some(asks_for(agent)))],
        Ask::Judge { review, .. } => vec![judge(cx, request, review)],
        Ask::Activate { agent, .. } => {
            let activate = cx.config.agent(agent).and_then(|agent| agent.activate.as_ref());
            let on = activate.map_or(Resource::Project, |activate| Resource::Workflow(&activate.workflow));
            vec![Action::new(Right::Run, on)]
        }
        Ask::Flow(ask) => vec![flow(cx, ask)],
    }
}

const fn of_project<'a>(right: Right) -> Action<'a> {
    Action::new(right, Resource::Project)
}

const fn edit(spec: &NewTask) -> Action<'_> {
    Action::new(Right::Edit, Resource::Task(Cow::Borrowed(spec)))
}

/// What is asked of a task that does not exist is refused anyway; until then it counts as everything.
fn on_task<'a>(cx: Context<'a>, right: Right, code: &Code) -> Action<'a> {
    Action::new(
        right,
        cx.state.task(code).map_or(Resource::Project, |task| Resource::Task(Cow::Borrowed(&task.spec))),
    )
}

/// A review is the reviewer's own; one for anybody is that of every agent.
fn judge<'a>(cx: Context<'a>, request: &Request, review: &ReviewRef) -> Action<'a> {
    let Ok((task, review)) = find_review(cx, review) else { return of_project(Right::Review) };
    let owner = review.reviewer.clone().unwrap_or_else(|| request.actor.name.clone());
    Action::new(Right::Review, Resource::Task(Cow::Borrowed(&task.spec))).owned_by(Some(owner))
}

fn flow<'a>(cx: Context<'a>, ask: &'a FlowAsk) -> Action<'a> {
    let on = |right, workflow| Action::new(right, Resource::Workflow(workflow));
    match ask {
        FlowAsk::Run { workflow, .. } | FlowAsk::Backfill { workflow, .. } => on(Right::Run, workflow),
        FlowAsk::RetryRun { run } | FlowAsk::CancelRun { run, .. } => on(Right::Run, run.workflow()),
        FlowAsk::Approve { run, step, .. } | FlowAsk::Deny { run, step, .. } => {
            let asks = waiting(cx, run, step.as_ref()).ok().and_then(|(_, approval)| approval);
            let roles = asks.map(|approval| approval.roles).unwrap_or_default();
            Action { roles, ..on(Right::Approve, run.workflow()) }
        }
        FlowAsk::Pause { workflow: Some(workflow), .. }
        | FlowAsk::Resume { workflow: Some(workflow) }
        | FlowAsk::Disable { workflow, .. }
        | FlowAsk::Enable { workflow } => on(Right::Pause, workflow),
        FlowAsk::Pause { workflow: None, .. }
        | FlowAsk::Resume { workflow: None }
        | FlowAsk::PauseAgent { .. }
        | FlowAsk::ResumeAgent { .. } => of_project(Right::Pause),
        FlowAsk::RecordMetric { .. } | FlowAsk::SetValue { .. } => of_project(Right::Run),
    }
}
