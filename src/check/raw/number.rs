//! Whole numbers within bounds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Int<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Int<MIN, MAX> {
    pub(crate) fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> Int<MIN, MAX> {
    /// For numbers whose `MAX` fits a byte.
    pub(crate) fn byte(self) -> u8 {
        const { assert!(MAX <= 255) };
        u8::try_from(self.0).expect("the maximum fits a byte")
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Int<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(D::Error::custom("out of range")) }
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Int<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Int{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}
