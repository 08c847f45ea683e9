//! Texts with a form, as arguments hold them: names, tags, codes of tasks, figures.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;
use smol_str::SmolStr;

use super::fields::is_template;
use super::formats::Format;
use super::http_request;
use crate::model::{InvalidTime, NAME_LENGTH, Priority, TAG_PATTERN, Time, is_tag};

/// The form of a text.
pub(super) trait Form {
    const NAME: &'static str;
    const PATTERN: &'static str;
    /// What it is, to follow on `is not`, with an example.
    const ABOUT: &'static str;

    fn accepts(text: &str) -> bool;
}

/// A text of a form, 64 characters at most.
pub(super) struct Formed<F>(pub(super) SmolStr, PhantomData<F>);

impl<F> fmt::Debug for Formed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, F: Form> Deserialize<'de> for Formed<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if text.len() <= NAME_LENGTH && F::accepts(&text) {
            return Ok(Self(text, PhantomData));
        }
        Err(D::Error::custom(format!("`{text}` is not {}", F::ABOUT)))
    }
}

impl<F: Form> JsonSchema for Formed<F> {
    fn schema_name() -> Cow<'static, str> {
        F::NAME.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": F::PATTERN, "maxLength": NAME_LENGTH })
    }
}

/// The kebab-case name of something declared.
#[derive(Debug)]
pub(super) struct KebabCase;

impl Form for KebabCase {
    const NAME: &'static str = "Name";
    const PATTERN: &'static str = "^[a-z0-9]+(-[a-z0-9]+)*$";
    const ABOUT: &'static str = "a name (small letters, digits and single dashes, such as `agent-01`)";

    fn accepts(text: &str) -> bool {
        let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        text.split('-').all(|part| !part.is_empty() && part.bytes().all(is_inner))
    }
}

/// A word that tasks are sorted by.
#[derive(Debug)]
pub(super) struct TagWord;

impl Form for TagWord {
    const NAME: &'static str = "Tag";
    const PATTERN: &'static str = TAG_PATTERN;
    const ABOUT: &'static str = "a single word of letters, digits and `. _ / : -`, such as `case_study`";

    fn accepts(text: &str) -> bool {
        is_tag(text)
    }
}

/// The name of a metric or stored value, as expressions write it.
#[derive(Debug)]
pub(super) struct Identifier;

impl Form for Identifier {
    const NAME: &'static str = "Identifier";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_]*$";
    const ABOUT: &'static str = "a name of letters, digits and `_`, such as `disk_used_percent`";

    fn accepts(text: &str) -> bool {
        text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

/// The prefix of task codes.
#[derive(Debug)]
pub(super) struct CodePrefix;

impl Form for CodePrefix {
    const NAME: &'static str = "CodePrefix";
    const PATTERN: &'static str = "^[A-Z][A-Z0-9]{0,31}$";
    const ABOUT: &'static str = "the prefix of task codes (capital letters and digits, such as `CONTENT`)";

    fn accepts(text: &str) -> bool {
        (1..=32).contains(&text.len())
            && text.bytes().next().is_some_and(|first| first.is_ascii_uppercase())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    }
}

/// A text for people or machines. A number or boolean is the text of it, since a template that is
/// nothing but one value gives that value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
                Ok(Text(Value::from(number).to_string()))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// A number, or the text of one as programs print it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure(pub(super) f64);

impl Figure {
    const PATTERN: &'static str = r"^[ \t\r\n]*[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?[ \t\r\n]*$";

    fn of_text(text: &str) -> Option<f64> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        let (rest, exponent) =
            text.split_once(['e', 'E']).map_or((text, "0"), |(rest, digits)| (rest, digits));
        let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let (whole, part) = rest.split_once('.').unwrap_or((rest, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits(whole) && digits(part) && digits(exponent) && exponent.len() <= 2;
        fits.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => {
                number.as_f64().map(Self).ok_or_else(|| D::Error::custom("not a number"))
            }
            Value::String(text) => Self::of_text(&text)
                .map(Self)
                .ok_or_else(|| D::Error::custom(format!("`{text}` is not a number"))),
            _ => Err(D::Error::custom("expected a number, or a template that gives one")),
        }
    }
}

impl JsonSchema for Figure {
    fn schema_name() -> Cow<'static, str> {
        "Figure".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": Self::PATTERN }] })
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole<const MIN: u16, const MAX: u16>(pub(super) u16);

impl<const MIN: u16, const MAX: u16> Whole<MIN, MAX> {
    /// For numbers whose `MAX` fits a byte.
    pub(super) fn byte(self) -> u8 {
        const { assert!(MAX <= 255) };
        u8::try_from(self.0).expect("the maximum fits a byte")
    }
}

impl<'de, const MIN: u16, const MAX: u16> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        let found =
            (MIN..=MAX).find(|whole| f64::from(*whole).partial_cmp(&number).is_some_and(Ordering::is_eq));
        found
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("`{number}` is not a whole number from {MIN} to {MAX}")))
    }
}

impl<const MIN: u16, const MAX: u16> JsonSchema for Whole<MIN, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Whole{MIN}To{MAX}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// A priority as files write it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PriorityWord(pub(super) Priority);

impl<'de> Deserialize<'de> for PriorityWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = match Value::deserialize(deserializer)? {
            Value::String(text) => Priority::ALL.into_iter().find(|priority| priority.as_str() == text),
            Value::Number(number) => {
                let at = |index: usize| number.as_f64() == u32::try_from(index).ok().map(f64::from);
                (0..Priority::ALL.len()).find(|index| at(*index)).map(|index| Priority::ALL[index])
            }
            _ => None,
        };
        found.map(Self).ok_or_else(|| D::Error::custom("expected a priority (P0, P1, P2 or P3)"))
    }
}

impl JsonSchema for PriorityWord {
    fn schema_name() -> Cow<'static, str> {
        Priority::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Priority::json_schema(generator)
    }
}

/// A point in time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(pub(super) Time);

impl Moment {
    const PATTERN: &'static str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[-+][0-9]{2}:[0-9]{2})$";
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static FORM: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(Moment::PATTERN).expect("a test compiles every schema"));
        let text = String::deserialize(deserializer)?;
        let time = text.parse().ok().filter(|_| FORM.is_match(&text));
        time.map(Self).ok_or_else(|| D::Error::custom(InvalidTime(text)))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "description": "A point in time in RFC 3339, such as `2026-01-09T09:00:00Z`."
        })
    }
}

/// The path of a file in one of the formats of data, told by its ending.
#[derive(Debug, Clone)]
pub(super) struct DataPath(pub(super) String);

impl<'de> Deserialize<'de> for DataPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = String::deserialize(deserializer)?;
        match Format::of_path(&path) {
            Err(problem) if !is_template(&path) => Err(D::Error::custom(problem)),
            _ => Ok(Self(path)),
        }
    }
}

impl JsonSchema for DataPath {
    fn schema_name() -> Cow<'static, str> {
        "DataPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "\\.([jJ][sS][oO][nN][lL]?|[nN][dD][jJ][sS][oO][nN]|[cCtT][sS][vV]|[tT][aA][bB]|[yY][aA]?[mM][lL]|[xX][lL][sS][xXmM])$|\\{[{%#]"
        })
    }
}

/// What separates the cells of CSV.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delimiter(pub(super) u8);

impl<'de> Deserialize<'de> for Delimiter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_bytes() {
            [one @ (b',' | b';' | b'\t' | b'|' | b':' | b' ')] => Ok(Self(*one)),
            b"tab" => Ok(Self(b'\t')),
            _ => Err(D::Error::custom(format!(
                "`{text}` does not separate cells (`,`, `;`, `|`, `:`, a space, or `tab` do)"
            ))),
        }
    }
}

impl JsonSchema for Delimiter {
    fn schema_name() -> Cow<'static, str> {
        "Delimiter".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [",", ";", "|", ":", " ", "\t", "tab"] })
    }
}

/// An address of the web with its host written out: templates may stand only after that.
#[derive(Debug, Clone)]
pub(super) struct WebAddress(pub(super) String);

impl<'de> Deserialize<'de> for WebAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let url = String::deserialize(deserializer)?;
        http_request::literal_host(&url).map_err(D::Error::custom)?;
        Ok(Self(url))
    }
}

impl JsonSchema for WebAddress {
    fn schema_name() -> Cow<'static, str> {
        "WebAddress".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[hH][tT][tT][pP][sS]?://[A-Za-z0-9._\\[][^@\\\\/?#{\\s]*([/?#]|$)" })
    }
}

/// Reads a key that is there, so that one with no value is not taken for one that is absent.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
