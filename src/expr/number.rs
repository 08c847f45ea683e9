//! Arithmetic and order: whole numbers stay whole and never overflow, floats are always finite,
//! and what has no order is not compared.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::ExprError;
use super::fuel::Fuel;
use super::node::Math;
use super::text::{kind, plain};

pub(super) fn float(value: f64) -> Result<Value, ExprError> {
    Number::from_f64(value).map(Value::Number).ok_or_else(|| ExprError::new("the result is not a number"))
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn from_whole(value: Option<i128>) -> Result<Value, ExprError> {
    let too_large = || ExprError::new("the result is too large");
    let value = value.ok_or_else(too_large)?;
    i64::try_from(value)
        .map(Value::from)
        .or_else(|_| u64::try_from(value).map(Value::from))
        .map_err(|_| too_large())
}

/// A number as a float, which is what arithmetic on mixed numbers works with.
fn as_float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

pub(super) fn negative(value: &Value) -> Result<Value, ExprError> {
    match value {
        Value::Number(number) => match whole(number) {
            Some(whole) => from_whole(Some(-whole)),
            None => float(-as_float(number)),
        },
        other => Err(ExprError::new(format!("`-` needs a number, not {}", kind(other)))),
    }
}

pub(super) fn math(math: Math, left: &Value, right: &Value, fuel: &Fuel) -> Result<Value, ExprError> {
    match (math, left, right) {
        (Math::Join, left, right) => {
            let (left, right) = (plain(left)?, plain(right)?);
            fuel.bytes(left.len() + right.len())?;
            Ok(Value::String([left, right].concat()))
        }
        (Math::Add, Value::String(left), Value::String(right)) => {
            fuel.bytes(left.len() + right.len())?;
            Ok(Value::String([left.as_str(), right].concat()))
        }
        (Math::Add, Value::Array(one), Value::Array(other)) => {
            fuel.copy(left)?;
            fuel.copy(right)?;
            Ok(one.iter().chain(other).cloned().collect())
        }
        (_, Value::Number(left), Value::Number(right)) => match (whole(left), whole(right)) {
            (Some(left), Some(right)) => whole_math(math, left, right),
            _ => float_math(math, as_float(left), as_float(right)),
        },
        (Math::Add, Value::String(_), _) | (Math::Add, _, Value::String(_)) => {
            Err(ExprError::new(format!("`+` cannot add {} to {}", kind(right), kind(left)))
                .help("`~` joins texts and numbers"))
        }
        _ => Err(ExprError::new(format!("cannot calculate with {} and {}", kind(left), kind(right)))
            .help("turn a text into a number with `| int` or `| float`")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a quotient of large numbers is a float")]
fn whole_math(math: Math, left: i128, right: i128) -> Result<Value, ExprError> {
    if right == 0 && matches!(math, Math::Divide | Math::FloorDivide | Math::Remainder) {
        return Err(ExprError::new("cannot divide by zero"));
    }
    // The operands are 64 bits wide, so only a power can leave 128.
    from_whole(match math {
        Math::Add => Some(left + right),
        Math::Subtract => Some(left - right),
        Math::Multiply => left.checked_mul(right),
        Math::Divide => return float(left as f64 / right as f64),
        Math::FloorDivide => Some((left - left.rem_euclid(right) - floor_gap(left, right)) / right),
        Math::Remainder => Some(left.rem_euclid(right) + floor_gap(left, right)),
        Math::Power => match u32::try_from(right) {
            Ok(power) => left.checked_pow(power),
            Err(_) if right < 0 => return float((left as f64).powf(right as f64)),
            Err(_) => None,
        },
        Math::Join => None,
    })
}

/// What the remainder of Python, which has the sign of the divisor, differs from Euclid's by.
fn floor_gap(left: i128, right: i128) -> i128 {
    if right < 0 && left.rem_euclid(right) != 0 { right } else { 0 }
}

fn float_math(math: Math, left: f64, right: f64) -> Result<Value, ExprError> {
    if right == 0.0 && matches!(math, Math::Divide | Math::FloorDivide | Math::Remainder) {
        return Err(ExprError::new("cannot divide by zero"));
    }
    float(match math {
        Math::Add => left + right,
        Math::Subtract => left - right,
        Math::Multiply => left * right,
        Math::Divide => left / right,
        Math::FloorDivide => (left / right).floor(),
        Math::Remainder => left - right * (left / right).floor(),
        Math::Power => left.powf(right),
        Math::Join => f64::NAN,
    })
}

/// Whether two values are the same; `1` and `1.0` are.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(one), Value::Number(other)) => compare_numbers(one, other) == Some(Ordering::Equal),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => as_float(left).partial_cmp(&as_float(right)),
    }
}

/// The order of two numbers or two texts.
pub(super) fn order(left: &Value, right: &Value) -> Result<Ordering, ExprError> {
    let order = match (left, right) {
        (Value::Number(one), Value::Number(other)) => compare_numbers(one, other),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ => None,
    };
    order.ok_or_else(|| {
        let error = ExprError::new(format!("cannot say whether {} is more than {}", kind(left), kind(right)));
        match (left, right) {
            (Value::String(_), Value::Number(_)) | (Value::Number(_), Value::String(_)) => {
                error.help("turn the text into a number with `| int` or `| float`")
            }
            _ => error,
        }
    })
}
