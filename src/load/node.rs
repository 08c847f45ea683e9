//! A tree of values that know where they stand in the text.

use smol_str::SmolStr;

use crate::diag::Span;

/// A value and its place. Of something that spans lines, the place is its first part, so
/// that a report shows one line and not the whole file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(SmolStr),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a mapping; keys are unique.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: SmolStr,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

impl Node {
    /// The same without places, for the JSON Schema validator.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => value.clone().into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_json()));
                serde_json::Value::Object(pairs.collect())
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What the segments of a JSON pointer lead to: the key's place, if the last of them is a key,
    /// and the value.
    pub(crate) fn at(&self, segments: &[String]) -> Option<(Option<Span>, &Self)> {
        let (mut node, mut key) = (self, None);
        for segment in segments {
            (key, node) = match &node.value {
                Value::Map(entries) => {
                    let entry = entries.iter().find(|entry| entry.key == *segment)?;
                    (Some(entry.key_span), &entry.value)
                }
                Value::List(items) => (None, items.get(segment.parse::<usize>().ok()?)?),
                _ => return None,
            };
        }
        Some((key, node))
    }

    /// What the segments lead to, for changing it.
    pub(crate) fn at_mut(&mut self, segments: &[String]) -> Option<&mut Self> {
        let mut node = self;
        for segment in segments {
            node = match &mut node.value {
                Value::Map(entries) => &mut entries.iter_mut().find(|entry| entry.key == *segment)?.value,
                Value::List(items) => items.get_mut(segment.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// Takes out what the segments lead to; nothing happens if that is the node itself or nothing.
    pub(crate) fn remove(&mut self, segments: &[String]) {
        let Some((last, parent)) = segments.split_last() else { return };
        let Some(node) = self.at_mut(parent) else { return };
        match &mut node.value {
            Value::Map(entries) => entries.retain(|entry| entry.key != *last),
            Value::List(items) => {
                if let Some(index) = last.parse::<usize>().ok().filter(|index| *index < items.len()) {
                    items.remove(index);
                }
            }
            _ => {}
        }
    }
}
