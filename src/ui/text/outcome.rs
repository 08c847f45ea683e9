//! What a tick, an apply or a write command did.

use super::page::Page;
use super::plan::next_change;
use super::sections::{folded, items, sections};
use super::style::{Style, Tint};
use crate::model::{Event, Time};
use crate::report::{Tense, plural, short, tally};
use crate::state::State;

/// What was done and what it is shown with.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    pub events: &'a [Event],
    /// The state after it.
    pub state: &'a State,
    pub now: Time,
    /// When the clock alone will change something next.
    pub due: Option<Time>,
    /// How many steps could be done at once, and are left to the next tick.
    pub due_now: usize,
    pub serial: u64,
    /// The commit that recorded it; none if there was nothing to record.
    pub commit: Option<&'a str>,
    /// Whether the remote has it too.
    pub pushed: bool,
    pub all: bool,
}

/// Up to this many lines are told in the order in which they happened.
const STORY: usize = 20;

/// What would be done, and was not.
pub fn preview(view: &Outcome<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    if view.events.is_empty() {
        page.line(format!("Nothing would be done at {}.", view.now));
        return page.finish();
    }
    let count = plural(view.events.len(), "event");
    page.line(format!("Dry run at {}: {count}, nothing was changed", view.now));
    sections(&mut page, view.events, view.state, view.all);
    page.finish()
}

/// `Tick 12 at …: 5 events, committed as abc1234`, then the events.
pub fn outcome(view: &Outcome<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    if view.events.is_empty() {
        let pushed = if view.pushed { " Pushed what the remote lacked." } else { "" };
        page.line(format!("Nothing to do at {}.{pushed}", view.now));
        page.line(next_change(view.due, view.now, view.due_now));
        return page.finish();
    }
    let commit = view.commit.map(|id| format!(", committed as {}", short(id))).unwrap_or_default();
    let count = plural(view.events.len(), "event");
    let pushed = if view.pushed { " and pushed" } else { "" };
    page.line(format!("Tick {} at {}: {count}{commit}{pushed}", view.serial, view.now));
    let items = items(view.events, view.all);
    if items.len() <= STORY {
        let items: Vec<_> = items.iter().collect();
        folded(&mut page, &items, view.state, true, 2);
    } else {
        sections(&mut page, view.events, view.state, view.all);
        page.gap();
        page.tinted(Tint::Bold, format!("Done: {}.", tally(view.events, Tense::Past).join(", ")));
    }
    page.line(next_change(view.due, view.now, view.due_now));
    page.finish()
}
