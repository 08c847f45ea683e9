//! Texts with a form: names, tags, titles, priorities.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use smol_str::SmolStr;

use crate::model::{NAME_LENGTH, Priority, TAG_PATTERN, is_tag};

const TITLE_LENGTH: usize = 250;

/// A kebab-case name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RawName(pub(crate) SmolStr);

impl RawName {
    pub(crate) const PATTERN: &'static str = "^[a-z0-9]+(-[a-z0-9]+)*$";

    pub(crate) fn accepts(text: &str) -> bool {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        text.len() <= NAME_LENGTH && text.split('-').all(part)
    }
}

impl Deref for RawName {
    type Target = SmolStr;

    fn deref(&self) -> &SmolStr {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RawName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if Self::accepts(&text) { Ok(Self(text)) } else { Err(D::Error::custom("not a kebab-case name")) }
    }
}

impl JsonSchema for RawName {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "maxLength": NAME_LENGTH,
            "description": "A name in kebab-case: small letters, digits and single dashes, such as `agent-01`."
        })
    }
}

/// A word that people sort tasks by. It is declared nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Tag(pub(crate) SmolStr);

impl Deref for Tag {
    type Target = SmolStr;

    fn deref(&self) -> &SmolStr {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if is_tag(&text) { Ok(Self(text)) } else { Err(D::Error::custom("not a single word")) }
    }
}

impl JsonSchema for Tag {
    fn schema_name() -> Cow<'static, str> {
        "Tag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": TAG_PATTERN,
            "maxLength": NAME_LENGTH,
            "description": "One word: letters, digits and `. _ / : -`, such as `asset` or `case_study`."
        })
    }
}

/// A text for people that fits on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title(pub(crate) String);

impl<'de> Deserialize<'de> for Title {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.chars().count() {
            1..=TITLE_LENGTH => Ok(Self(text)),
            _ => Err(D::Error::custom("empty or too long")),
        }
    }
}

impl JsonSchema for Title {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Title".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": TITLE_LENGTH })
    }
}

/// A text of any length but none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Text(pub(crate) SmolStr);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if text.is_empty() { Err(D::Error::custom("empty")) } else { Ok(Self(text)) }
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// A priority, strictly as the schema of [`Priority`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawPriority(pub(crate) Priority);

impl<'de> Deserialize<'de> for RawPriority {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PriorityVisitor;
        impl Visitor<'_> for PriorityVisitor {
            type Value = RawPriority;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a priority")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawPriority, E> {
                let found = Priority::ALL.into_iter().find(|priority| priority.as_str() == text);
                found.map(RawPriority).ok_or_else(|| E::custom("not a priority"))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<RawPriority, E> {
                let index = usize::try_from(number).unwrap_or(usize::MAX);
                let found = Priority::ALL.get(index).copied();
                found.map(RawPriority).ok_or_else(|| E::custom("not a priority"))
            }
        }
        deserializer.deserialize_any(PriorityVisitor)
    }
}

impl JsonSchema for RawPriority {
    fn schema_name() -> Cow<'static, str> {
        Priority::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Priority::json_schema(generator)
    }
}
