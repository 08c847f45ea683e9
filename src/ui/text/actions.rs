//! `orch workflow actions` and `orch metric list`.

use std::fmt::Write as _;

use schemars::SchemaGenerator;
use serde_json::Value;

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

/// What actions take and give, as Markdown.
pub fn action_document(actions: &[&dyn Action]) -> String {
    let documents: Vec<String> = actions.iter().map(|action| document(*action)).collect();
    documents.join("\n")
}

fn document(action: &dyn Action) -> String {
    let schema = action.schema(&mut SchemaGenerator::default()).to_value();
    let mut text = format!("## {}\n\n{}\n", action.name(), action.about());
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let arguments = schema.get("properties").and_then(Value::as_object);
    // Writing into a text cannot fail.
    if let Some(arguments) = arguments.filter(|arguments| !arguments.is_empty()) {
        let _ = writeln!(text, "\n| argument | type | default | |\n|---|---|---|---|");
        for (name, argument) in arguments {
            let default = match argument.get("default") {
                Some(default) if !default.is_null() => format!("`{default}`"),
                _ if required.iter().any(|key| key == name) => "required".to_owned(),
                _ => String::new(),
            };
            let about = argument.get("description").and_then(Value::as_str).unwrap_or_default();
            let about = about.replace('\n', " ").replace('|', "\\|");
            let _ = writeln!(text, "| `{name}` | {} | {default} | {about} |", kind(argument));
        }
    }
    if !action.outputs().is_empty() {
        let _ = writeln!(text, "\n| output | |\n|---|---|");
        for (name, about) in action.outputs() {
            let _ = writeln!(text, "| `{name}` | {about} |");
        }
    }
    let _ = writeln!(text, "\n```yaml\n- {}\n```", action.example().trim_end().replace('\n', "\n  "));
    text
}

fn kind(argument: &Value) -> String {
    match argument.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    }
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
