//! Runs that call an agent to a task: which task that is, what the agent is told of it, and whether it is still
//! worth it.

use serde_json::{Value, json};

use crate::model::{Code, Run, Started, StepStatus, Task, TaskStatus, Workflow};
use crate::plan::Context;
use crate::state::{Fate, State};

/// The task that a run calls an agent to.
pub(crate) fn task_of(run: &Run) -> Option<Code> {
    task_in(&run.started)
}

/// The same, of what made the run.
pub(crate) fn task_in(started: &Started) -> Option<Code> {
    started.event.get("task")?.get("code")?.as_str()?.parse().ok()
}

/// The run that calls an agent to a task and has not ended.
pub(crate) fn open_call<'a>(state: &'a State, workflow: &str, task: &Code) -> Option<&'a Run> {
    state.open_runs().find(|run| run.workflow == workflow && task_of(run).as_ref() == Some(task))
}

/// What an agent is told beside the task itself: what the task builds on, and what the reviews of the last round
/// said.
pub(crate) fn context_of(state: &State, task: &Task) -> [(&'static str, Value); 2] {
    let dependency = |code: &Code| match state.task(code) {
        Some(other) => json!({
            "code": code, "title": other.spec.title, "status": other.status, "output": other.output,
        }),
        // What has been finished for long is known by its code alone.
        None => {
            let status = match state.fate(code) {
                Some(Fate::Cancelled) => TaskStatus::Cancelled,
                _ => TaskStatus::Complete,
            };
            json!({"code": code, "title": null, "status": status, "output": null})
        }
    };
    let notes = task.current_reviews().filter(|review| review.notes.is_some()).map(|review| {
        json!({
            "review": review.id, "type": review.kind, "reviewer": review.reviewer, "verdict": review.status,
            "rating": review.rating, "notes": review.notes,
        })
    });
    [("dependencies", task.spec.depends_on.iter().map(dependency).collect()), ("notes", notes.collect())]
}

/// Why a run need not call its agent any more, if so: the task is somebody else's by now, or delivered before
/// anything reached the agent.
pub(crate) fn moot(cx: Context<'_>, workflow: &Workflow, run: &Run) -> Option<String> {
    let agent = workflow.activates.as_ref()?;
    if run.cancelled.is_some() {
        return None;
    }
    let code = task_of(run)?;
    let task = cx.state.task(&code);
    match task {
        Some(task) if task.is_active() && task.agent.as_ref() == Some(agent) => None,
        Some(Task { status: TaskStatus::Cancelled, .. }) => Some(format!("{code} is cancelled")),
        Some(Task { agent: Some(other), .. }) if other != agent => {
            Some(format!("{code} is with {other} now"))
        }
        // Whoever is at it may be the agent that just delivered it.
        _ if !is_idle(cx, run) => None,
        Some(task) if task.agent.is_none() => Some(format!("{code} is back in the queue")),
        Some(task) => Some(format!("{code} is {}", task.status.in_words())),
        None => Some(format!("{code} is finished")),
    }
}

/// Whether nobody works on a run, and nothing of it has reached the agent.
fn is_idle(cx: Context<'_>, run: &Run) -> bool {
    // What another tick does is not known before it says so.
    let is_elsewhere = run
        .lease
        .as_ref()
        .is_some_and(|lease| cx.holder != Some(lease.holder.as_str()) && !cx.is_gone(lease));
    let has_reached = || run.steps.values().any(|step| step.status == StepStatus::Succeeded);
    // A step on a runner of its own is a run of its own, for which this one waits.
    let goes_on =
        run.steps.open().any(|(_, step)| step.status == StepStatus::Running || step.child.is_some());
    !is_elsewhere && !goes_on && !has_reached()
}

/// Why a run that has tried everything has not called its agent; none if something succeeded.
pub(crate) fn unanswered(workflow: &Workflow, run: &Run) -> Option<String> {
    workflow.activates.as_ref()?;
    let ended = || workflow.steps.iter().filter_map(|step| Some((&step.id, run.steps.get(&step.id)?)));
    if ended().any(|(_, record)| record.status == StepStatus::Succeeded) {
        return None;
    }
    let failed = ended().filter(|(_, record)| record.status == StepStatus::Failed).map(|(id, record)| {
        let error = record.outcome.as_ref().and_then(|outcome| outcome.error.as_deref());
        format!("{id}: {}", error.unwrap_or("failed"))
    });
    let failed: Vec<String> = failed.collect();
    Some(match failed.as_slice() {
        [] => "nothing was tried: no `if` under `with` held".to_owned(),
        failed => failed.join("; "),
    })
}
