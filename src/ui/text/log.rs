//! `orch log`: a heading for each tick, and what happened in it.

use super::page::Page;
use super::sections::{folded, items};
use super::style::{Style, Tint};
use crate::commit::HistoryEntry;
use crate::model::{Event, ORCH};
use crate::report::one_line;
use crate::state::State;

/// The ticks in the order given.
pub fn log(ticks: &[HistoryEntry], state: &State, all: bool, style: Style) -> String {
    let mut page = Page::new(style);
    if ticks.is_empty() {
        page.line("Nothing happened.");
    }
    for tick in ticks {
        let (serial, at, commit) = (tick.serial, tick.at, tick.commit.short());
        if !tick.by_orch {
            page.heading(format!("not by orch · {commit}"));
            page.tinted(Tint::Warning, format!("  {}", one_line(&tick.subject)));
            continue;
        }
        page.heading(format!("tick {serial} · {at} · {commit} · {}", actors(&tick.events)));
        let items = items(&tick.events, all);
        folded(&mut page, &items.iter().collect::<Vec<_>>(), state, all, 2);
    }
    page.finish()
}

/// Who asked for something in a tick; `orch` if nobody did.
fn actors(events: &[Event]) -> String {
    let mut actors: Vec<&str> = Vec::new();
    for event in events.iter().filter(|event| event.cause.is_none() && event.actor != ORCH) {
        if !actors.contains(&event.actor.as_str()) {
            actors.push(&event.actor);
        }
    }
    if actors.is_empty() { ORCH.to_owned() } else { one_line(&actors.join(", ")).into_owned() }
}
