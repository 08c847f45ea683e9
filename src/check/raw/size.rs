//! Numbers of bytes by their form alone.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use crate::actions::fields::ByteSize;

/// A number of bytes: `500`, `10MB`, `512KiB`. More than can be counted is as much as can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawSize(pub(crate) u64);

impl RawSize {
    pub(crate) const PATTERN: &'static str = "^[0-9]+ *([kKmMgGtT]?[bB]|[kKmMgGtT][iI][bB])$";
}

/// What [`RawSize::PATTERN`] matches.
fn is_form(text: &str) -> bool {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let units = ["b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib"];
    unit.len() < text.len() && units.contains(&unit.trim_start_matches(' ').to_ascii_lowercase().as_str())
}

impl<'de> Deserialize<'de> for RawSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || D::Error::custom("not a size");
        match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_u64().map(Self).ok_or_else(wrong),
            Value::String(text) if is_form(&text) => {
                Ok(Self(text.parse::<ByteSize>().map_or(u64::MAX, |size| size.0)))
            }
            _ => Err(wrong()),
        }
    }
}

impl JsonSchema for RawSize {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": u64::MAX },
                { "type": "string", "pattern": Self::PATTERN }
            ],
            "description": "A number of bytes: `500`, `10MB` (millions) or `512KiB` (1024 each)."
        })
    }
}
