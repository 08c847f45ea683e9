//! What a cell of CSV or a plain word of YAML means.

use serde_json::{Number, Value};

/// Decimal digits that a binary floating-point number always keeps.
const SAFE_DIGITS: usize = 15;

/// The number that a text writes, if nothing of the text is lost with it: `7`, `-0.5`, `12.50`, but
/// not `007`, `+49151`, `1234567e8` or a number of more digits than are kept.
pub(super) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_zeros = whole.len() > 1 && whole.starts_with('0');
    match part {
        _ if has_zeros => None,
        None if all_digits(whole) && text != "-0" => {
            text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
        }
        Some(part) if all_digits(whole) && all_digits(part) && whole.len() + part.len() <= SAFE_DIGITS => {
            Number::from_f64(text.parse().ok()?)
        }
        // As this crate itself writes large and small numbers: `1e+300`.
        _ if digits.starts_with(|first: char| first.is_ascii_digit()) => {
            let number = Number::from_f64(text.parse().ok()?)?;
            (number.to_string() == text).then_some(number)
        }
        _ => None,
    }
}

/// The value of a plain word by the YAML 1.2 core schema. Numbers that would lose digits stay text.
pub(super) fn yaml(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => yaml_number(word).map_or_else(|| word.into(), Value::Number),
    }
}

fn yaml_number(word: &str) -> Option<Number> {
    if let Some(number) = number(word) {
        return Some(number);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = word.strip_prefix(prefix) {
            let clean = digits.starts_with(|first: char| first.is_digit(radix));
            return u64::from_str_radix(digits, radix).ok().filter(|_| clean).map(Number::from);
        }
    }
    let first = word.bytes().next()?;
    let numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) || !word.bytes().all(numeric) {
        return None;
    }
    if word.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse::<i64>().ok().map(Number::from);
    }
    word.parse().ok().and_then(Number::from_f64)
}
