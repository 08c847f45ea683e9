//! The tests of `value is test`. `defined` is not here alone: whether a value exists is found out
//! before it is taken.

use regex::RegexBuilder;
use serde_json::Value;

use super::ExprError;
use super::error::literal;
use super::fuel::Fuel;
use super::number::{equal, order};
use super::text::kind;

type Run = fn(&Value, &Value, &Fuel) -> Result<bool, ExprError>;

/// A test.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) takes_argument: bool,
    pub(super) about: About,
}

/// What a test looks at.
pub(super) enum About {
    /// Whether there is a value.
    Existence {
        wanted: bool,
    },
    Value(Run),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn alone(name: &'static str, run: Run) -> Check {
    Check { name, takes_argument: false, about: About::Value(run) }
}

const fn with(name: &'static str, run: Run) -> Check {
    Check { name, takes_argument: true, about: About::Value(run) }
}

const fn existence(name: &'static str, wanted: bool) -> Check {
    Check { name, takes_argument: false, about: About::Existence { wanted } }
}

pub(super) const CHECKS: &[Check] = &[
    existence("defined", true),
    existence("undefined", false),
    alone("none", |value, _, _| Ok(value.is_null())),
    alone("boolean", |value, _, _| Ok(value.is_boolean())),
    alone("string", |value, _, _| Ok(value.is_string())),
    alone("number", |value, _, _| Ok(value.is_number())),
    alone("integer", |value, _, _| Ok(value.is_i64() || value.is_u64())),
    alone("list", |value, _, _| Ok(value.is_array())),
    alone("mapping", |value, _, _| Ok(value.is_object())),
    alone("true", |value, _, _| Ok(value == &Value::Bool(true))),
    alone("false", |value, _, _| Ok(value == &Value::Bool(false))),
    alone("even", |value, _, _| Ok(whole(value)? % 2 == 0)),
    alone("odd", |value, _, _| Ok(whole(value)? % 2 != 0)),
    alone("empty", |value, _, _| Ok(!super::text::holds(value) && !value.is_number() && !value.is_boolean())),
    with("equalto", |value, other, _| Ok(equal(value, other))),
    with("eq", |value, other, _| Ok(equal(value, other))),
    with("ne", |value, other, _| Ok(!equal(value, other))),
    with("lt", |value, other, _| Ok(order(value, other)?.is_lt())),
    with("le", |value, other, _| Ok(order(value, other)?.is_le())),
    with("gt", |value, other, _| Ok(order(value, other)?.is_gt())),
    with("ge", |value, other, _| Ok(order(value, other)?.is_ge())),
    with("in", |value, list, fuel| contains(list, value, fuel)),
    with("containing", contains),
    with("startingwith", |value, start, _| Ok(text(value)?.starts_with(text(start)?))),
    with("endingwith", |value, end, _| Ok(text(value)?.ends_with(text(end)?))),
    with("matching", matching),
];

pub(super) fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

pub(super) fn text(value: &Value) -> Result<&str, ExprError> {
    value.as_str().ok_or_else(|| ExprError::new(format!("it needs a text, not {}", kind(value))))
}

fn whole(value: &Value) -> Result<i64, ExprError> {
    value.as_i64().ok_or_else(|| ExprError::new(format!("it needs a whole number, not {}", kind(value))))
}

/// Whether a list has an item, a map a key, or a text a part.
pub(super) fn contains(list: &Value, value: &Value, fuel: &Fuel) -> Result<bool, ExprError> {
    fuel.copy(list)?;
    match list {
        Value::Array(items) => Ok(items.iter().any(|item| equal(item, value))),
        Value::Object(map) => Ok(value.as_str().is_some_and(|key| map.contains_key(key))),
        Value::String(whole) => Ok(whole.contains(text(value)?)),
        other => Err(ExprError::new(format!("{} has nothing in it", kind(other)))
            .help("look in a list, a map or a text")),
    }
}

/// A regular expression; its time is linear in the text.
pub(super) fn pattern(source: &str, fuel: &Fuel) -> Result<regex::Regex, ExprError> {
    // Compiling costs far more than its length.
    fuel.spend(100 + source.len())?;
    RegexBuilder::new(source).size_limit(1 << 18).dfa_size_limit(1 << 18).nest_limit(50).build().map_err(
        |error| match error {
            regex::Error::CompiledTooBig(_) => {
                ExprError::new(format!("the pattern {} is too large", literal(source)))
            }
            _ => ExprError::new(format!("{} is no regular expression", literal(source)))
                .help("write it as Rust's `regex` reads it, without look-around"),
        },
    )
}

fn matching(value: &Value, source: &Value, fuel: &Fuel) -> Result<bool, ExprError> {
    let value = text(value)?;
    fuel.bytes(value.len())?;
    Ok(pattern(text(source)?, fuel)?.is_match(value))
}
