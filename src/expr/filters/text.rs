//! Filters over texts, paths and single numbers.

use serde_json::Value;

use super::super::ExprError;
use super::super::error::literal;
use super::super::fuel::Fuel;
use super::super::number;
use super::super::text::kind;
use super::{string, string_or};

type Made = Result<Value, ExprError>;

pub(super) fn upper(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    Ok(string(value, fuel)?.to_uppercase().into())
}

pub(super) fn lower(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    Ok(string(value, fuel)?.to_lowercase().into())
}

pub(super) fn trim(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    Ok(string(value, fuel)?.trim().into())
}

pub(super) fn replace(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    let (text, from, to) = (string(value, fuel)?, string(arguments[0], fuel)?, string(arguments[1], fuel)?);
    if from.is_empty() {
        return Err(ExprError::new("there is nothing to replace").help("give the text to look for"));
    }
    fuel.bytes(text.matches(from).count().saturating_mul(to.len()))?;
    Ok(text.replace(from, to).into())
}

pub(super) fn split(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    let text = string(value, fuel)?;
    let separator = string_or(arguments[0], "", fuel)?;
    let parts: Vec<&str> = if separator.is_empty() {
        text.split_whitespace().collect()
    } else {
        fuel.spend(text.matches(separator).count())?;
        text.split(separator).collect()
    };
    fuel.spend(parts.len())?;
    Ok(parts.into())
}

pub(super) fn truncate(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Made {
    let text = string(value, fuel)?;
    let end = string_or(arguments[1], "…", fuel)?;
    let length = match arguments[0] {
        Value::Null => 255,
        given => given
            .as_u64()
            .and_then(|length| usize::try_from(length).ok())
            .ok_or_else(|| ExprError::new("the length must be a whole number"))?,
    };
    if text.chars().nth(length).is_none() {
        return Ok(text.into());
    }
    let kept = length.saturating_sub(end.chars().count());
    Ok(text.chars().take(kept).chain(end.chars()).collect::<String>().into())
}

pub(super) fn slug(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    let mut slug = String::new();
    for letter in string(value, fuel)?.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    Ok(slug.trim_end_matches('-').into())
}

/// The path and its last part, with no `/` at the end.
fn parts(path: &str) -> (Option<&str>, &str) {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((folder, name)) => (Some(folder), name),
        None => (None, path),
    }
}

pub(super) fn basename(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    Ok(parts(string(value, fuel)?).1.into())
}

pub(super) fn dirname(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    let path = string(value, fuel)?;
    Ok(match parts(path).0 {
        Some("") => "/",
        Some(folder) => folder,
        None if path.starts_with('/') => "/",
        None => ".",
    }
    .into())
}

pub(super) fn stem(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    let name = parts(string(value, fuel)?).1;
    Ok(match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
    .into())
}

pub(super) fn to_json(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    fuel.copy(value)?;
    let text = serde_json::to_string(value).map_err(|error| ExprError::new(error.to_string()))?;
    fuel.bytes(text.len())?;
    Ok(text.into())
}

pub(super) fn int(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    let from_float = |number: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "the bounds are checked")]
        let whole = (number.abs() < 9e18).then_some(number.trunc() as i64);
        whole.map(Value::from).ok_or_else(|| ExprError::new("the number is too large"))
    };
    match value {
        Value::Number(number) if number.is_f64() => from_float(number.as_f64().unwrap_or(f64::NAN)),
        Value::Number(_) => Ok(value.clone()),
        Value::Bool(yes) => Ok(i64::from(*yes).into()),
        other => {
            let text = string(other, fuel)?.trim();
            match text.parse::<i64>() {
                Ok(whole) => Ok(whole.into()),
                Err(_) => parsed(text).and_then(from_float),
            }
        }
    }
}

pub(super) fn float(value: &Value, _: &[&Value], fuel: &Fuel) -> Made {
    match value {
        Value::Number(number) => number::float(number.as_f64().unwrap_or(f64::NAN)),
        Value::Bool(yes) => number::float(f64::from(u8::from(*yes))),
        other => number::float(parsed(string(other, fuel)?.trim())?),
    }
}

fn parsed(text: &str) -> Result<f64, ExprError> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| ExprError::new(format!("{} is no number", literal(text))))
}

pub(super) fn round(value: &Value, arguments: &[&Value], _: &Fuel) -> Made {
    let digits = match arguments[0] {
        Value::Null => 0,
        given => given
            .as_i64()
            .and_then(|digits| i32::try_from(digits).ok())
            .filter(|digits| (0..=15).contains(digits))
            .ok_or_else(|| ExprError::new("round to 0 to 15 digits"))?,
    };
    match value {
        Value::Number(number) if !number.is_f64() => Ok(value.clone()),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let shift = 10_f64.powi(digits);
            let rounded = (number * shift).round() / shift;
            // A number so large that it has no such digits stays as it is.
            number::float(if rounded.is_finite() { rounded } else { number })
        }
        other => Err(ExprError::new(format!("only numbers can be rounded, not {}", kind(other)))),
    }
}
