//! Keys that are the names of built-in actions, beside those that a type names itself.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use smol_str::SmolStr;

use crate::actions::{self, ACTIONS, Action};
use crate::load::Spanned;

use super::RawJson;

/// One use of a built-in action: `files.delete: { … }`.
#[derive(Debug, Clone)]
pub(crate) struct RawCall {
    pub(crate) action: &'static dyn Action,
    pub(crate) args: Spanned<RawJson>,
}

/// The keys of a `K`, and any number of actions among them.
#[derive(Debug, Clone)]
pub(crate) struct WithCalls<K> {
    pub(crate) keys: K,
    pub(crate) calls: Vec<RawCall>,
}

impl<'de, K: Deserialize<'de>> Deserialize<'de> for WithCalls<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("WithCalls", &[], KeysVisitor(PhantomData))
    }
}

struct KeysVisitor<K>(PhantomData<K>);

impl<'de, K: Deserialize<'de>> Visitor<'de> for KeysVisitor<K> {
    type Value = WithCalls<K>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a mapping of keys and actions")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WithCalls<K>, A::Error> {
        let mut calls = Vec::new();
        let keys = K::deserialize(MapAccessDeserializer::new(Sieve { map, calls: &mut calls }))?;
        Ok(WithCalls { keys, calls })
    }
}

/// A mapping from which the actions are taken out as they come by.
struct Sieve<'c, A> {
    map: A,
    calls: &'c mut Vec<RawCall>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Sieve<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<SmolStr>()? {
            match actions::find(&key) {
                Some(action) => self.calls.push(RawCall { action, args: self.map.next_value()? }),
                None => return seed.deserialize(StrDeserializer::new(&key)).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Of the arguments, this says nothing: each action has a schema of its own.
impl<K: JsonSchema> JsonSchema for WithCalls<K> {
    fn schema_name() -> Cow<'static, str> {
        K::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = K::json_schema(generator);
        if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
            for action in ACTIONS {
                let mut property = RawJson::json_schema(generator);
                property.insert("description".to_owned(), action.about().into());
                properties.insert(action.name().to_owned(), property.into());
            }
        }
        schema
    }
}
