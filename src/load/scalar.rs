//! What an unquoted YAML word means, by the YAML 1.2 core schema (YAML 1.2.2, section 10.3.2).
//!
//! `on`, `yes`, `NO`, `017` with its zero and `1:20` are no surprises here: booleans are only
//! `true` and `false`, and there are no octals, underscores or sexagesimals of YAML 1.1.

use serde_json::Number;

use super::Value;

/// The value of a plain scalar.
pub(super) fn resolve(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(word).map_or_else(|| Value::Text(word.into()), Value::Number),
    }
}

fn number(word: &str) -> Option<Number> {
    let first = *word.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    if let Some(digits) = word.strip_prefix("0x") {
        return unsigned(digits, 16);
    }
    if let Some(digits) = word.strip_prefix("0o") {
        return unsigned(digits, 8);
    }
    word.parse::<i64>()
        .map(Number::from)
        .or_else(|_| word.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| decimal(word))
}

fn unsigned(digits: &str, radix: u32) -> Option<Number> {
    let clean = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    clean.then(|| u64::from_str_radix(digits, radix).ok().map(Number::from)).flatten()
}

/// Decimals; infinities and NaN are no numbers of JSON and stay text.
fn decimal(word: &str) -> Option<Number> {
    let numeric =
        word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !numeric || !word.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    word.parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_core_schema_counts() {
        for text in
            ["on", "yes", "NO", "1:20", "1_000", "nUll", "0x", "0xzz", ".inf", "-", "+", ".", "2h", "0x+1"]
        {
            assert_eq!(resolve(text), Value::Text(text.into()), "{text}");
        }
        for (text, number) in [("0", 0), ("-7", -7), ("+3", 3), ("017", 17), ("0x1F", 31), ("0o17", 15)] {
            assert_eq!(resolve(text), Value::Number(number.into()), "{text}");
        }
        assert_eq!(resolve("1.5"), Value::Number(Number::from_f64(1.5).unwrap()));
        assert_eq!(resolve("18446744073709551615"), Value::Number(u64::MAX.into()));
        assert_eq!((resolve("~"), resolve("True")), (Value::Null, Value::Bool(true)));
    }
}
