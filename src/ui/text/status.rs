//! `orch status`: the whole on one page.

use super::agents;
use super::columns::{Columns, cell};
use super::page::Page;
use super::plan::next_change;
use super::style::{Style, Tint};
use super::workflows;
use crate::model::{TaskStatus, Time};
use crate::report::{Overview, Tip, one_line, plural, reviewer_text, short, why_blocked};
use crate::state::State;

/// The most blocked tasks that are named.
const BLOCKED: usize = 10;

/// The page. `tip` is the state that was looked at.
pub fn status(
    overview: &Overview<'_>,
    state: &State,
    project: &str,
    tip: &Tip,
    now: Time,
    style: Style,
) -> String {
    let mut page = Page::new(style);
    let at = match tip.commit.as_deref() {
        Some(id) => format!("state {} ({})", tip.serial, short(id)),
        None => "no state yet".to_owned(),
    };
    page.line(format!("{project}: {at} at {now}"));
    counts(&mut page, overview);
    clocks(&mut page, overview);
    if !overview.workloads.is_empty() {
        page.heading("Workloads");
        page.columns(&agents::rows(&overview.workloads), 2);
    }
    workflows::overview(&mut page, &overview.flow, now);
    bottlenecks(&mut page, overview, now);
    blocked(&mut page, overview, state);
    alerts(&mut page, overview);
    page.gap();
    page.line(next_change(overview.next_change, now, 0));
    page.finish()
}

fn counts(page: &mut Page, overview: &Overview<'_>) {
    page.heading("Tasks");
    let mut columns = Columns::bare();
    for (status, count) in &overview.counts {
        let note = match status {
            TaskStatus::Pending if overview.queued > 0 => format!("{} in the queue", overview.queued),
            TaskStatus::Complete if overview.archived > 0 => {
                format!("of all finished, {} are archived", overview.archived)
            }
            _ => String::new(),
        };
        columns.row([cell(status.as_str()), cell(count.to_string()), cell(note).tint(Tint::Dim)]);
    }
    page.columns(&columns, 2);
}

fn clocks(page: &mut Page, overview: &Overview<'_>) {
    let (all, warned, exceeded) = overview.clocks;
    if all > 0 {
        page.heading("SLA");
        page.line(format!("  {}, {warned} warned, {exceeded} exceeded", plural(all, "clock")));
    }
}

fn bottlenecks(page: &mut Page, overview: &Overview<'_>, now: Time) {
    if overview.bottlenecks.is_empty() {
        return;
    }
    page.heading("Reviews that wait");
    let mut columns = Columns::new(&["REVIEWER", "PENDING", "OLDEST"]);
    for one in &overview.bottlenecks {
        columns.row([
            cell(reviewer_text(one.reviewer.as_ref())),
            cell(one.pending.to_string()),
            cell(now.since(one.oldest).to_string()),
        ]);
    }
    page.columns(&columns, 2);
}

fn blocked(page: &mut Page, overview: &Overview<'_>, state: &State) {
    if overview.blocked.is_empty() {
        return;
    }
    page.heading("Blocked");
    let mut columns = Columns::bare();
    for task in overview.blocked.iter().take(BLOCKED) {
        columns.row([cell(task.code.as_str()), cell(why_blocked(state, task))]);
    }
    page.columns(&columns, 2);
    if overview.blocked.len() > BLOCKED {
        let rest = overview.blocked.len() - BLOCKED;
        page.tinted(Tint::Dim, format!("  … and {rest} more (orch task list --status blocked)"));
    }
}

fn alerts(page: &mut Page, overview: &Overview<'_>) {
    if overview.alerts.is_empty() {
        return;
    }
    page.heading("Alerts");
    for (task, _, message) in &overview.alerts {
        page.line(format!("  {} {task} {}", page.paint(Tint::Bad, "!"), one_line(message)));
    }
}
