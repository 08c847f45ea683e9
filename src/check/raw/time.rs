//! Points in time by their type alone, so that a wrong one gets its own message.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer};

use crate::model::{InvalidTime, Time};

/// A text, and the time it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawTime(pub(crate) Result<Time, InvalidTime>);

impl<'de> Deserialize<'de> for RawTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.parse()))
    }
}

impl JsonSchema for RawTime {
    fn schema_name() -> Cow<'static, str> {
        Time::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Time::json_schema(generator)
    }
}
