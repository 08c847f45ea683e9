//! The filters of `value | filter`: one table. Each pays for what it makes before it makes it.

mod list;
mod text;
mod time;

use std::borrow::Cow;

use serde_json::Value;

use super::ExprError;
use super::fuel::Fuel;
use super::text::kind;

type Apply = fn(&Value, &[&Value], &Fuel) -> Result<Value, ExprError>;

/// A filter, and the names of its arguments, of which the first so many must be given.
pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [&'static str],
    pub(super) required: usize,
    pub(super) apply: Apply,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The arguments in order; none where one was not given.
pub(super) fn arguments<'v>(given: &'v [Option<Cow<'_, Value>>]) -> Vec<&'v Value> {
    given.iter().map(|argument| argument.as_deref().unwrap_or(&Value::Null)).collect()
}

const fn filter(
    name: &'static str,
    parameters: &'static [&'static str],
    required: usize,
    apply: Apply,
) -> Filter {
    Filter { name, parameters, required, apply }
}

pub(super) const FILTERS: &[Filter] = &[
    filter("basename", &[], 0, text::basename),
    filter("date", &["format", "zone"], 0, time::date),
    // Looks at whether there is a value, which only the evaluator can.
    filter("default", &["value", "also_empty"], 0, |value, _, _| Ok(value.clone())),
    filter("dirname", &[], 0, text::dirname),
    filter("duration", &[], 0, time::duration),
    filter("first", &[], 0, list::first),
    filter("float", &[], 0, text::float),
    filter("int", &[], 0, text::int),
    filter("items", &[], 0, list::items),
    filter("join", &["separator", "attribute"], 0, list::join),
    filter("last", &[], 0, list::last),
    filter("length", &[], 0, list::length),
    filter("lower", &[], 0, text::lower),
    filter("map", &["attribute"], 1, list::map),
    filter("max", &["attribute"], 0, list::max),
    filter("min", &["attribute"], 0, list::min),
    filter("rejectattr", &["attribute", "test", "value"], 1, list::reject),
    filter("replace", &["from", "to"], 2, text::replace),
    filter("reverse", &[], 0, list::reverse),
    filter("round", &["digits"], 0, text::round),
    filter("selectattr", &["attribute", "test", "value"], 1, list::select),
    filter("slug", &[], 0, text::slug),
    filter("sort", &["attribute", "reverse"], 0, list::sort),
    filter("split", &["separator"], 0, text::split),
    filter("stem", &[], 0, text::stem),
    filter("sum", &["attribute"], 0, list::sum),
    filter("tojson", &[], 0, text::to_json),
    filter("trim", &[], 0, text::trim),
    filter("truncate", &["length", "end"], 0, text::truncate),
    filter("unique", &["attribute"], 0, list::unique),
    filter("upper", &[], 0, text::upper),
];

pub(super) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.binary_search_by(|filter| filter.name.cmp(name)).ok().map(|at| &FILTERS[at])
}

/// A text, paid for.
fn string<'v>(value: &'v Value, fuel: &Fuel) -> Result<&'v str, ExprError> {
    match value {
        Value::String(text) => {
            fuel.bytes(text.len())?;
            Ok(text)
        }
        other => Err(ExprError::new(format!("the filter needs a text, not {}", kind(other)))),
    }
}

/// A text argument, or what stands for it if it was not given.
fn string_or<'v>(value: &'v Value, otherwise: &'v str, fuel: &Fuel) -> Result<&'v str, ExprError> {
    if value.is_null() { Ok(otherwise) } else { string(value, fuel) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_in_order() {
        assert!(super::FILTERS.is_sorted_by(|one, next| one.name < next.name));
    }
}
