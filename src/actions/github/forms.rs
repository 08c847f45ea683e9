//! What arguments of the actions on GitHub are made of: numbers, commits, lines, names of checks.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use crate::actions::words::Form;

/// The number of a pull request or run, or the text of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(pub(super) u64);

/// Numbers of GitHub stay below what JavaScript counts exactly.
const LARGEST: u64 = (1 << 53) - 1;

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let digits = match &value {
            Value::Number(number) => number.as_u64().map_or_else(
                || number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
                |whole| whole.to_string(),
            ),
            Value::String(text) if text.len() <= 16 => text.clone(),
            _ => String::new(),
        };
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|number| is_plain && (1..=LARGEST).contains(number));
        number
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("`{}` is not a number of GitHub's", shown(&value))))
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "GithubNumber".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": LARGEST },
            { "type": "string", "pattern": "^[1-9][0-9]{0,14}$" },
        ] })
    }
}

/// The full hash of a commit.
#[derive(Debug)]
pub(super) struct Sha;

impl Form for Sha {
    const NAME: &'static str = "Sha";
    const PATTERN: &'static str = "^[0-9A-Fa-f]{40}$";
    const ABOUT: &'static str = "the full hash of a commit (40 hexadecimal digits)";

    fn accepts(text: &str) -> bool {
        text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// A text of one line that is not empty. A number is the text of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line(pub(super) String);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(D::Error::custom("expected a text of one line")),
        };
        let is_control = |letter: char| letter < ' ' || letter == '\u{7f}';
        if text.is_empty() || text.contains(is_control) {
            return Err(D::Error::custom("expected a text of one line that is not empty"));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for Line {
    fn schema_name() -> Cow<'static, str> {
        "Line".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"], "pattern": "^[^\\u0000-\\u001f\\u007f]+$" })
    }
}

/// Which checks must have succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checks {
    All,
    Named(Vec<Line>),
}

impl<'de> Deserialize<'de> for Checks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "all" => Ok(Self::All),
            list @ Value::Array(_) => serde_json::from_value(list).map(Self::Named).map_err(D::Error::custom),
            _ => Err(D::Error::custom("expected `all`, or a list of names of checks")),
        }
    }
}

impl JsonSchema for Checks {
    fn schema_name() -> Cow<'static, str> {
        "Checks".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<Line>();
        json_schema!({ "anyOf": [{ "enum": ["all"] }, { "type": "array", "items": name }] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_whole_and_positive() {
        for (value, number) in [(json!(1), 1), (json!("27"), 27), (json!(7.0), 7), (json!(LARGEST), LARGEST)]
        {
            assert_eq!(serde_json::from_value::<Number>(value).unwrap(), Number(number));
        }
        for value in
            [json!(0), json!(-1), json!(1.5), json!("01"), json!("1 "), json!("+1"), json!(LARGEST + 1)]
        {
            assert!(serde_json::from_value::<Number>(value.clone()).is_err(), "{value}");
        }
    }
}
