//! What blocks a task, down to the root causes, and who can end that.

use super::explanation::{Reason, Step};
use crate::model::{Task, TaskStatus};
use crate::plan::Context;
use crate::report::blockers::{Blocker, blockers};
use crate::report::narrate::reviewer_text;
use crate::report::workload::todo;
use crate::state::Fate;

/// The blockers as a tree.
pub(super) fn blocked_by(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    blockers(cx.state, task).iter().map(reason).collect()
}

fn reason(blocker: &Blocker<'_>) -> Reason {
    let Blocker::Dependency { because, repeated, task, .. } = blocker else {
        return Reason::new(blocker.text());
    };
    let waits = task.is_some_and(|task| task.status == TaskStatus::Blocked);
    let above = if *repeated && waits { ", as above" } else { "" };
    Reason::new(blocker.text() + above).because(because.iter().map(reason).collect())
}

/// What ends each root cause.
pub(super) fn actions(cx: Context<'_>, task: &Task) -> Vec<Step> {
    let mut steps = Vec::new();
    gather(task, &blockers(cx.state, task), &mut steps);
    steps
}

fn gather(task: &Task, blockers: &[Blocker<'_>], steps: &mut Vec<Step>) {
    for blocker in blockers {
        match blocker {
            Blocker::Hold(hold) => {
                let command = format!("orch task unblock {}", task.code);
                steps.push(Step::act(
                    &hold.by,
                    format!("or anybody else can end the hold on {}", task.code),
                    command,
                ));
            }
            Blocker::Dependency { code, fate: Some(Fate::Cancelled), .. } => {
                let command = format!("orch task edit {} --depends-on …", task.code);
                steps.push(Step::act(
                    "somebody",
                    format!("must drop the dependency on {code}, which was cancelled"),
                    command,
                ));
            }
            Blocker::Dependency { task: Some(other), because, repeated: false, .. } => {
                if because.is_empty() {
                    steps.extend(root(other));
                } else {
                    gather(other, because, steps);
                }
            }
            Blocker::Dependency { code, task: None, fate: None, .. } => {
                steps.push(Step::follows("the next tick", format!("creates {code}")));
            }
            Blocker::Dependency { .. } => {}
        }
    }
}

/// Who moves on the task at which a chain of dependencies begins.
fn root(task: &Task) -> Vec<Step> {
    match (task.status, &task.agent) {
        (TaskStatus::Review, _) => task
            .pending_reviews()
            .map(|review| {
                let who = reviewer_text(review.reviewer.as_ref());
                let what = format!("is to do the {} review {} of {}", review.kind, review.id, task.code);
                Step::act(who, what, format!("orch review approve {}", review.id))
            })
            .collect(),
        (_, Some(agent)) => {
            let todo = todo(task);
            vec![Step::act(agent, format!("works on {}, and is to {}", task.code, todo.what), todo.command)]
        }
        (_, None) => {
            let command = format!("orch explain {}", task.code);
            vec![Step::act("somebody", format!("must get {}, which is in the queue", task.code), command)]
        }
    }
}
