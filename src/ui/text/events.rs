//! `orch event list`.

use super::columns::{Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::report::{Logged, narrate, one_line, plural};
use crate::state::State;

/// One event a line, in the order given.
pub fn event_list(events: &[Logged<'_>], state: &State, style: Style) -> String {
    let mut page = Page::new(style);
    if events.is_empty() {
        page.line("No events.");
        return page.finish();
    }
    rows(&mut page, events, state, 0);
    page.tinted(Tint::Dim, plural(events.len(), "event"));
    page.finish()
}

pub(super) fn rows(page: &mut Page, events: &[Logged<'_>], state: &State, indent: usize) {
    let mut columns = Columns::new(&["ID", "TIME", "ACTOR", "EVENT"]);
    for logged in events {
        columns.row([
            cell(logged.id().to_string()),
            cell(logged.event.at.to_string()),
            cell(one_line(&logged.event.actor)),
            cell(sentence(logged, state)),
        ]);
    }
    page.columns(&columns, indent);
}

/// The event in words. Who asked for it has a column of its own.
fn sentence(logged: &Logged<'_>, state: &State) -> String {
    let mut line = narrate(logged.event, state);
    line.reason.take_if(|_| logged.event.cause.is_none());
    line.to_string()
}
