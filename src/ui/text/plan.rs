//! The plan as text: what would happen, why, and what to run to make it happen.

use super::effects::effects;
use super::page::Page;
use super::sections::sections;
use super::style::{Style, Tint};
use crate::model::Time;
use crate::plan::Plan;
use crate::report::{Symbol, Tense, Then, Tip, plural, relative, short, tally};
use crate::state::State;

/// A plan and what it is shown with.
#[derive(Debug, Clone, Copy)]
pub struct PlanView<'a> {
    pub plan: &'a Plan,
    /// The state that the plan leads to.
    pub state: &'a State,
    /// The state that it was made from.
    pub tip: &'a Tip,
    /// The steps that come after those of the plan.
    pub then: &'a [Then],
    pub project: &'a str,
    /// The file that it was saved to or read from.
    pub saved: Saved<'a>,
    /// Whether to show every line.
    pub all: bool,
}

/// Whether a plan is in a file, and still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved<'a> {
    No,
    In(&'a str),
    /// It is, but what it was made from has moved on.
    Stale,
}

/// The whole plan.
pub fn plan(view: &PlanView<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    page.line(header(view));
    sections(&mut page, &view.plan.events, view.state, view.all);
    effects(&mut page, &view.plan.effects, view.then, view.all);
    page.gap();
    if view.plan.is_empty() {
        page.line("Nothing to do: the state is as the configuration and the clock want it.");
    } else {
        page.tinted(Tint::Dim, Symbol::LEGEND);
        let mut counts = tally(&view.plan.events, Tense::Future);
        if !view.plan.effects.is_empty() {
            counts.push(format!("{} to do", plural(view.plan.effects.len(), "step")));
        }
        if counts.is_empty() {
            counts.push(plural(view.plan.events.len(), "event"));
        }
        page.tinted(Tint::Bold, format!("Plan: {}.", counts.join(", ")));
    }
    let due_now = view.plan.effects.len();
    page.line(next_change(view.plan.due, view.plan.base.now, due_now));
    if !view.plan.is_empty() {
        page.line(match view.saved {
            Saved::In(file) => format!("To do exactly this: orch apply {file}"),
            Saved::No => "To do this: orch apply".to_owned(),
            Saved::Stale => "It can no longer be applied. To make a new one: orch plan".to_owned(),
        });
    }
    page.finish()
}

fn header(view: &PlanView<'_>) -> String {
    let base = &view.plan.base;
    let state = match (&view.tip.commit, view.tip.serial) {
        (None, _) => "no state yet".to_owned(),
        (Some(commit), serial) => format!("state {serial} ({})", short(commit)),
    };
    let config = short(&base.config);
    format!("Plan for {}: configuration {config}, {state}, clock {}", view.project, base.now)
}

/// `Next change by the clock: 2026-01-09T11:00:00Z (in 1h30m)`; so many steps are due now.
pub(super) fn next_change(due: Option<Time>, now: Time, steps: usize) -> String {
    match due {
        _ if steps > 0 => {
            let are = if steps == 1 { "is" } else { "are" };
            format!(
                "{} {are} due now: the next tick carries {} out.",
                plural(steps, "step"),
                if steps == 1 { "it" } else { "them" }
            )
        }
        Some(due) if due <= now => "Next change by the clock: with the next tick.".to_owned(),
        Some(due) => format!("Next change by the clock: {due} ({})", relative(due, now)),
        None => "Nothing changes by the clock alone.".to_owned(),
    }
}
