//! Filters over lists and maps.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::ExprError;
use super::super::check::{self, About};
use super::super::error::literal;
use super::super::fuel::Fuel;
use super::super::node::Math;
use super::super::number;
use super::super::text::{kind, plain};
use super::{string, string_or};

type Made = Result<Value, ExprError>;

/// A list, paid for as a copy of it.
fn list<'v>(value: &'v Value, fuel: &Fuel) -> Result<&'v [Value], ExprError> {
    match value {
        Value::Array(items) => {
            fuel.copy(value)?;
            Ok(items)
        }
        other => Err(ExprError::new(format!("the filter needs a list, not {}", kind(other)))),
    }
}

/// What an attribute such as `task.status` leads to; the item itself if none is asked for.
fn attribute<'v>(item: &'v Value, path: &Value, fuel: &Fuel) -> Result<&'v Value, ExprError> {
    if path.is_null() {
        return Ok(item);
    }
    string(path, fuel)?.split('.').try_fold(item, |value, key| {
        fuel.spend(1)?;
        let found = match value {
            Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(key),
        };
        found.ok_or_else(|| {
            let error = ExprError::new(format!("an item has no {}", literal(key)));
            match value {
                Value::Object(map) => error.known(key, map.keys().map(String::as_str)),
                _ => error,
            }
        })
    })
}

pub(super) fn length(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    Ok(match value {
        Value::String(text) => {
            fuel.bytes(text.len())?;
            text.chars().count()
        }
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        other => return Err(ExprError::new(format!("{} has no length", kind(other)))),
    }
    .into())
}

fn end(value: &Value, fuel: &Fuel, pick: fn(&[Value]) -> Option<&Value>) -> Made {
    let Value::Array(items) = value else {
        return list(value, fuel).map(|_| Value::Null);
    };
    let item = pick(items)
        .ok_or_else(|| ExprError::new("the list is empty").help("`value[0] | default(…)` if it may be"))?;
    fuel.copy(item)?;
    Ok(item.clone())
}

pub(super) fn first(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    end(value, fuel, <[Value]>::first)
}

pub(super) fn last(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    end(value, fuel, <[Value]>::last)
}

pub(super) fn reverse(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    Ok(list(value, fuel)?.iter().rev().cloned().collect())
}

pub(super) fn join(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    let separator = string_or(arguments[0], "", fuel)?;
    let mut joined = String::new();
    for (index, item) in list(value, fuel)?.iter().enumerate() {
        let text = plain(attribute(item, arguments[1], fuel)?)?;
        fuel.bytes(separator.len() + text.len())?;
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&text);
    }
    Ok(joined.into())
}

pub(super) fn map(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    list(value, fuel)?.iter().map(|item| attribute(item, arguments[0], fuel).cloned()).collect()
}

pub(super) fn items(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    let Value::Object(map) = value else {
        return Err(ExprError::new(format!("the filter needs a map, not {}", kind(value))));
    };
    fuel.copy(value)?;
    Ok(map.iter().map(|(key, value)| Value::Array(vec![key.as_str().into(), value.clone()])).collect())
}

fn keep(value: &Value, arguments: &[&Value], fuel: &Fuel, wanted: bool) -> Made {
    let test = match arguments[1] {
        Value::Null => None,
        name => {
            let name = string(name, fuel)?;
            Some(check::find(name).ok_or_else(|| {
                ExprError::new(format!("the test {} is not known", literal(name)))
                    .known(name, check::CHECKS.iter().map(|check| check.name))
            })?)
        }
    };
    let mut kept = Vec::new();
    for item in list(value, fuel)? {
        let found = attribute(item, arguments[0], fuel);
        let holds = match test.map(|test| &test.about) {
            None => found.is_ok_and(super::super::text::holds),
            Some(About::Existence { wanted }) => found.is_ok() == *wanted,
            Some(About::Value(run)) => run(found?, arguments[2], fuel)?,
        };
        if holds == wanted {
            kept.push(item.clone());
        }
    }
    Ok(kept.into())
}

pub(super) fn select(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    keep(value, arguments, fuel, true)
}

pub(super) fn reject(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    keep(value, arguments, fuel, false)
}

/// The items with what they are ordered by, which all must be of one kind.
fn keyed<'v>(value: &'v Value, path: &Value, fuel: &Fuel) -> Result<Vec<(&'v Value, &'v Value)>, ExprError> {
    let items = list(value, fuel)?.iter();
    let keyed: Vec<_> =
        items.map(|item| Ok((attribute(item, path, fuel)?, item))).collect::<Result<_, ExprError>>()?;
    for pair in keyed.windows(2) {
        fuel.copy(pair[0].0)?;
        number::order(pair[0].0, pair[1].0)?;
    }
    Ok(keyed)
}

fn by_key(one: &(&Value, &Value), other: &(&Value, &Value)) -> Ordering {
    number::order(one.0, other.0).unwrap_or(Ordering::Equal)
}

pub(super) fn sort(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    let mut keyed = keyed(value, arguments[0], fuel)?;
    // Every item is compared with about as many others as its number has bits.
    fuel.spend(keyed.len() * (keyed.len().max(1).ilog2() as usize))?;
    keyed.sort_by(by_key);
    if arguments[1] == &Value::Bool(true) {
        keyed.reverse();
    }
    Ok(keyed.into_iter().map(|(_, item)| item.clone()).collect())
}

fn extreme(
    value: &Value,
    arguments: &[&Value],
    fuel: &Fuel,
    pick: fn(Vec<(&Value, &Value)>) -> Option<Value>,
) -> Made {
    pick(keyed(value, arguments[0], fuel)?).ok_or_else(|| ExprError::new("the list is empty"))
}

pub(super) fn min(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    extreme(value, arguments, fuel, |keyed| keyed.into_iter().min_by(by_key).map(|(_, item)| item.clone()))
}

pub(super) fn max(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    extreme(value, arguments, fuel, |keyed| keyed.into_iter().max_by(by_key).map(|(_, item)| item.clone()))
}

pub(super) fn sum(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    list(value, fuel)?.iter().try_fold(Value::from(0), |sum, item| {
        match attribute(item, arguments[0], fuel)? {
            number @ Value::Number(_) => number::math(Math::Add, &sum, number, fuel),
            other => Err(ExprError::new(format!("cannot add {} to a sum", kind(other)))),
        }
    })
}

pub(super) fn unique(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::new();
    for item in list(value, fuel)? {
        let key = attribute(item, arguments[0], fuel)?;
        fuel.copy(key)?;
        // A number is one value however it is written.
        let written = match key.as_f64() {
            Some(number) => number.to_string(),
            None => key.to_string(),
        };
        if seen.insert(written) {
            kept.push(item.clone());
        }
    }
    Ok(kept.into())
}
