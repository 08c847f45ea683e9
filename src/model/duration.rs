//! Lengths of time as people write them: `90s`, `15m`, `2h`, `3d`, `2h30m`, or ISO 8601 `PT2H`.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in whole seconds, at most 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    #[error("`{0}` is not a duration (write `90s`, `15m`, `2h`, `3d` or `2h30m`)")]
    Syntax(String),
    #[error("`{0}` is longer than 100 years")]
    TooLong(String),
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Duration {
    pub const ZERO: Self = Self(0);
    /// 100 years of 365.25 days.
    pub const MAX: Self = Self(36_525 * DAY);
    /// What the JSON Schemas say of a duration; the reader is stricter on order and length.
    pub const PATTERN: &'static str = "^([0-9]+(w|d|h|m|s))+$|^P([0-9]+W|[0-9]+D(T([0-9]+H([0-9]+M)?([0-9]+S)?|[0-9]+M([0-9]+S)?|[0-9]+S))?|T([0-9]+H([0-9]+M)?([0-9]+S)?|[0-9]+M([0-9]+S)?|[0-9]+S))$";

    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    pub const fn from_minutes(minutes: u64) -> Self {
        Self(minutes * MINUTE)
    }

    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    pub const fn as_seconds(self) -> u64 {
        self.0
    }

    /// `percent` hundredths of this length, rounded down to a second.
    pub const fn percent(self, percent: u8) -> Self {
        Self(self.0 / 100 * percent as u64 + self.0 % 100 * percent as u64 / 100)
    }
}

impl Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Duration {
    type Output = Self;

    /// Nothing, where more is taken than there is.
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let syntax = || InvalidDuration::Syntax(text.to_owned());
        let plain = match text.strip_prefix('P') {
            Some(iso) => plain_from_iso(iso).ok_or_else(syntax)?,
            None => text.to_owned(),
        };
        let too_long = || InvalidDuration::TooLong(text.to_owned());
        let (mut total, mut rest, mut last_unit) = (0u64, plain.as_str(), u64::MAX);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let unit = unit_seconds(rest.as_bytes().get(digits).copied()).ok_or_else(syntax)?;
            // Each unit once, the larger before the smaller: `30m2h` is more often a slip than meant.
            if digits == 0 || unit >= last_unit {
                return Err(syntax());
            }
            let count: u64 = rest[..digits].parse().map_err(|_| too_long())?;
            total = count.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(too_long)?;
            last_unit = unit;
            rest = &rest[digits + 1..];
        }
        match Self(total) {
            _ if last_unit == u64::MAX => Err(syntax()),
            duration if duration > Self::MAX => Err(too_long()),
            duration => Ok(duration),
        }
    }
}

const fn unit_seconds(unit: Option<u8>) -> Option<u64> {
    match unit {
        Some(b'w') => Some(7 * DAY),
        Some(b'd') => Some(DAY),
        Some(b'h') => Some(HOUR),
        Some(b'm') => Some(MINUTE),
        Some(b's') => Some(1),
        _ => None,
    }
}

/// `T2H30M` → `2h30m`. Months and years have no fixed length and are refused.
fn plain_from_iso(iso: &str) -> Option<String> {
    let (date, time) = iso.split_once('T').map_or((iso, None), |(date, time)| (date, Some(time)));
    let date_fits = date.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'W' | b'D'));
    let time_fits = time.is_none_or(|time| {
        !time.is_empty()
            && time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'H' | b'M' | b'S'))
    });
    (date_fits && time_fits).then(|| (date.to_owned() + time.unwrap_or_default()).to_ascii_lowercase())
}

impl fmt::Display for Duration {
    /// The two largest units, as people say it: `2h30m`, `3d`, `45s`, `1d4h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s")];
        let (mut left, mut shown) = (self.0, 0);
        for (unit, name) in parts {
            if left >= unit && shown < 2 {
                write!(f, "{}{name}", left / unit)?;
                shown += 1;
            } else if shown > 0 {
                break;
            }
            left %= unit;
        }
        if shown == 0 { f.write_str("0s") } else { Ok(()) }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}s", self.0))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "description": "A length of time: `90s`, `15m`, `2h`, `3d`, `2h30m`, or ISO 8601 such as `PT2H`. At most 100 years."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("2h30m", 9000),
            ("3d", 259_200),
            ("PT2H", 7200),
            ("P1DT12H", 129_600),
            ("P2W", 1_209_600),
        ] {
            assert_eq!(text.parse(), Ok(Duration(seconds)), "{text}");
        }
    }

    #[test]
    fn refuses_nonsense_and_more_than_a_century() {
        for text in
            ["", "P", "PT", "2", "h", "30m2h", "1h1h", "-1h", "1.5h", "10 minutes", "P1M", "PT1D", "P1H"]
        {
            assert!(matches!(text.parse::<Duration>(), Err(InvalidDuration::Syntax(_))), "{text}");
        }
        for text in ["36526d", "99999999999999999999s", "18446744073709551615w"] {
            assert!(matches!(text.parse::<Duration>(), Err(InvalidDuration::TooLong(_))), "{text}");
        }
    }

    #[test]
    fn shows_the_two_largest_units() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (3600, "1h"), (9000, "2h30m"), (90_061, "1d1h"), (86_460, "1d")]
        {
            assert_eq!(Duration(seconds).to_string(), text);
        }
    }
}
