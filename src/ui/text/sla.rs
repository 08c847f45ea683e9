//! `orch sla status`: every running clock, the most pressing first.

use super::columns::{Cell, Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::model::{Duration, Time};
use crate::report::{Condition, GithubStanding, Standing, plural};

/// One clock a line, in the order given.
pub fn sla_status(
    standings: &[Standing<'_>],
    on_github: &[GithubStanding<'_>],
    now: Time,
    style: Style,
) -> String {
    let mut page = Page::new(style);
    if standings.is_empty() && on_github.is_empty() {
        page.line("No clock is running.");
        return page.finish();
    }
    let mut columns = rows(standings, now);
    for standing in on_github {
        columns.row([
            cell(standing.subject.as_str()),
            cell(""),
            cell(standing.objective.name.as_str()),
            condition(standing.condition),
            cell(format!("{} of {}", standing.elapsed, standing.objective.within)),
            until(standing.due, now),
            cell(minute(standing.due)),
        ]);
    }
    page.columns(&columns, 0);
    let conditions =
        standings.iter().map(|standing| standing.condition).chain(on_github.iter().map(|one| one.condition));
    let breached = conditions.filter(|condition| matches!(condition, Condition::Exceeded { .. })).count();
    let clocks = plural(standings.len() + on_github.len(), "clock");
    page.tinted(Tint::Dim, format!("{clocks}, {breached} exceeded"));
    page.finish()
}

pub(super) fn rows(standings: &[Standing<'_>], now: Time) -> Columns {
    let mut columns = Columns::new(&["SUBJECT", "TASK", "OBJECTIVE", "STATE", "ELAPSED", "LEFT", "DUE"]);
    for standing in standings {
        columns.row([
            cell(standing.subject()),
            cell(standing.task.code.as_str()),
            cell(standing.objective.name.as_str()),
            condition(standing.condition),
            cell(format!("{} of {}", standing.elapsed, standing.objective.within)),
            left(standing, now),
            cell(minute(standing.due)),
        ]);
    }
    columns
}

/// `2026-01-09 12:00Z`: the seconds and the letters cost the column its place.
fn minute(at: Time) -> String {
    let text = at.to_string();
    format!("{} {}Z", &text[..10], &text[11..16])
}

fn condition(condition: Condition) -> Cell {
    match condition {
        Condition::Ok => cell("ok").tint(Tint::Good),
        Condition::Warned => cell("warned").tint(Tint::Warning),
        Condition::Exceeded { level: 0 } => cell("exceeded").tint(Tint::Bad),
        Condition::Exceeded { level } => cell(format!("exceeded, level {level}")).tint(Tint::Bad),
    }
}

/// `1h30m`, or `20m over`.
pub(super) fn left(standing: &Standing<'_>, now: Time) -> Cell {
    until(standing.due, now)
}

fn until(due: Time, now: Time) -> Cell {
    let seconds = due.as_second() - now.as_second();
    let length = Duration::from_seconds(seconds.unsigned_abs());
    if seconds < 0 { cell(format!("{length} over")).tint(Tint::Bad) } else { cell(length.to_string()) }
}
