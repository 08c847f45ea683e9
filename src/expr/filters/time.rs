//! Filters over moments and lengths of time.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::ExprError;
use super::super::error::literal;
use super::super::fuel::Fuel;
use super::super::text::kind;
use super::{string, string_or};

/// Characters of a format; each gives a few dozen at most.
const FORMAT: usize = 200;

/// A moment as RFC 3339 or in seconds since 1970, by strftime in a zone (UTC if none is named).
pub(super) fn date(value: &Value, arguments: &[&Value], fuel: &Fuel) -> Result<Value, ExprError> {
    let moment = match value {
        Value::Number(number) => number.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
        other => string(other, fuel)?.parse().ok(),
    };
    let moment = moment.ok_or_else(|| {
        let shown = value.as_str().map_or_else(|| "the number".to_owned(), literal);
        ExprError::new(format!("{shown} is no moment")).help("a moment is like `2026-01-09T09:00:00Z`")
    })?;
    let format = string_or(arguments[0], "%Y-%m-%d", fuel)?;
    if format.len() > FORMAT {
        return Err(ExprError::new(format!("the format is longer than {FORMAT} bytes")));
    }
    // A width such as `%999999999d` asks for as many characters.
    if format.split('%').skip(1).any(|directive| digits(directive) > 1) {
        return Err(ExprError::new(format!("the format {} has a width above 9", literal(format))));
    }
    let zone = string_or(arguments[1], "UTC", fuel)?;
    let zone = TimeZone::get(zone).map_err(|_| {
        ExprError::new(format!("the time zone {} is not known", literal(zone)))
            .help("name it as IANA does: `Europe/Berlin`")
    })?;
    strtime::format(format, &moment.to_zoned(zone)).map(Value::String).map_err(|_| {
        ExprError::new(format!("{} is no format of strftime", literal(format)))
            .help("such as `%Y-%m-%d %H:%M %Z`")
    })
}

fn digits(directive: &str) -> usize {
    let flags = directive.trim_start_matches(['_', '-', '^', '#', '0', '.', ':']);
    flags.bytes().take_while(u8::is_ascii_digit).count()
}

/// Seconds as `2h30m`.
pub(super) fn duration(value: &Value, _: &[&Value], _: &Fuel) -> Result<Value, ExprError> {
    let seconds = value
        .as_f64()
        .filter(|seconds| seconds.abs() < 1e15)
        .ok_or_else(|| ExprError::new(format!("it needs a number of seconds, not {}", kind(value))))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the bounds are checked")]
    let mut left = seconds.abs().round() as u64;
    if left == 0 {
        return Ok("0s".into());
    }
    let mut written = String::from(if seconds < 0.0 { "-" } else { "" });
    for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if left >= length {
            written.push_str(&(left / length).to_string());
            written.push_str(unit);
            left %= length;
        }
    }
    Ok(written.into())
}
