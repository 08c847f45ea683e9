//! `orch task list`.

use super::columns::{Cell, Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::model::{Task, TaskStatus, Time};
use crate::report::{one_line, plural};

/// One task a line, in the order given.
pub fn task_list(tasks: &[&Task], now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    if tasks.is_empty() {
        page.line("No tasks.");
        return page.finish();
    }
    let mut columns =
        Columns::new(&["CODE", "STATUS", "PRIO", "TIER", "AGENT", "AGE", "DEADLINE", "TITLE"]).titled();
    for task in tasks {
        columns.row([
            cell(task.code.as_str()),
            status(task),
            cell(task.spec.priority.as_str()),
            cell(task.spec.tier.map_or_else(|| "-".to_owned(), |tier| tier.to_string())),
            cell(task.agent.as_deref().unwrap_or("-")),
            cell(now.since(task.created_at).to_string()),
            deadline(task, now),
            cell(one_line(&task.spec.title)),
        ]);
    }
    page.columns(&columns, 0);
    page.tinted(Tint::Dim, plural(tasks.len(), "task"));
    page.finish()
}

pub(super) fn status(task: &Task) -> Cell {
    let tint = match task.status {
        TaskStatus::Blocked => Tint::Warning,
        TaskStatus::Complete => Tint::Good,
        TaskStatus::Cancelled => Tint::Dim,
        _ => Tint::Plain,
    };
    cell(task.status.as_str()).tint(tint)
}

/// `in 2d`, `3h late`, or `-`; a finished task is no longer late.
pub(super) fn deadline(task: &Task, now: Time) -> Cell {
    match task.spec.deadline {
        None => cell("-"),
        Some(deadline) if task.status.is_finished() => cell(deadline.to_string()[..10].to_owned()),
        Some(deadline) if deadline < now => cell(format!("{} late", now.since(deadline))).tint(Tint::Bad),
        Some(deadline) => cell(format!("in {}", deadline.since(now))),
    }
}
