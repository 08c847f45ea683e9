//! What values are called, and how they read as text.

use std::borrow::Cow;

use serde_json::Value;

use super::ExprError;

/// What kind of value it is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "none",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// The text of a value that is one.
pub(super) fn plain(value: &Value) -> Result<Cow<'_, str>, ExprError> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        Value::Number(number) => Ok(Cow::Owned(number.to_string())),
        Value::Bool(true) => Ok(Cow::Borrowed("true")),
        Value::Bool(false) => Ok(Cow::Borrowed("false")),
        Value::Null => Err(ExprError::new("it is none, which has no text")
            .help("say what to write instead: `| default('…', true)`")),
        Value::Array(_) => Err(ExprError::new("it is a list, which has no text of its own")
            .help("write `| join(', ')` or `| tojson`")),
        Value::Object(_) => Err(ExprError::new("it is a map, which has no text of its own")
            .help("write `| tojson`, or a key of it")),
    }
}

/// As Python and Jinja see it: nothing, zero and what is empty do not hold.
pub(super) fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}
