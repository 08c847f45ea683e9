//! Lists of flat mappings as tables: the columns are the keys, in the order in which they come up.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The most cells of a table that is written, empty ones counted: a few records that each have keys of
/// their own would else make a table of the square of their number.
const MAX_CELLS: usize = 4_000_000;

/// Names of columns, and rows.
type Table<'v> = (Vec<&'v str>, Vec<&'v Map<String, Value>>);

/// The columns of a value, and its rows.
pub(super) fn table(value: &Value) -> Result<Table<'_>, String> {
    let Value::Array(items) = value else {
        return Err(format!("a table is made of a list of mappings, and this is {}", kind(value)));
    };
    let mut rows = Vec::with_capacity(items.len());
    let mut columns = indexmap::IndexSet::new();
    for (index, item) in items.iter().enumerate() {
        let Value::Object(row) = item else {
            let number = index + 1;
            let kind = kind(item);
            return Err(format!("a table is made of a list of mappings, and item {number} is {kind}"));
        };
        if row.contains_key("") {
            return Err(format!("item {} has an empty key, which cannot be a column", index + 1));
        }
        columns.extend(row.keys().map(String::as_str));
        rows.push(row);
    }
    if columns.len().saturating_mul(rows.len()) > MAX_CELLS {
        let (columns, rows) = (columns.len(), rows.len());
        return Err(format!("{rows} rows of {columns} columns are more than {MAX_CELLS} cells"));
    }
    Ok((columns.into_iter().collect(), rows))
}

/// What a cell of text holds for a value: lists and mappings are written as JSON.
pub(super) fn cell(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

/// Checks the names of the columns: none empty, none twice.
pub(super) fn header<'n>(names: impl IntoIterator<Item = (String, &'n str)>) -> Result<Vec<&'n str>, String> {
    let mut seen = indexmap::IndexSet::new();
    for (place, name) in names {
        if name.is_empty() {
            return Err(format!("{place} has no name in the header"));
        }
        if !seen.insert(name) {
            return Err(format!("column `{name}` stands twice in the header; rename one of the two"));
        }
    }
    Ok(seen.into_iter().collect())
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
