//! `orch workflow actions` and `orch metric list`.

use super::columns::{Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::actions::{Action, ActionKind};
use crate::model::Time;
use crate::report::{one_line, plural, relative};
use crate::state::State;

/// One action a line.
pub fn action_list(actions: &[&dyn Action], style: Style) -> String {
    let mut page = Page::new(style);
    let mut columns = Columns::new(&["ACTION", "WORKS ON", "WHAT"]).titled();
    for action in actions {
        let kind = if action.kind() == ActionKind::State { "state" } else { "world" };
        columns.row([cell(action.name()), cell(kind), cell(action.about())]);
    }
    page.columns(&columns, 0);
    page.tinted(
        Tint::Dim,
        format!("{} (orch workflow actions NAME tells more)", plural(actions.len(), "action")),
    );
    page.finish()
}

/// The last value of each metric.
pub fn metric_list(state: &State, now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    if state.meta.metrics.is_empty() {
        page.line("No metrics. `orch metric record NAME VALUE` records one.");
        return page.finish();
    }
    let mut columns = Columns::new(&["METRIC", "VALUE", "RECORDED"]);
    for (name, last) in &state.meta.metrics {
        columns.row([cell(one_line(name)), cell(last.value.to_string()), cell(relative(last.at, now))]);
    }
    page.columns(&columns, 0);
    page.finish()
}
