//! The documentation of the actions, in Markdown, made of what they themselves say.

use std::fmt::Write;

use schemars::SchemaGenerator;
use serde_json::Value;

use super::{Action, ActionKind};

/// Of one action or several: what it does, its arguments, its outputs, an example.
pub fn document(actions: &[&dyn Action]) -> String {
    let texts: Vec<String> = actions.iter().map(|action| of_one(*action)).collect();
    texts.join("\n")
}

fn of_one(action: &dyn Action) -> String {
    let mut generator = SchemaGenerator::default();
    let mut schema = action.schema(&mut generator).to_value();
    let definitions = generator.take_definitions(true);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$defs".into(), definitions.into());
    }
    let kind = match action.kind() {
        ActionKind::State => "Works on the state: the planner decides.",
        ActionKind::World => "Works on files or the network.",
    };
    let mut text = format!("## {}\n\n{}\n{kind}\n\n", action.name(), action.about());
    let mut line = |line: &dyn std::fmt::Display| {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(&"| argument | type | default | |\n|---|---|---|---|");
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, argument) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let default = match argument.get("default").filter(|default| !is_empty(default)) {
            Some(Value::String(text)) => format!("`{text}`"),
            Some(other) => format!("`{other}`"),
            None if required.iter().any(|key| key == name) => "required".to_owned(),
            None => String::new(),
        };
        let about = argument.get("description").and_then(Value::as_str).unwrap_or_default();
        line(&format!("| `{name}` | {} | {default} | {} |", kind_of(argument, &schema), cell(about)));
    }
    if !action.outputs().is_empty() {
        line(&"\n| output | |\n|---|---|");
        for (name, about) in action.outputs() {
            line(&format!("| `{name}` | {} |", cell(about)));
        }
    }
    line(&format!("\n```yaml\n- {}\n```", action.example().replace('\n', "\n  ")));
    text
}

/// An empty list or mapping is no default worth a word.
fn is_empty(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The type of a value in a few words. That templates may stand for it goes without saying.
fn kind_of(schema: &Value, root: &Value) -> String {
    if let Some(pointer) = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'))
    {
        return root.pointer(pointer).map(|target| kind_of(target, root)).unwrap_or_default();
    }
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let options = options.iter().filter(|option| !option.is_null());
        return joined(
            options.map(|option| format!("`{}`", option.as_str().map_or(option.to_string(), str::to_owned))),
        );
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return format!("`{word}`");
    }
    let branches = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array());
    if let Some(branches) = branches {
        let is_template =
            |branch: &&Value| branch.get("pattern").is_some_and(|pattern| pattern == "\\{[{%#]");
        return joined(
            branches.iter().filter(|branch| !is_template(branch)).map(|branch| kind_of(branch, root)),
        );
    }
    match schema.get("type") {
        Some(Value::String(kind)) => word(kind, schema, root),
        Some(Value::Array(kinds)) => {
            // A text that may also be written as a number or boolean is a text.
            let is_text = kinds.iter().any(|kind| kind == "string");
            let kinds = kinds.iter().filter_map(Value::as_str);
            joined(kinds.filter(|kind| !is_text || *kind == "string").map(|kind| word(kind, schema, root)))
        }
        _ => "any value".to_owned(),
    }
}

fn word(kind: &str, schema: &Value, root: &Value) -> String {
    match kind {
        "null" => String::new(),
        "string"
            if schema.get("pattern").is_some_and(|pattern| pattern == crate::model::Duration::PATTERN) =>
        {
            "duration".into()
        }
        "string" => "text".into(),
        "integer" => "whole number".into(),
        "boolean" => "`true` or `false`".into(),
        "array" => match schema.get("items").map(|items| kind_of(items, root)) {
            Some(items) if !items.is_empty() => format!("list of {items}"),
            _ => "list".into(),
        },
        "object" => "mapping".into(),
        other => other.into(),
    }
}

fn joined(kinds: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for kind in kinds.filter(|kind| !kind.is_empty()) {
        if !seen.contains(&kind) {
            seen.push(kind);
        }
    }
    seen.join(" or ")
}
