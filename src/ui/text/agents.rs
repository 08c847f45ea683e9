//! `orch agent list` and `orch agent show`.

use super::columns::{Cell, Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use super::tasks::{deadline, status};
use crate::model::{AgentKind, RunStatus, Task, Time};
use crate::report::{Call, Workload, one_line, plural, todo, when_called};

/// The most queued tasks that are named for an agent; it holds none of them yet.
const QUEUE: usize = 20;

/// One agent a line.
pub fn agent_list(workloads: &[Workload<'_>], style: Style) -> String {
    let mut page = Page::new(style);
    if workloads.is_empty() {
        page.line("No agents are declared.");
        return page.finish();
    }
    page.columns(&rows(workloads), 0);
    page.tinted(Tint::Dim, plural(workloads.len(), "agent"));
    page.finish()
}

pub(super) fn rows(workloads: &[Workload<'_>]) -> Columns {
    if workloads.iter().any(|work| work.agent.activate.is_some()) {
        return with_calls(workloads);
    }
    let mut columns = Columns::new(&["AGENT", "LOAD", "ROOM", "QUEUE", "REVIEWS", "TITLE"]).titled();
    for work in workloads {
        columns.row([
            cell(work.agent.name.as_str()),
            load(work),
            cell(work.room().to_string()),
            cell(work.queue.len().to_string()),
            cell(work.reviews.len().to_string()),
            cell(one_line(&work.agent.title)),
        ]);
    }
    columns
}

/// The same where some are called, with when that was the last time and how it went.
fn with_calls(workloads: &[Workload<'_>]) -> Columns {
    let headings = ["AGENT", "LOAD", "ROOM", "QUEUE", "REVIEWS", "ACTIVATED", "TITLE"];
    let mut columns = Columns::new(&headings).titled();
    for work in workloads {
        columns.row([
            cell(work.agent.name.as_str()),
            load(work),
            cell(work.room().to_string()),
            cell(work.queue.len().to_string()),
            cell(work.reviews.len().to_string()),
            called(work),
            cell(one_line(&work.agent.title)),
        ]);
    }
    columns
}

fn called(work: &Workload<'_>) -> Cell {
    match &work.last_call {
        Some(call) => {
            let status = call.run.status;
            let tint = if status == RunStatus::Failed { Tint::Bad } else { Tint::Plain };
            cell(format!("{} {}", call.at(), status.as_str())).tint(tint)
        }
        None if work.agent.activate.is_some() => cell("never"),
        None => cell(""),
    }
}

fn load(work: &Workload<'_>) -> Cell {
    let text = format!("{}/{}", work.active(), work.agent.max_active);
    let tint = if work.room() == 0 && work.active() > 0 { Tint::Warning } else { Tint::Plain };
    cell(text).tint(tint)
}

/// One agent: what it is to do, in order, and what waits for it.
pub fn agent_show(work: &Workload<'_>, now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    let agent = work.agent;
    page.tinted(Tint::Bold, format!("{} {}", agent.name, one_line(&agent.title)));
    if let Some(role) = &agent.role {
        page.line(format!("  {}", one_line(role)));
    }
    let kind = if agent.kind == AgentKind::Human { "a person" } else { "an agent" };
    let max = plural(agent.max_active as usize, "task");
    page.line(format!(
        "  {kind}, holds {} of {max}, room for {} ({})",
        work.active(),
        work.room(),
        agent.origin
    ));
    if let Some(when) = when_called(agent) {
        page.line(format!("  is activated {when}"));
        let last = work.last_call.as_ref().map_or_else(|| "never yet".to_owned(), Call::in_words);
        page.line(format!("  last activated: {last}"));
    }
    reviews(&mut page, work, now);
    holds(&mut page, &work.holds, now);
    queue(&mut page, &work.queue, now);
    if work.reviews.is_empty() && work.holds.is_empty() && work.queue.is_empty() {
        page.gap();
        page.line("Nothing to do.");
    }
    page.finish()
}

fn reviews(page: &mut Page, work: &Workload<'_>, now: Time) {
    if work.reviews.is_empty() {
        return;
    }
    page.heading("Reviews to do, the oldest first");
    let mut columns = Columns::new(&["REVIEW", "TASK", "TYPE", "WAITING", "NEXT"]);
    for (task, review) in &work.reviews {
        columns.row([
            cell(review.id.to_string()),
            cell(task.code.as_str()),
            cell(review.kind.as_str()),
            cell(now.since(review.requested_at).to_string()),
            cell(format!("orch review approve {}", review.id)),
        ]);
    }
    page.columns(&columns, 2);
}

fn holds(page: &mut Page, tasks: &[&Task], now: Time) {
    if tasks.is_empty() {
        return;
    }
    page.heading("Tasks it holds, in the order to do them");
    let mut columns = Columns::new(&["CODE", "STATUS", "PRIO", "DEADLINE", "NEXT", "TITLE"]).titled();
    for task in tasks {
        columns.row([
            cell(task.code.as_str()),
            status(task),
            cell(task.spec.priority.as_str()),
            deadline(task, now),
            cell(todo(task).command),
            cell(one_line(&task.spec.title)),
        ]);
    }
    page.columns(&columns, 2);
}

fn queue(page: &mut Page, tasks: &[&Task], now: Time) {
    if tasks.is_empty() {
        return;
    }
    page.heading("Queued tasks that may come to it, the next first");
    let mut columns = Columns::new(&["CODE", "PRIO", "AGE", "DEADLINE", "TITLE"]).titled();
    for task in &tasks[..tasks.len().min(QUEUE)] {
        columns.row([
            cell(task.code.as_str()),
            cell(task.spec.priority.as_str()),
            cell(now.since(task.created_at).to_string()),
            deadline(task, now),
            cell(one_line(&task.spec.title)),
        ]);
    }
    page.columns(&columns, 2);
    if tasks.len() > QUEUE {
        page.tinted(Tint::Dim, format!("  … and {} more", tasks.len() - QUEUE));
    }
}
