//! `orch explain`: the tree of reasons, indented, and what comes next.

use super::columns::{Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::model::{EVENT_FIELDS, EVENT_TYPE, Time};
use crate::report::{Explanation, Reason, SETTLEMENTS, Step, when};

/// The whole explanation.
pub fn explanation(explanation: &Explanation, now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    page.tinted(Tint::Bold, format!("{} {}", explanation.subject, explanation.headline));
    for section in &explanation.sections {
        page.heading(section.title);
        reasons(&mut page, &section.reasons, 2);
    }
    page.heading("Next");
    if explanation.next.is_empty() {
        page.line("  nothing will change");
    }
    for step in &explanation.next {
        let line = next(&page, step, now);
        page.line(format!("  {line}"));
    }
    page.finish()
}

fn reasons(page: &mut Page, reasons_: &[Reason], indent: usize) {
    for reason in reasons_ {
        let at = reason.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        let at = page.paint(Tint::Dim, &at);
        page.line(format!("{:indent$}{}{at}", "", reason.text));
        reasons(page, &reason.because, indent + 2);
    }
}

fn next(page: &Page, step: &Step, now: Time) -> String {
    let when = step.at.map(|at| format!(" ({})", when(at, now))).unwrap_or_default();
    let command = step.command.as_ref().map(|command| format!(": {command}")).unwrap_or_default();
    let by = if step.at.is_some() { "by the clock:".to_owned() } else { step.by.clone() };
    format!("{by} {}{}{}", step.what, page.paint(Tint::Dim, &when), command)
}

/// `orch explain effects`: how each kind of effect is settled when nobody knows whether it was done.
pub fn settlements(style: Style) -> String {
    let mut page = Page::new(style);
    page.line("When a tick dies, and nobody knows whether an effect of it was done:");
    for row in SETTLEMENTS {
        page.heading(row.kind);
        page.line(format!("  told by: {}", row.told_by));
        page.line(format!("  then:    {}", row.then));
    }
    page.finish()
}

/// What expressions find under `event`.
pub fn event_fields(style: Style) -> String {
    let mut page = Page::new(style);
    page.line("What `{{ event.NAME }}` gives depends on the trigger that started the run:");
    let mut columns = Columns::new(&["TRIGGER", "NAME", "WHAT"]).titled();
    columns.row([cell("any"), cell(EVENT_TYPE.0), cell(EVENT_TYPE.1)]);
    for one in EVENT_FIELDS {
        for (name, meaning) in one.fields {
            columns.row([cell(one.trigger), cell(*name), cell(*meaning)]);
        }
    }
    page.columns(&columns, 0);
    page.line(
        "A run by hand has the type alone: write `{{ event.NAME | default('…') }}` where it may be either.",
    );
    page.finish()
}
