//! Task codes such as `CONTENT-010`: a prefix and a number, unique for the life of a project.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// A task code: capital letters and digits, a dash, a number of 1 to 9 digits.
///
/// Codes order by prefix, then by number, so that `CONTENT-9` comes before `CONTENT-10`.
/// `CONTENT-010` and `CONTENT-10` are two spellings of the same code.
#[derive(Debug, Clone)]
pub struct Code(SmolStr);

/// Why a text is not a task code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a task code (a prefix in capitals, a dash and a number, such as `CONTENT-010`; `REVIEW` is taken)"
)]
pub struct InvalidCode(pub String);

impl Code {
    /// The regular expression of a valid code, as it stands in the JSON Schemas.
    pub const PATTERN: &'static str = "^[A-Z][A-Z0-9]{0,31}-[0-9]{1,9}$";

    pub fn new(prefix: &str, number: u32) -> Result<Self, InvalidCode> {
        format!("{prefix}-{number:03}").parse()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn prefix(&self) -> &str {
        &self.0[..self.dash()]
    }

    pub fn number(&self) -> u32 {
        self.0[self.dash() + 1..].bytes().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
    }

    fn dash(&self) -> usize {
        // A prefix holds no dash, so the first one is the separator.
        self.0.bytes().position(|byte| byte == b'-').expect("a code is checked when it is made")
    }
}

impl FromStr for Code {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        if is_code(text) { Ok(Self(text.into())) } else { Err(InvalidCode(text.to_owned())) }
    }
}

fn is_code(text: &str) -> bool {
    let Some((prefix, number)) = text.split_once('-') else { return false };
    let letters = prefix.as_bytes();
    // `REVIEW-025` is a review wherever a subject is named.
    prefix != "REVIEW"
        && (1..=32).contains(&letters.len())
        && letters[0].is_ascii_uppercase()
        && letters.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && (1..=9).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.number() == other.number() && self.prefix() == other.prefix())
    }
}

impl Eq for Code {}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (prefix, number) = self.0.split_at(self.dash());
        state.write(prefix.as_bytes());
        state.write(number[1..].trim_start_matches('0').as_bytes());
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> Ordering {
        self.prefix().cmp(other.prefix()).then_with(|| self.number().cmp(&other.number()))
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if is_code(&text) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom(InvalidCode(text.to_string())))
        }
    }
}

impl JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "not": { "pattern": "^REVIEW-" },
            "description": "Task code: a prefix in capitals, a dash and a number, such as `CONTENT-010`."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_number_not_by_text() {
        let mut codes: Vec<Code> =
            ["CONTENT-10", "CONTENT-9", "ASSET-2"].iter().map(|c| c.parse().unwrap()).collect();
        codes.sort();
        assert_eq!(
            codes.iter().map(Code::as_str).collect::<Vec<_>>(),
            ["ASSET-2", "CONTENT-9", "CONTENT-10"]
        );
    }

    #[test]
    fn leading_zeros_do_not_matter() {
        let set: std::collections::HashSet<Code> =
            ["A-7", "A-007", "A-70", "B-7"].iter().map(|c| c.parse().unwrap()).collect();
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn refuses_what_is_not_a_code() {
        for text in [
            "",
            "REVIEW-1",
            "CONTENT",
            "content-1",
            "CONTENT-",
            "-1",
            "CONTENT-1x",
            "CONTENT-1234567890",
            "A B-1",
        ] {
            assert!(text.parse::<Code>().is_err(), "{text}");
        }
    }
}
