//! `if:`, as an expression or as a structure that means the same.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;

use crate::expr::Operator;
use crate::load::{ShortOr, Spanned};

use super::{RawJson, Text};

/// `if: inputs.version != ""`, or `if: { field: inputs.version, operator: ne, value: "" }`.
pub(crate) type RawCondition = ShortOr<Spanned<RawExpression>, RawComparison>;

/// The text of an expression; `true` and `false` are ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawExpression(pub(crate) String);

impl<'de> Deserialize<'de> for RawExpression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if !text.is_empty() => Ok(Self(text)),
            Value::Bool(value) => Ok(Self(value.to_string())),
            _ => Err(D::Error::custom("expected an expression")),
        }
    }
}

impl JsonSchema for RawExpression {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "boolean"], "minLength": 1 })
    }
}

/// A condition as a structure: `all`, `any`, `not`, or the comparison of a field with a value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Condition")]
pub(crate) struct RawComparison {
    /// All of these must hold.
    pub(crate) all: Option<Spanned<Vec<Spanned<RawCondition>>>>,
    /// One of these must hold.
    pub(crate) any: Option<Spanned<Vec<Spanned<RawCondition>>>>,
    /// This must not hold.
    pub(crate) not: Option<Spanned<Box<RawCondition>>>,
    /// What is compared, such as `event.task.priority`.
    pub(crate) field: Option<Spanned<Text>>,
    /// How it is compared.
    pub(crate) operator: Option<Spanned<Operator>>,
    /// What it is compared with.
    pub(crate) value: Option<Spanned<RawJson>>,
}
