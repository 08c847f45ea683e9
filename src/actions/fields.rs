//! The types that arguments of actions are made of, and how arguments are read.
//!
//! Arguments are read twice by the same types: when they are checked, templates still stand in
//! their texts; when they are used, every text is final.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{ArgsError, Failure};
use crate::model::Duration;

/// Reads arguments strictly; the error knows the path of keys that leads to what is wrong.
pub fn read<T: DeserializeOwned>(args: &Value) -> Result<T, ArgsError> {
    // A list would be taken for the values of the keys in their order.
    if args.is_array() {
        return Err(ArgsError { path: Vec::new(), message: "expected a mapping of arguments".into() });
    }
    serde_path_to_error::deserialize(args).map_err(|error| {
        // `Unknown` and enum segments name no key of the document.
        let path = error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            _ => None,
        });
        ArgsError { path: path.collect(), message: plain_words(&error.inner().to_string()) }
    })
}

/// Reads arguments whose texts are final.
pub fn finished<T: DeserializeOwned>(args: &Value) -> Result<T, Failure> {
    read(args).map_err(Failure::from)
}

impl From<ArgsError> for Failure {
    fn from(error: ArgsError) -> Self {
        match error.path.as_slice() {
            [] => Self::last(error.message),
            path => Self::last(format!("`{}`: {}", path.join("."), error.message)),
        }
    }
}

/// The words of serde for what users see as keys and texts.
fn plain_words(message: &str) -> String {
    message.replace("unknown field", "unknown key").replace("missing field", "missing key").replace('"', "`")
}

/// Whether a text is not final, because a template stands in it.
pub fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// A value that is read from its text or literal, or a template that will give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Templated<T> {
    Value(T),
    Template(String),
}

impl<T> Templated<T> {
    /// The value.
    ///
    /// # Errors
    /// If the text is a template even now.
    pub fn get(&self) -> Result<&T, Failure> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Template(text) => Err(Failure::last(format!("`{text}` still holds a template"))),
        }
    }

    /// The value, unless it is a template.
    pub fn literal(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Template(_) => None,
        }
    }
}

/// The value of an argument that may be left out.
pub fn get<T>(field: Option<&Templated<T>>) -> Result<Option<&T>, Failure> {
    field.map(Templated::get).transpose()
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Templated<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if is_template(&text) => Ok(Self::Template(text)),
            value => T::deserialize(value).map(Self::Value).map_err(D::Error::custom),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Templated<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Templated{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [value, { "type": "string", "pattern": "\\{[{%#]" }] })
    }
}

/// `match: "*.log"` as well as `match: ["*.log", "*.txt"]`; of texts and of what is read from texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> std::ops::Deref for OneOrMany<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                Ok(OneOrMany(vec![T::deserialize(StrDeserializer::new(text))?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(OneOrMany(items))
            }
        }
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// A text; of a template that gives a number or a boolean, how that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            value @ (Value::Number(_) | Value::Bool(_)) => Ok(Self(value.to_string())),
            Value::Null => Err(D::Error::custom("nothing is given, where a text is expected")),
            _ => Err(D::Error::custom("a list or an object is given, where a text is expected")),
        }
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
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// A length of time, or a template that gives one.
pub type Age = Templated<Duration>;

/// A number of bytes: `10MB`, `512KiB`, or a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

const BYTE_UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let unit = BYTE_UNITS.iter().find_map(|(unit, bytes)| Some((lower.strip_suffix(unit)?, *bytes)));
        let (digits, bytes) = unit.unwrap_or((&lower, 1));
        let digits = digits.trim_end();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("`{text}` is not a size (write `500`, `10MB` or `512KiB`)"));
        }
        let size = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(bytes));
        size.map(Self).ok_or_else(|| format!("`{text}` is more than can be counted"))
    }
}

impl fmt::Display for ByteSize {
    /// As people say it, in decimal units: `10 MB`, `1.5 GB`, `999 B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, bytes) in
            [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)]
        {
            if self.0 >= bytes {
                let tenths = self.0 % bytes / (bytes / 10);
                return match tenths {
                    0 => write!(f, "{} {unit}", self.0 / bytes),
                    _ => write!(f, "{}.{tenths} {unit}", self.0 / bytes),
                };
            }
        }
        write!(f, "{} B", self.0)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;
        impl Visitor<'_> for SizeVisitor {
            type Value = ByteSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as `500`, `10MB` or `512KiB`")
            }

            fn visit_u64<E: serde::de::Error>(self, bytes: u64) -> Result<ByteSize, E> {
                Ok(ByteSize(bytes))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ByteSize, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(SizeVisitor)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^[0-9]+ *(([kKmMgGtT][iI]?)?[bB])?$" }
            ],
            "description": "A number of bytes: `500`, `10MB` (millions) or `512KiB` (1024 each)."
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        paths: OneOrMany<String>,
        older_than: Option<Age>,
        larger_than: Option<Templated<ByteSize>>,
        keep: Option<Templated<u32>>,
    }

    #[test]
    fn reads_literals_and_templates() {
        let args =
            json!({ "paths": "a", "older_than": "30d", "larger_than": "10MB", "keep": "{{ vars.keep }}" });
        let sample: Sample = read(&args).unwrap();
        assert_eq!(sample.paths.0, ["a"]);
        assert_eq!(get(sample.older_than.as_ref()).unwrap().unwrap().as_seconds(), 30 * 86_400);
        assert_eq!(get(sample.larger_than.as_ref()).unwrap(), Some(&ByteSize(10_000_000)));
        assert!(get(sample.keep.as_ref()).unwrap_err().message.contains("{{ vars.keep }}"));
        assert_eq!(read::<Sample>(&json!({ "paths": ["a", "b"] })).unwrap().paths.0, ["a", "b"]);
    }

    #[test]
    fn errors_say_where() {
        for (args, path, message) in [
            (json!({ "paths": ["a", 3] }), "paths.1", "invalid type: integer `3`, expected a string"),
            (json!({ "paths": 3 }), "paths", "invalid type: integer `3`, expected a text or a list of texts"),
            (json!({}), "", "missing key `paths`"),
            (json!({ "paths": "a", "older_than": "soon" }), "older_than", "`soon` is not a duration"),
            (json!({ "paths": "a", "keep": -1 }), "keep", "invalid value: integer `-1`, expected u32"),
            (json!({ "paths": "a", "larger_than": "10 apples" }), "larger_than", "`10 apples` is not a size"),
            (json!({ "paths": "a", "path": "b" }), "path", "unknown key `path`, expected one of"),
        ] {
            let error = read::<Sample>(&args).unwrap_err();
            assert_eq!(error.path.join("."), path, "{args}");
            assert!(error.message.starts_with(message), "{args}: {}", error.message);
        }
    }

    #[test]
    fn the_schema_agrees() {
        let schema = schemars::schema_for!(Sample);
        let schema = jsonschema::validator_for(schema.as_value()).unwrap();
        for args in [
            json!({ "paths": ["a"], "older_than": "{{ age }}", "larger_than": "5 kB", "keep": 3 }),
            json!({ "paths": "a", "older_than": "30d", "larger_than": 7, "keep": "{{ 3 }}" }),
            json!({ "paths": "a", "larger_than": "5 apples" }),
            json!({ "paths": "a", "larger_than": "5k" }),
            json!({ "paths": "a", "keep": "3" }),
            json!({ "paths": "a", "older_than": "soon" }),
            json!({ "paths": 1 }),
        ] {
            assert_eq!(schema.is_valid(&args), read::<Sample>(&args).is_ok(), "{args}");
        }
    }

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes) in
            [("0", 0), ("500", 500), ("10MB", 10_000_000), ("10 mb", 10_000_000), ("1KiB", 1024), ("3b", 3)]
        {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for text in ["", "MB", "-1", "1.5GB", "1 XB", "99999999999TB", "18446744073709551616"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
        for (bytes, text) in [(0, "0 B"), (1_500, "1.5 kB"), (10_000_000, "10 MB"), (1 << 30, "1 GB")] {
            assert_eq!(ByteSize(bytes).to_string(), text);
        }
    }
}
