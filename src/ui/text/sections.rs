//! Narrated events, grouped, with long groups folded.

use super::page::Page;
use super::style::Tint;
use crate::model::Event;
use crate::report::{Group, Item, Line, Symbol, digest};
use crate::state::State;

/// The most lines of a group that are shown unless all are asked for.
pub(super) const FOLD: usize = 10;

/// Writes the events of each group under its title. What is folded is not even narrated, so that a
/// plan of 100,000 events costs its ten lines.
pub(super) fn sections(page: &mut Page, events: &[Event], state: &State, all: bool) {
    let items = items(events, all);
    for group in Group::ALL {
        let of_group: Vec<&Item<'_>> = items.iter().filter(|item| item.group() == group).collect();
        if !of_group.is_empty() {
            page.heading(group.title());
            folded(page, &of_group, state, all, 2);
        }
    }
}

/// The lines that there may be: one an event if `all` are wanted, else one a run.
pub(super) fn items(events: &[Event], all: bool) -> Vec<Item<'_>> {
    if all { events.iter().map(Item::Event).collect() } else { digest(events) }
}

/// Writes one line each, at most [`FOLD`] unless `all`; one line more is not worth folding.
pub(super) fn folded(page: &mut Page, items: &[&Item<'_>], state: &State, all: bool, indent: usize) {
    let shown = if all || items.len() <= FOLD + 1 { items.len() } else { FOLD };
    for item in &items[..shown] {
        let line = painted(page, &item.line(state));
        page.line(format!("{:indent$}{line}", ""));
    }
    if shown < items.len() {
        let rest = format!("{:indent$}… and {} more (-v shows them)", "", items.len() - shown);
        page.tinted(Tint::Dim, rest);
    }
}

fn painted(page: &Page, line: &Line) -> String {
    let symbol = page.paint(tint(line.symbol), line.symbol.as_str());
    let because = page.paint(Tint::Dim, &line.because());
    format!("{symbol} {} {}{because}", line.subject, line.text)
}

const fn tint(symbol: Symbol) -> Tint {
    match symbol {
        Symbol::Made | Symbol::Done => Tint::Good,
        Symbol::Attention => Tint::Bad,
        Symbol::Changed | Symbol::Withdrawn => Tint::Warning,
        Symbol::Handed => Tint::Plain,
    }
}
