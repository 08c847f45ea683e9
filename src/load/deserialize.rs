//! Reads Rust types from a [`Node`] with serde, keeping the place of everything that asks for it.
//!
//! A value that is there is never taken for absent: `role:` with nothing behind it is an error,
//! not the default.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::diag::Span;

use super::{Node, Value, list, short, spanned};

/// Why a node is not what a type wants, at the innermost value that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) message: String,
    pub(crate) span: Option<Span>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mismatch {}

impl serde::de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }
}

/// Reads a `T` from a tree.
pub(crate) fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, Mismatch> {
    T::deserialize(node)
}

impl<'de> IntoDeserializer<'de, Mismatch> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> serde::Deserializer<'de> for &'de Node {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.located(match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.as_str(), &entry.value));
                visitor.visit_map(MapDeserializer::new(pairs))
            }
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match name {
            spanned::NAME => visitor.visit_seq(Located { node: self, step: 0 }),
            short::NAME => visitor.visit_seq(Shaped { node: self, step: 0 }),
            list::NAME => {
                let items = self.items().unwrap_or(std::slice::from_ref(self));
                visitor.visit_seq(SeqDeserializer::new(items.iter()))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.located(match &self.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(serde::de::Error::custom("expected a word")),
        })
    }

    /// A mapping only: serde's derived types would take a list of their fields as well.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.value {
            Value::Map(_) => self.deserialize_any(visitor),
            _ => self.located(Err(serde::de::Error::custom("expected a mapping"))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl Node {
    /// Gives an error its place, unless it has one from further in.
    fn located<T>(&self, result: Result<T, Mismatch>) -> Result<T, Mismatch> {
        result.map_err(|error| Mismatch { span: error.span.or(Some(self.span)), ..error })
    }
}

/// Whole numbers are whole however they are written; JSON Schema holds `3.0` for an integer too.
fn visit_number<'de, V: Visitor<'de>>(number: &serde_json::Number, visitor: V) -> Result<V::Value, Mismatch> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if let Some(value) = number.as_u64() {
        return visitor.visit_u64(value);
    }
    if let Some(value) = number.as_i64() {
        return visitor.visit_i64(value);
    }
    let value = number.as_f64().unwrap_or(f64::NAN);
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and below 2^53")]
    if value.fract() == 0.0 && value.abs() < EXACT {
        return match value as i64 {
            negative @ ..0 => visitor.visit_i64(negative),
            positive => visitor.visit_u64(positive.unsigned_abs()),
        };
    }
    visitor.visit_f64(value)
}

/// A node as the sequence of start, end and value that `Spanned` reads.
struct Located<'de> {
    node: &'de Node,
    step: u8,
}

impl<'de> SeqAccess<'de> for Located<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(self.node.span.start.into_deserializer()).map(Some),
            2 => seed.deserialize(self.node.span.end.into_deserializer()).map(Some),
            3 => seed.deserialize(self.node).map(Some),
            _ => Ok(None),
        }
    }
}

/// A node as the sequence of shape and value that `ShortOr` reads.
struct Shaped<'de> {
    node: &'de Node,
    step: u8,
}

impl<'de> SeqAccess<'de> for Shaped<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(matches!(self.node.value, Value::Map(_)).into_deserializer()).map(Some),
            2 => seed.deserialize(self.node).map(Some),
            _ => Ok(None),
        }
    }
}
