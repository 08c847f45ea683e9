//! JSON, whole or a value a line. Keys given twice are refused: one of the two would be lost.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::budget::Budget;
use super::to_memory;

pub(super) fn read(text: &str, budget: &Budget) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err("is empty, which is not JSON".into());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Counted(budget).deserialize(&mut reader).map_err(|error| in_words(&error))?;
    reader.end().map_err(|error| in_words(&error))?;
    Ok(value)
}

pub(super) fn read_lines(text: &str, budget: &Budget) -> Result<Value, String> {
    let mut values = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut reader = serde_json::Deserializer::from_str(line);
        let value = Counted(budget).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
        values.push(value.map_err(|error| format!("line {}: {}", index + 1, in_words(&error)))?);
    }
    Ok(Value::Array(values))
}

pub(super) fn write(value: &Value) -> Result<Vec<u8>, String> {
    to_memory(|bytes| {
        serde_json::to_writer_pretty(&mut *bytes, value).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        Ok(())
    })
}

pub(super) fn write_lines(value: &Value) -> Result<Vec<u8>, String> {
    let Value::Array(values) = value else {
        return Err("JSON lines are made of a list, and this is none".into());
    };
    to_memory(|bytes| {
        for value in values {
            serde_json::to_writer(&mut *bytes, value).map_err(|error| error.to_string())?;
            bytes.push(b'\n');
        }
        Ok(())
    })
}

fn in_words(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        // Of what is read here, only the limits and keys are no matter of syntax.
        Category::Data | Category::Io => error.to_string(),
        Category::Syntax | Category::Eof => format!("is not JSON: {error}"),
    }
}

/// Reads a value while counting what it holds.
struct Counted<'b>(&'b Budget);

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Counted<'_> {
    fn one<E: serde::de::Error>(&self, value: Value, text: usize) -> Result<Value, E> {
        self.0.take(text).map_err(E::custom)?;
        Ok(value)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.one(Value::Null, 0)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.one(value.into(), 0)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        self.one(number.into(), 0)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        self.one(number.into(), 0)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        self.one(number.into(), 0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.one(text.into(), text.len())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        let length = text.len();
        self.one(text.into(), length)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.one::<A::Error>(Value::Null, 0)?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Counted(self.0))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.one::<A::Error>(Value::Null, 0)?;
        let mut entries = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.one::<A::Error>(Value::Null, key.len())?;
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format!("key `{key}` is given twice")));
            }
            let value = map.next_value_seed(Counted(self.0))?;
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}
