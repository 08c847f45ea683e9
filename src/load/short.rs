//! A value that may be written short: a word, a number or a list where a mapping says more.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// The name by which the type asks the deserializer of this module's neighbour for the shape.
pub(super) const NAME: &str = "$orch::ShortOr";

/// `retry: 3` as well as `retry: { attempts: 3 }`: a mapping is read as an `L`, anything else as
/// an `S`. Deserializes only from a [`Node`](super::Node).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ShortOr<S, L> {
    Short(S),
    Long(L),
}

impl<S, L> ShortOr<S, L> {
    pub(crate) fn long(&self) -> Option<&L> {
        match self {
            Self::Short(_) => None,
            Self::Long(long) => Some(long),
        }
    }
}

impl<'de, S: Deserialize<'de>, L: Deserialize<'de>> Deserialize<'de> for ShortOr<S, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, ShapeVisitor(PhantomData))
    }
}

struct ShapeVisitor<S, L>(PhantomData<(S, L)>);

impl<'de, S: Deserialize<'de>, L: Deserialize<'de>> Visitor<'de> for ShapeVisitor<S, L> {
    type Value = ShortOr<S, L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its shape")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<ShortOr<S, L>, A::Error> {
        let missing = || A::Error::custom("a shape is missing");
        let is_map: bool = parts.next_element()?.ok_or_else(missing)?;
        if is_map {
            parts.next_element()?.map(ShortOr::Long).ok_or_else(missing)
        } else {
            parts.next_element()?.map(ShortOr::Short).ok_or_else(missing)
        }
    }
}

impl<S: JsonSchema, L: JsonSchema> JsonSchema for ShortOr<S, L> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", S::schema_name(), L::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (short, long) = (generator.subschema_for::<S>(), generator.subschema_for::<L>());
        json_schema!({ "anyOf": [short, long] })
    }
}
