//! An independent implementation: every real minute around every change of the clocks of every zone,
//! looked at through jiff's calendar, with a matcher that reads the text of the line.
//!
//! It shares nothing with the code under test but the database of zones. The policies are taken from
//! their definitions: which times the clocks show, show again, and never show.

use std::collections::{BTreeSet, HashSet};

use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::in_zone;
use crate::model::Time;
use crate::model::schedule::{ClockChange, Schedule};

const POLICIES: [ClockChange; 3] = [ClockChange::Once, ClockChange::Skip, ClockChange::Every];

/// Lines that have to do with hours, days, borders of days and months, and both day fields.
const LINES: [&str; 24] = [
    "30 2 * * *",
    "0 0 * * *",
    "59 23 * * *",
    "0 2,3 * * *",
    "0,30 0-4 * * *",
    "*/7 1-3 * * *",
    "15-45/5 0,1,2,23 * * *",
    "* 2 * * *",
    "*/30 * * * *",
    "0 * * * *",
    "17 */2 * * *",
    "5 */6 * * *",
    "*/20 */3 * * 0",
    "10 1 * * SUN",
    "30 1 * * 7",
    "45 0 * * MON-FRI",
    "0 1 1 * *",
    "30 2 31 3 *",
    "20 2 25-31 3,10 0",
    "20 1 1-7 4,11 *",
    "5 3 13 * FRI",
    "40 23 */2 * SAT,SUN",
    "30 0 * JAN-JUN 6-7",
    "12 12 30,31 12 *",
];

/// One real minute: the second of UTC, and what the clock shows.
struct Minute {
    second: i64,
    wall: DateTime,
}

/// What the clocks show around a change, and what they leave out with the second after it.
struct Clock {
    minutes: Vec<Minute>,
    left_out: Vec<Minute>,
}

/// A line, read anew: for each field whether it names a value.
struct Naive {
    fields: [[bool; 60]; 5],
    day_and: bool,
    by_elapsed_time: bool,
}

impl Naive {
    fn read(line: &str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        let limits = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        let fields: Vec<[bool; 60]> =
            words.iter().zip(limits).map(|(word, (low, high))| Self::field(word, low, high)).collect();
        Self {
            fields: fields.try_into().unwrap(),
            day_and: words[2].starts_with('*') || words[4].starts_with('*'),
            by_elapsed_time: words[1].starts_with('*'),
        }
    }

    fn field(word: &str, low: i8, high: i8) -> [bool; 60] {
        let mut word = word.to_owned();
        for (number, name) in ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"].iter().enumerate() {
            word = word.replace(name, &number.to_string());
        }
        for (number, name) in ["JAN", "FEB", "MAR", "APR", "MAY", "JUN"].iter().enumerate() {
            word = word.replace(name, &(number + 1).to_string());
        }
        let mut values = [false; 60];
        for item in word.split(',') {
            let (base, step) = item.split_once('/').unwrap_or((item, "1"));
            let (first, last) = match base.split_once('-') {
                Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
                None if base == "*" => (low, high),
                None => (base.parse().unwrap(), base.parse().unwrap()),
            };
            let step: i8 = step.parse().unwrap();
            let mut value = first;
            while value <= last {
                // Only the days of the week have a value beyond their last: 7, which is 0.
                values[usize::try_from(if value > high { value - high - 1 } else { value }).unwrap()] = true;
                value += step;
            }
        }
        values
    }

    fn matches(&self, wall: DateTime) -> bool {
        let names = |field: usize, value: i8| self.fields[field][usize::try_from(value).unwrap()];
        if !names(0, wall.minute()) || !names(1, wall.hour()) || !names(3, wall.month()) {
            return false;
        }
        let (day, weekday) = (names(2, wall.day()), names(4, wall.weekday().to_sunday_zero_offset()));
        if self.day_and { day && weekday } else { day || weekday }
    }

    /// The slots around a change, from the definitions.
    fn slots(&self, clock: &Clock, policy: ClockChange) -> BTreeSet<i64> {
        let shown = clock.minutes.iter().filter(|minute| self.matches(minute.wall));
        if self.by_elapsed_time {
            return shown.map(|minute| minute.second).collect();
        }
        let mut seen = HashSet::new();
        let counts = shown.filter(|minute| seen.insert(minute.wall) || policy == ClockChange::Every);
        let mut slots: BTreeSet<i64> = counts.map(|minute| minute.second).collect();
        if policy != ClockChange::Skip {
            let moved = clock.left_out.iter().filter(|minute| self.matches(minute.wall));
            slots.extend(moved.map(|minute| minute.second));
        }
        slots
    }
}

/// Every change of the clocks from 2000 to 2040, as seconds of UTC.
fn changes(zone: &TimeZone) -> Vec<i64> {
    let (from, until) = ("2000-01-01T00:00:00Z", "2041-01-01T00:00:00Z");
    let (from, until): (Timestamp, Timestamp) = (from.parse().unwrap(), until.parse().unwrap());
    let changes = zone.following(from).take_while(|change| change.timestamp() < until);
    changes
        .filter(|change| zone.to_offset(change.timestamp() - 1.second()) != change.offset())
        .map(|change| change.timestamp().as_second())
        .collect()
}

const DAY: i64 = 86_400;

fn clock_around(zone: &TimeZone, change: i64, days: i64) -> Clock {
    let minute = |second| Minute { second, wall: zone.to_datetime(Timestamp::from_second(second).unwrap()) };
    let minutes: Vec<_> = (change - days * DAY..=change + days * DAY).step_by(60).map(minute).collect();
    let mut left_out = Vec::new();
    for pair in minutes.windows(2) {
        let mut wall = pair[0].wall + 1.minute();
        while wall < pair[1].wall {
            left_out.push(Minute { second: pair[1].second, wall });
            wall += 1.minute();
        }
    }
    Clock { minutes, left_out }
}

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    zones: usize,
    changes: usize,
    comparisons: usize,
    slots: usize,
}

/// Compares all ways to ask with the oracle, in the half of the minutes around the middle.
fn compare(tally: &mut Tally, schedule: &Schedule, expected: &BTreeSet<i64>, span: (i64, i64), what: &str) {
    let inside: Vec<_> = expected.range(span.0 + 1..=span.1).map(|slot| Time::from_second(*slot)).collect();
    let (after, through) = (Time::from_second(span.0), Time::from_second(span.1));
    let slots = schedule.slots(after, through, inside.len() + 1);
    assert_eq!(slots.oldest, inside, "{what}: forwards");
    assert_eq!(slots.newest, inside, "{what}: backwards");
    assert_eq!(slots.count, inside.len() as u64, "{what}: counted");
    // From every minute of an hour and a half before and after the change, the next one.
    let middle = i64::midpoint(span.0, span.1);
    for at in (middle - 5400..middle + 5400).step_by(547) {
        if let Some(next) = expected.range(at + 1..=span.1).next() {
            let found = schedule.next_after(Time::from_second(at));
            assert_eq!(found, Some(Time::from_second(*next)), "{what}: next after {at}");
        }
    }
    tally.comparisons += 1;
    tally.slots += inside.len();
}

/// `pick` chooses among the changes and lines, by their numbers.
fn differential(pick: impl Fn(usize, usize) -> bool) -> Tally {
    let mut tally = Tally::default();
    let lines: Vec<_> = LINES.map(|line| (line, Naive::read(line))).into();
    let mut number = 0;
    for name in tz::db().available() {
        let zone = tz::db().get(name.as_str()).unwrap();
        let changes = changes(&zone);
        tally.zones += usize::from(!changes.is_empty());
        for change in changes {
            number += 1;
            let picked: Vec<_> = (0..lines.len()).filter(|line| pick(number, *line)).collect();
            if picked.is_empty() {
                continue;
            }
            tally.changes += 1;
            // Apia left out a whole day: its minutes reach two days further.
            let offset = |at| zone.to_offset(Timestamp::from_second(at).unwrap()).seconds();
            let days = if (offset(change) - offset(change - 1)).abs() > 7200 { 3 } else { 1 };
            let clock = clock_around(&zone, change, days);
            let span = (change - days * DAY + 7200, change + days * DAY - 7200);
            for (line, naive) in picked.into_iter().map(|line| &lines[line]) {
                for policy in POLICIES {
                    let schedule = Schedule { clock_change: policy, ..in_zone(line, name.as_str()) };
                    let expected = naive.slots(&clock, policy);
                    let what = format!("`{line}` {name} {policy:?} around {}", Time::from_second(change));
                    compare(&mut tally, &schedule, &expected, span, &what);
                }
            }
        }
    }
    tally
}

#[test]
fn a_sample_of_all_zones_agrees_with_every_real_minute() {
    let tally = differential(|change, line| change % 797 == line || change % 1999 == 0);
    assert!(tally.zones > 300 && tally.changes > 500, "{tally:?}");
}

/// All of it: minutes instead of seconds. `cargo test --lib oracle -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "its counts are what it is run for")]
fn all_zones_agree_with_every_real_minute() {
    println!("{:?}", differential(|_, _| true));
}
