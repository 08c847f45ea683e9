//! A task waits until all it depends on is complete, and goes on in the same tick. A
//! dependency that was cancelled will never be: that raises an alert, not a silent deadlock.

use smol_str::{SmolStr, format_smolstr};

use super::{Context, Reactions, Rule};
use crate::model::{Code, Event, Fact, Task, TaskStatus};
use crate::state::Fate;

pub(super) struct Dependencies;

impl Rule for Dependencies {
    fn name(&self) -> &'static str {
        "dependencies"
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        match &event.fact {
            // What was returned may have come to depend on others, by a file, while it was in review.
            Fact::TaskCreated { task: code, .. } | Fact::TaskReturned { task: code, .. } => {
                on_task(cx, code, out, block_or_unblock);
            }
            Fact::TaskImported { task } => on_task(cx, &task.code, out, block_or_unblock),
            Fact::TaskEdited { task: code, edit } if edit.depends_on.is_some() => {
                on_task(cx, code, out, block_or_unblock);
            }
            Fact::DependencyResolved { task: code, .. } | Fact::TaskReleased { task: code } => {
                on_task(cx, code, out, unblock);
            }
            Fact::TaskCompleted { task: code } => resolve_dependents(cx, code, out),
            Fact::TaskCancelled { task: code, .. } => {
                on_task(cx, code, out, settle_alerts);
                warn_dependents(cx, code, out);
            }
            _ => {}
        }
    }
}

fn on_task(cx: Context<'_>, code: &Code, out: &mut Reactions, act: fn(Context<'_>, &Task, &mut Reactions)) {
    if let Some(task) = cx.state.task(code) {
        act(cx, task, out);
    }
}

fn block_or_unblock(cx: Context<'_>, task: &Task, out: &mut Reactions) {
    settle_alerts(cx, task, out);
    for dependency in &task.waiting_on {
        if cx.state.fate(dependency) == Some(Fate::Cancelled) {
            fire(cx, task, dependency, out);
        }
    }
    let can_wait = matches!(task.status, TaskStatus::Pending | TaskStatus::InProgress);
    if can_wait && !task.waiting_on.is_empty() {
        let fact = Fact::TaskBlocked { task: task.code.clone(), by: task.waiting_on.clone(), reason: None };
        out.add(fact, format_smolstr!("depends on {}", list(&task.waiting_on)));
    } else {
        unblock(cx, task, out);
    }
}

fn unblock(_: Context<'_>, task: &Task, out: &mut Reactions) {
    if task.status == TaskStatus::Blocked && task.waiting_on.is_empty() && task.hold.is_none() {
        out.add(Fact::TaskUnblocked { task: task.code.clone() }, "nothing holds it any more");
    }
}

fn resolve_dependents(cx: Context<'_>, code: &Code, out: &mut Reactions) {
    for task in cx.state.dependents(code) {
        let fact = Fact::DependencyResolved { task, dependency: code.clone() };
        out.add(fact, format_smolstr!("{code} is complete"));
    }
}

fn warn_dependents(cx: Context<'_>, code: &Code, out: &mut Reactions) {
    for dependent in cx.state.dependents(code) {
        if let Some(task) = cx.state.task(&dependent).filter(|task| !task.status.is_finished()) {
            fire(cx, task, code, out);
        }
    }
}

/// The alert's key within the task.
fn alert_on(dependency: &Code) -> SmolStr {
    format_smolstr!("dependency-cancelled:{dependency}")
}

fn fire(cx: Context<'_>, task: &Task, dependency: &Code, out: &mut Reactions) {
    let alert = alert_on(dependency);
    if cx.state.meta.alerts.contains_key(&(task.code.clone(), alert.clone())) {
        return;
    }
    let message = format!("waits for {dependency}, which was cancelled: it will never be unblocked");
    let fact = Fact::AlertFired { alert, task: task.code.clone(), message };
    out.add(fact, format_smolstr!("{dependency} is cancelled"));
}

/// Resolves the alerts about dependencies that the task no longer waits for.
fn settle_alerts(cx: Context<'_>, task: &Task, out: &mut Reactions) {
    let first = (task.code.clone(), SmolStr::new_static("dependency-cancelled:"));
    let own = cx.state.meta.alerts.range(first..).take_while(|((code, _), _)| *code == task.code);
    for ((_, alert), _) in own {
        let Some(dependency) = alert.strip_prefix("dependency-cancelled:") else { break };
        let waits =
            !task.status.is_finished() && task.waiting_on.iter().any(|code| code.as_str() == dependency);
        if !waits {
            let fact = Fact::AlertResolved { alert: alert.clone(), task: task.code.clone() };
            out.add(fact, format_smolstr!("no longer waits for {dependency}"));
        }
    }
}

fn list(codes: &[Code]) -> String {
    codes.iter().map(Code::as_str).collect::<Vec<_>>().join(", ")
}
