//! Points in time, in whole seconds of UTC, written as RFC 3339.
//!
//! Nothing here reads a clock: `now` is always an input.

use std::fmt;
use std::num::NonZeroU64;
use std::ops::{Add, Sub};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Duration;

/// A point in time: seconds since 1970-01-01T00:00:00Z, between the years 0001 and 9999.
///
/// Kept as the second of its first representable moment, from 1, so that an `Option<Time>` is no larger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(NonZeroU64);

/// Why a text is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time (RFC 3339 such as `2026-01-09T09:00:00Z` or `2026-01-09T18:00:00+09:00`)")]
pub struct InvalidTime(pub String);

pub(super) const LAST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
pub(super) const FIRST: i64 = -62_135_596_800; // 0001-01-01T00:00:00Z

impl Time {
    /// The nearest point in time that can be told, to a second since 1970-01-01T00:00:00Z.
    pub fn from_second(second: i64) -> Self {
        let since_first = second.clamp(FIRST, LAST).abs_diff(FIRST);
        Self(NonZeroU64::MIN.saturating_add(since_first))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn as_second(self) -> i64 {
        FIRST.saturating_add_unsigned(self.0.get() - 1)
    }

    /// The time passed since `earlier`; nothing if `earlier` lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_seconds(u64::try_from(self.as_second() - earlier.as_second()).unwrap_or(0))
    }
}

impl Default for Time {
    /// 1970-01-01T00:00:00Z.
    fn default() -> Self {
        Self::from_second(0)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_seconds()).unwrap_or(i64::MAX);
        Self::from_second(self.as_second().saturating_add(seconds))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_seconds()).unwrap_or(i64::MAX);
        Self::from_second(self.as_second().saturating_sub(seconds))
    }
}

impl FromStr for Time {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        if let Some(second) = parse_utc(text.as_bytes()) {
            return Ok(Self::from_second(second));
        }
        let time: jiff::Timestamp = text.parse().map_err(|_| InvalidTime(text.to_owned()))?;
        Ok(Self::from_second(time.as_second()))
    }
}

/// Reads the one spelling `orch` itself writes, `2026-01-09T00:00:00Z`; everything else is left to jiff.
/// A state of 100,000 tasks holds 300,000 of these.
fn parse_utc(text: &[u8]) -> Option<i64> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] = text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0i64, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    let valid = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    valid.then(|| days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", `days_from_civil`).
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.as_second().div_euclid(86_400));
        let second = self.as_second().rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// The inverse of [`days_from_civil`], from the same source.
pub(super) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in RFC 3339 such as `2026-01-09T09:00:00Z`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "A point in time in RFC 3339, such as `2026-01-09T09:00:00Z`."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_like_jiff() {
        for second in (-62_135_596_800..=LAST).step_by(86_400 * 37 + 3_601) {
            let text = jiff::Timestamp::from_second(second).unwrap().to_string();
            let time: Time = text.parse().unwrap();
            assert_eq!((time.as_second(), time.to_string()), (second, text));
        }
    }

    #[test]
    fn reads_offsets_and_refuses_nonsense() {
        assert_eq!("2026-01-09T18:00:00+09:00".parse::<Time>().unwrap().to_string(), "2026-01-09T09:00:00Z");
        for text in ["", "2026-02-30T00:00:00Z", "2026-01-09", "2026-01-09T24:00:00Z", "yesterday"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}
