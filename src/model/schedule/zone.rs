//! Time zones by their IANA names, from the database in the binary: the same plan on every machine.
//!
//! A zone is a row of stretches in which the clocks keep one distance to UTC. All that a schedule
//! does at a change of the clocks follows from where one stretch ends and the next begins.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{self, TimeZone};
use smol_str::SmolStr;

/// A time zone of the IANA database, such as `Asia/Tokyo`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a text is not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a time zone of the IANA database", .given.escape_debug())]
pub struct UnknownZone {
    pub given: SmolStr,
    /// The name that was probably meant.
    pub nearest: Option<SmolStr>,
}

/// Names of the database that stand for "not set".
const NOT_SET: [&str; 2] = ["Factory", "Etc/Unknown"];
/// Longer than any name of the database.
const LONGEST: usize = 100;

impl Zone {
    /// Reads an IANA name; upper and lower case are alike, as in the database.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        if name.len() <= LONGEST
            && !NOT_SET.iter().any(|unset| unset.eq_ignore_ascii_case(name))
            && let Ok(zone) = tz::db().get(name)
        {
            return Ok(Self(zone));
        }
        Err(UnknownZone { given: name.into(), nearest: nearest(name) })
    }

    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// As the database writes it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The stretch with the second `at`.
    pub(super) fn stretch(&self, at: i64) -> Stretch {
        let offset = self.offset(at);
        // Some entries of the database change a name only, and not the clocks.
        let next = self.0.following(timestamp(at)).find(|change| seconds(change.offset()) != offset);
        let until = next.map_or(i64::MAX, |change| change.timestamp().as_second());
        let mut entry = self.entry(at);
        while let Some(from) = entry {
            let before = self.offset(from - 1);
            if before != offset {
                return Stretch { from, until, offset, before };
            }
            entry = self.entry(from - 1);
        }
        Stretch { from: i64::MIN, until, offset, before: offset }
    }

    /// The last entry of the database up to and including the second `at`.
    fn entry(&self, at: i64) -> Option<i64> {
        let listed = self.0.preceding(timestamp(at + 1)).next()?.timestamp();
        // jiff 0.2.43 passes over the last entry of a zone where the rule for the years after it has a
        // change that is earlier: Ciudad Juárez, 2022-11-30. Looking ahead from there finds it.
        let passed_over = self.0.following(listed).map(|change| change.timestamp().as_second());
        Some(passed_over.take_while(|change| *change <= at).last().unwrap_or(listed.as_second()))
    }

    /// Seconds that the clocks are ahead of UTC.
    fn offset(&self, at: i64) -> i64 {
        seconds(self.0.to_offset(timestamp(at)))
    }
}

/// A time in which the clocks keep one distance to UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// Its first second; `i64::MIN` if the clocks never changed before.
    pub(super) from: i64,
    /// The first second after it; `i64::MAX` if the clocks never change again.
    pub(super) until: i64,
    /// Seconds that the clocks are ahead of UTC.
    pub(super) offset: i64,
    /// The same, of the stretch before; as `offset` if there is none.
    pub(super) before: i64,
}

fn seconds(offset: tz::Offset) -> i64 {
    i64::from(offset.seconds())
}

/// The nearest time that the database can tell.
fn timestamp(second: i64) -> Timestamp {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

/// What was probably meant: a city without its continent, or a slip of the pen.
fn nearest(written: &str) -> Option<SmolStr> {
    let last_part = |name: &str| name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let written = written.trim().replace(' ', "_").to_ascii_lowercase();
    if written.is_empty() || written.len() > LONGEST {
        return None;
    }
    // The rest are abbreviations, of which `EST` is not what `JST` means.
    let known = || tz::db().available().filter(|name| name.as_str().contains('/'));
    let city = last_part(&written);
    if let Some(name) = known().find(|name| last_part(name.as_str()) == city) {
        return Some(name.as_str().into());
    }
    let allowed = if city.len() > 4 || written.contains('/') { city.len() / 3 } else { 0 };
    let distance = |a: &str, b: &str| {
        let comparable = a.len().abs_diff(b.len()) <= allowed;
        comparable.then(|| strsim::osa_distance(a, b)).filter(|distance| *distance <= allowed)
    };
    let near = known().filter_map(|name| {
        let lowered = name.as_str().to_ascii_lowercase();
        let of_both = [distance(&written, &lowered), distance(&city, &last_part(&lowered))];
        Some((of_both.into_iter().flatten().min()?, SmolStr::from(name.as_str())))
    });
    near.min().map(|(_, name)| name)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_in_any_case() {
        for (given, name) in
            [("Asia/Tokyo", "Asia/Tokyo"), ("europe/berlin", "Europe/Berlin"), ("UTC", "UTC"), ("utc", "UTC")]
        {
            assert_eq!(Zone::parse(given).unwrap().name(), name);
        }
        assert_eq!(Zone::parse("UTC").unwrap(), Zone::utc());
    }

    #[test]
    fn says_what_was_meant() {
        for (given, meant) in [
            ("Tokyo", Some("Asia/Tokyo")),
            ("new york", Some("America/New_York")),
            ("Europe/Berln", Some("Europe/Berlin")),
            ("Europ/Berlin", Some("Europe/Berlin")),
            ("America/Londn", Some("Europe/London")),
            ("+09:00", None),
            ("JST", None),
            ("CEST", None),
            ("", None),
            ("Factory", None),
            ("Mars/Olympus_Mons", None),
            ("../../etc/passwd", None),
        ] {
            let error = Zone::parse(given).unwrap_err();
            assert_eq!(error.nearest.as_deref(), meant, "{given}");
        }
        assert_eq!(
            Zone::parse("a\u{1b}[31m").unwrap_err().to_string(),
            "`a\\u{1b}[31m` is not a time zone of the IANA database"
        );
        assert!(Zone::parse(&"x".repeat(100_000)).is_err());
    }
}
