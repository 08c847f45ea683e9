//! Durations by their form alone, so that order and size can be judged one by one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error};

use crate::model::{Duration, InvalidDuration};

/// A text of the form of a duration, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawDuration(pub(crate) Result<Duration, InvalidDuration>);

impl<'de> Deserialize<'de> for RawDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_form(&text) { Ok(Self(text.parse())) } else { Err(D::Error::custom("not a duration")) }
    }
}

/// What [`Duration::PATTERN`] matches.
fn is_form(text: &str) -> bool {
    let Some(iso) = text.strip_prefix('P') else {
        return !text.is_empty() && after_units(text, &['w', 'd', 'h', 'm', 's'], true).is_empty();
    };
    let (date, time) = iso.split_once('T').map_or((iso, None), |(date, time)| (date, Some(time)));
    match time {
        None => {
            !date.is_empty() && [&['W'], &['D']].iter().any(|unit| after_units(date, *unit, false).is_empty())
        }
        Some(time) => {
            !time.is_empty()
                && after_units(date, &['D'], false).is_empty()
                && after_units(time, &['H', 'M', 'S'], false).is_empty()
        }
    }
}

/// What is left after as many counted units as there are: in any order and number if `free`,
/// else each at most once and in the order given.
fn after_units<'t>(mut text: &'t str, units: &[char], free: bool) -> &'t str {
    let mut allowed = units;
    loop {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let unit = text[digits..].chars().next().and_then(|unit| allowed.iter().position(|one| *one == unit));
        match unit {
            Some(at) if digits > 0 => {
                text = &text[digits + 1..];
                allowed = if free { units } else { &allowed[at + 1..] };
            }
            _ => return text,
        }
    }
}

impl JsonSchema for RawDuration {
    fn schema_name() -> Cow<'static, str> {
        Duration::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Duration::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_pattern() {
        let pattern = regex::Regex::new(Duration::PATTERN).unwrap();
        let letters = ["", "P", "T", "1", "2", "W", "D", "H", "M", "S", "d", "h"];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            texts = texts.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))).collect();
            texts.sort();
            texts.dedup();
        }
        texts.extend(["P1DT2H3M", "P1DT2H3M4S", "PT1H2S", "PT2S1H", "P1W1D", "P1DT"].map(str::to_owned));
        for text in texts {
            assert_eq!(is_form(&text), pattern.is_match(&text), "{text:?}");
        }
    }
}
