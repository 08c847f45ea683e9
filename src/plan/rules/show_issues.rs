//! The state of tasks that stand for issues is shown on these: whatever has changed is told once, when all else has
//! settled, to the workflow that shows it.

use super::{About, Context, Reactions, Rule};
use crate::model::{
    FlowFact, IssueLink, Name, ReviewStatus, SHOW_TASKS, ShownReview, ShownTask, Task, TaskStatus,
};
use crate::state::Fate;

pub(super) struct ShowIssues;

/// The most issues that are shown by one run.
const MOST: usize = 50;

impl Rule for ShowIssues {
    fn name(&self) -> &'static str {
        "show-issues"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        let links = &cx.state.meta.github.links;
        let is_due = |link: &IssueLink| link.stale && link.again_at.is_none_or(|at| at <= cx.now);
        if !links.values().any(is_due) || !is_shown(cx) {
            return;
        }
        let due = links.iter().filter(|(_, link)| is_due(link)).take(MOST);
        let tasks: Vec<ShownTask> = due.map(|(number, link)| shown(cx, *number, link)).collect();
        out.add(FlowFact::GithubTasksChanged { tasks }, "their tasks changed");
    }
}

/// Whether the workflow that shows them can take them now: what changes while it runs is shown when it is over.
fn is_shown(cx: Context<'_>) -> bool {
    let workflow = cx.config.workflows.get(SHOW_TASKS).filter(|workflow| workflow.enabled);
    let is_off = || cx.state.workflow(SHOW_TASKS).is_some_and(|record| record.disabled.is_some());
    workflow.is_some() && !is_off() && !cx.state.open_runs().any(|run| run.workflow == SHOW_TASKS)
}

fn shown(cx: Context<'_>, number: u64, link: &IssueLink) -> ShownTask {
    let code = link.task.clone();
    let Some(task) = cx.state.task(&code) else {
        let is_complete = cx.state.fate(&code) == Some(Fate::Complete);
        let status = if is_complete { TaskStatus::Complete } else { TaskStatus::Cancelled };
        return of_status(number, link, status);
    };
    ShownTask {
        agent: task.agent.as_ref().filter(|_| !task.status.is_finished()).map(|name| called(cx, name)),
        since: since(task),
        waiting_on: if task.status == TaskStatus::Blocked { task.waiting_on.clone() } else { Vec::new() },
        hold: task.hold.as_ref().map(|hold| hold.reason.clone()),
        reviews: task
            .current_reviews()
            .filter(|r| r.status != ReviewStatus::Withdrawn)
            .map(review(cx))
            .collect(),
        output: task.output.clone(),
        ..of_status(number, link, task.status)
    }
}

/// An issue is closed when its task is finished, and opened again when a review sent the work back.
fn of_status(number: u64, link: &IssueLink, status: TaskStatus) -> ShownTask {
    let (state, reason) = match (status, link.closed) {
        (TaskStatus::Complete, false) => (Some("closed"), Some("completed")),
        (TaskStatus::Cancelled, false) => (Some("closed"), Some("not_planned")),
        (TaskStatus::Pending | TaskStatus::InProgress | TaskStatus::Blocked, true) => (Some("open"), None),
        _ => (None, None),
    };
    ShownTask {
        number,
        code: link.task.clone(),
        status: status.in_words().into(),
        agent: None,
        since: None,
        waiting_on: Vec::new(),
        hold: None,
        reviews: Vec::new(),
        output: None,
        state: state.map(Into::into),
        reason: reason.map(Into::into),
    }
}

fn since(task: &Task) -> Option<crate::model::Time> {
    match task.status {
        TaskStatus::InProgress => task.started_at,
        TaskStatus::Review => task.delivered_at,
        TaskStatus::Complete | TaskStatus::Cancelled => task.completed_at,
        TaskStatus::Pending | TaskStatus::Blocked => None,
    }
}

fn review(cx: Context<'_>) -> impl Fn(&crate::model::Review) -> ShownReview {
    move |review| ShownReview {
        kind: review.kind.clone(),
        status: review.status.as_str().into(),
        reviewer: review.reviewer.as_ref().map(|name| called(cx, name)),
    }
}

fn called(cx: Context<'_>, name: &Name) -> String {
    cx.config.agent(name).map_or_else(|| name.to_string(), |agent| agent.title.clone())
}
