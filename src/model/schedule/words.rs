//! A schedule in words, where there are simple ones for it; otherwise as it was written.

use super::fields::Fields;
use super::{Cron, Schedule, Timing};

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ALL_DAYS: u32 = u32::MAX - 1;
const ALL_MONTHS: u16 = 0x1FFE;
const ALL_WEEKDAYS: u8 = 0x7F;
const MONDAY_TO_FRIDAY: u8 = 0b011_1110;
/// A list of more is easier to read as it was written.
const MOST: usize = 4;

impl Schedule {
    /// For people: `every day at 02:00 Asia/Tokyo`, `every 15m`, `once at 2026-01-09T09:00:00Z`.
    pub fn in_words(&self) -> String {
        match &self.timing {
            Timing::Cron(cron) => format!("{} {}", cron_in_words(cron), self.zone),
            Timing::Every { interval, offset } if offset.as_seconds() == 0 => format!("every {interval}"),
            Timing::Every { interval, offset } => format!("every {interval}, moved by {offset}"),
            Timing::At(times) => match times.as_slice() {
                [] => "never".to_owned(),
                [time] => format!("once at {time}"),
                [first, ..] => {
                    format!(
                        "{} times, the first at {}",
                        times.len(),
                        times.iter().fold(first, |a, b| a.min(b))
                    )
                }
            },
        }
    }
}

fn cron_in_words(cron: &Cron) -> String {
    let fields = &cron.fields;
    let words = days_in_words(fields).and_then(|days| {
        let often = times_of_every_hour(fields).or_else(|| every_hours(fields));
        match (often, times_of_day(fields)) {
            (Some(often), _) if days == "every day" => Some(often),
            (Some(often), _) => Some(format!("{often}, {days},")),
            (None, Some(times)) => Some(format!("{days} at {times}")),
            (None, None) => None,
        }
    });
    words.unwrap_or_else(|| format!("`{}`", cron.text()))
}

/// `every minute`, `every 15 minutes`, `every hour`, `every hour at :30`.
fn times_of_every_hour(fields: &Fields) -> Option<String> {
    if fields.hours != 0xFF_FFFF {
        return None;
    }
    match (step(fields.minutes, 60)?, fields.minutes.trailing_zeros()) {
        (1, _) => Some("every minute".to_owned()),
        (60, 0) => Some("every hour".to_owned()),
        (60, minute) => Some(format!("every hour at :{minute:02}")),
        (step, 0) => Some(format!("every {step} minutes")),
        _ => None,
    }
}

/// `every 6 hours`.
fn every_hours(fields: &Fields) -> Option<String> {
    let step = step(fields.hours.into(), 24).filter(|step| *step < 24)?;
    (fields.minutes == 1 && fields.hours & 1 == 1).then(|| format!("every {step} hours"))
}

/// The distance of the values, if they are evenly spread over `count`.
fn step(bits: u64, count: u32) -> Option<u32> {
    let values = bits.count_ones();
    let step = count.checked_div(values).filter(|step| step * values == count)?;
    let even = (0..values).fold(0, |even, index| even | 1u64 << (index * step));
    (bits >> bits.trailing_zeros() == even).then_some(step)
}

/// `02:00`, `09:00 and 17:00`.
fn times_of_day(fields: &Fields) -> Option<String> {
    let minutes = values(fields.minutes);
    let times = values(fields.hours.into());
    let times: Vec<_> =
        times.iter().flat_map(|hour| minutes.iter().map(move |m| format!("{hour:02}:{m:02}"))).collect();
    (times.len() <= MOST).then(|| list(&times))
}

/// `every day`, `every Monday and Friday`, `Monday to Friday`, `on day 1 of every month`, `every 1 January`.
fn days_in_words(fields: &Fields) -> Option<String> {
    let all_months = fields.months == ALL_MONTHS;
    match (fields.days == ALL_DAYS, fields.weekdays == ALL_WEEKDAYS) {
        (true, true) if all_months => Some("every day".to_owned()),
        (true, false) if all_months && fields.both_days && fields.weekdays == MONDAY_TO_FRIDAY => {
            Some("Monday to Friday".to_owned())
        }
        (true, false) if all_months && fields.both_days => {
            let days: Vec<_> =
                values(fields.weekdays.into()).iter().map(|day| WEEKDAYS[*day as usize].to_owned()).collect();
            (days.len() <= MOST).then(|| format!("every {}", list(&days)))
        }
        (false, true) if fields.both_days => {
            let (days, months) = (values(fields.days.into()), values(fields.months.into()));
            let numbers: Vec<_> = days.iter().map(ToString::to_string).collect();
            match (days.as_slice(), months.as_slice()) {
                ([day], [month]) => Some(format!("every {day} {}", MONTHS[*month as usize - 1])),
                ([_], _) if all_months => Some(format!("on day {} of every month", list(&numbers))),
                (days, _) if all_months && days.len() <= MOST => {
                    Some(format!("on days {} of every month", list(&numbers)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn values(bits: u64) -> Vec<u32> {
    (0..64).filter(|value| bits >> value & 1 == 1).collect()
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., last] => format!("{} and {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;
    use crate::model::schedule::tests::{every, in_zone};

    #[test]
    fn says_simple_things_simply() {
        for (line, words) in [
            ("0 2 * * *", "every day at 02:00 Asia/Tokyo"),
            ("0 9,17 * * *", "every day at 09:00 and 17:00 Asia/Tokyo"),
            ("30 9 * * MON", "every Monday at 09:30 Asia/Tokyo"),
            ("30 9 * * 7,3,2", "every Sunday, Tuesday and Wednesday at 09:30 Asia/Tokyo"),
            ("0 9 * * 1-5", "Monday to Friday at 09:00 Asia/Tokyo"),
            ("0 0 1 * *", "on day 1 of every month at 00:00 Asia/Tokyo"),
            ("0 0 1,15 * *", "on days 1 and 15 of every month at 00:00 Asia/Tokyo"),
            ("0 0 29 2 *", "every 29 February at 00:00 Asia/Tokyo"),
            ("* * * * *", "every minute Asia/Tokyo"),
            ("*/15 * * * *", "every 15 minutes Asia/Tokyo"),
            ("0 * * * *", "every hour Asia/Tokyo"),
            ("5 * * * *", "every hour at :05 Asia/Tokyo"),
            ("0 */6 * * *", "every 6 hours Asia/Tokyo"),
            ("*/30 * * * 1-5", "every 30 minutes, Monday to Friday, Asia/Tokyo"),
            // Not as simple: as it was written.
            ("*/7 1-3 * * *", "`*/7 1-3 * * *` Asia/Tokyo"),
            ("0 0 13 * 5", "`0 0 13 * 5` Asia/Tokyo"),
            ("*/7  * * * *", "`*/7 * * * *` Asia/Tokyo"),
        ] {
            assert_eq!(in_zone(line, "Asia/Tokyo").in_words(), words, "{line}");
        }
        assert_eq!(every(900, 0).in_words(), "every 15m");
        assert_eq!(every(21_600, 1800).in_words(), "every 6h, moved by 30m");
        let times = |seconds: &[i64]| Schedule {
            timing: Timing::At(seconds.iter().map(|second| Time::from_second(*second)).collect()),
            ..every(60, 0)
        };
        assert_eq!(times(&[]).in_words(), "never");
        assert_eq!(times(&[0]).in_words(), "once at 1970-01-01T00:00:00Z");
        assert_eq!(times(&[60, 0]).in_words(), "2 times, the first at 1970-01-01T00:00:00Z");
    }
}
