//! Values of any shape, and mappings whose keys are names that expressions can say.

use std::borrow::Cow;
use std::marker::PhantomData;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use smol_str::SmolStr;

use crate::model::NAME_LENGTH;

/// Any value but none at all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawJson(pub(crate) Value);

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Err(D::Error::custom("expected a value")),
            value => Ok(Self(value)),
        }
    }
}

impl JsonSchema for RawJson {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean", "array", "object"] })
    }
}

/// A text, or a number or truth value that stands for its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawScalar(pub(crate) SmolStr);

impl<'de> Deserialize<'de> for RawScalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text.into())),
            value @ (Value::Number(_) | Value::Bool(_)) => Ok(Self(value.to_string().into())),
            _ => Err(D::Error::custom("expected a text")),
        }
    }
}

impl JsonSchema for RawScalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// A list, or a template that gives one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawItems(pub(crate) Value);

impl<'de> Deserialize<'de> for RawItems {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            value @ (Value::String(_) | Value::Array(_)) => Ok(Self(value)),
            _ => Err(D::Error::custom("expected a list or a template")),
        }
    }
}

impl JsonSchema for RawItems {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Items".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"] })
    }
}

/// A name that stands in expressions or in the environment: letters, digits and `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identifier(pub(crate) SmolStr);

impl Identifier {
    pub(crate) const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_]*$";

    pub(crate) fn accepts(text: &str) -> bool {
        text.len() <= NAME_LENGTH
            && text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if Self::accepts(&text) { Ok(Self(text)) } else { Err(D::Error::custom("not an identifier")) }
    }
}

impl JsonSchema for Identifier {
    fn schema_name() -> Cow<'static, str> {
        "Identifier".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "maxLength": NAME_LENGTH,
            "description": "A name of letters, digits and `_`, such as `DEPLOY_TOKEN` or `version`."
        })
    }
}

/// What the keys of a mapping look like.
pub(crate) trait KeyForm {
    const PATTERN: &'static str;
    fn accepts(key: &str) -> bool;
}

/// Keys that stand in expressions or in the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identifiers;

impl KeyForm for Identifiers {
    const PATTERN: &'static str = Identifier::PATTERN;

    fn accepts(key: &str) -> bool {
        Identifier::accepts(key)
    }
}

/// Names of HTTP headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderNames;

impl KeyForm for HeaderNames {
    const PATTERN: &'static str = "^[A-Za-z0-9-]+$";

    fn accepts(key: &str) -> bool {
        let fits = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && !key.is_empty() && key.len() <= NAME_LENGTH
    }
}

/// A mapping whose keys have a form, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyed<T, K = Identifiers>(pub(crate) IndexMap<SmolStr, T>, PhantomData<K>);

impl<T, K> Keyed<T, K> {
    pub(crate) fn iter(&self) -> indexmap::map::Iter<'_, SmolStr, T> {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>, K: KeyForm> Deserialize<'de> for Keyed<T, K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = IndexMap::<SmolStr, T>::deserialize(deserializer)?;
        if map.keys().all(|key| K::accepts(key)) {
            Ok(Self(map, PhantomData))
        } else {
            Err(D::Error::custom("a key has the wrong form"))
        }
    }
}

impl<T: JsonSchema, K: KeyForm> JsonSchema for Keyed<T, K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Keyed{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": K::PATTERN, "maxLength": NAME_LENGTH },
            "additionalProperties": value
        })
    }
}
