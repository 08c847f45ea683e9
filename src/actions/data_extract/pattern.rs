//! Regular expressions, which find their matches in linear time whatever they say.

use std::borrow::Cow;

use regex::{Captures, Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

use super::{Found, record};
use crate::actions::formats::cell_value;

/// What a compiled pattern may take, in bytes.
const MAX_SIZE: usize = 1 << 20;

#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text).size_limit(MAX_SIZE).dfa_size_limit(8 * MAX_SIZE).build();
        built.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("`{text}` is too large a pattern"),
            // The library draws the place on several lines; the last one says what is wrong.
            other => {
                let text_of = other.to_string();
                let last = text_of.lines().last().unwrap_or_default();
                format!("`{text}` is not a pattern: {}", last.strip_prefix("error: ").unwrap_or(last))
            }
        })
    }

    pub(super) fn has_names(&self) -> bool {
        self.0.capture_names().flatten().next().is_some()
    }

    /// Each match in a text: its named groups, or all of it as `match`.
    pub(super) fn find_all(&self, file: &str, text: &str, found: &mut Found) -> Result<(), String> {
        let (mut line, mut counted) = (1, 0);
        for captures in self.0.captures_iter(text) {
            let whole = captures.get_match();
            line += text[counted..whole.start()].matches('\n').count();
            counted = whole.start();
            let mut record = record(file, Some(line));
            if self.has_names() {
                self.name(&captures, &mut record);
            } else {
                record.insert("match".into(), whole.as_str().into());
            }
            found.add(record)?;
        }
        Ok(())
    }

    /// The groups of one line; nothing if it does not match.
    pub(super) fn line(&self, text: &str, record: &mut Map<String, Value>) -> Option<()> {
        let captures = self.0.captures(text)?;
        self.name(&captures, record);
        Some(())
    }

    fn name(&self, captures: &Captures<'_>, record: &mut Map<String, Value>) {
        for name in self.0.capture_names().flatten() {
            let value = captures.name(name).map_or(Value::Null, |group| cell_value(group.as_str()));
            record.insert(name.to_owned(), value);
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
