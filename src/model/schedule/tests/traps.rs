//! Where other schedulers went wrong: days and hours that do not exist, or exist twice.

use super::{in_zone, time};
use crate::model::schedule::{ClockChange, Schedule};

/// The slots in a span, as texts.
fn slots(schedule: &Schedule, after: &str, through: &str) -> Vec<String> {
    let slots = schedule.slots(time(after), time(through), 100);
    assert_eq!(slots.oldest, slots.newest);
    slots.oldest.iter().map(ToString::to_string).collect()
}

#[test]
fn around_changes_of_the_clocks() {
    use ClockChange::{Every, Once, Skip};
    let at = |day: &str, times: &[&str]| -> Vec<String> {
        times
            .iter()
            .map(|time| if time.len() > 6 { format!("{time}:00Z") } else { format!("{day}T{time}:00Z") })
            .collect()
    };
    for (zone, line, policy, day, expected) in [
        // Berlin: 02:00–03:00 left out, and shown twice.
        ("Europe/Berlin", "30 2 * * *", Once, "2026-03-29", &["01:00"][..]),
        ("Europe/Berlin", "30 2 * * *", Skip, "2026-03-29", &[]),
        ("Europe/Berlin", "30 2 * * *", Every, "2026-03-29", &["01:00"]),
        ("Europe/Berlin", "0,30 2,3 * * *", Once, "2026-03-29", &["01:00", "01:30"]),
        ("Europe/Berlin", "0,30 2,3 * * *", Skip, "2026-03-29", &["01:00", "01:30"]),
        ("Europe/Berlin", "10,50 2 * * *", Once, "2026-03-29", &["01:00"]),
        ("Europe/Berlin", "30 2 * * *", Once, "2026-10-25", &["00:30"]),
        ("Europe/Berlin", "30 2 * * *", Skip, "2026-10-25", &["00:30"]),
        ("Europe/Berlin", "30 2 * * *", Every, "2026-10-25", &["00:30", "01:30"]),
        ("Europe/Berlin", "*/30 2-3 * * *", Once, "2026-10-25", &["00:00", "00:30", "02:00", "02:30"]),
        // Lines with `*` as their hour follow elapsed time, whatever the policy.
        (
            "Europe/Berlin",
            "0 */2 * * SUN",
            Once,
            "2026-03-29",
            &[
                "2026-03-28T23:00",
                "02:00",
                "04:00",
                "06:00",
                "08:00",
                "10:00",
                "12:00",
                "14:00",
                "16:00",
                "18:00",
                "20:00",
            ],
        ),
        // Santiago: midnight is left out; 23:00–24:00 is shown twice.
        ("America/Santiago", "0 0 * * *", Once, "2026-09-06", &["04:00"]),
        ("America/Santiago", "0 0 * * *", Skip, "2026-09-06", &[]),
        ("America/Santiago", "0 0 6 9 *", Once, "2026-09-06", &["04:00"]),
        ("America/Santiago", "30 23 4 4 *", Every, "2026-04-05", &["02:30", "03:30"]),
        ("America/Santiago", "30 23 4 4 *", Once, "2026-04-05", &["02:30"]),
        // Nuuk: 23:00–24:00 is left out on a Saturday; the moment after it is a Sunday.
        ("America/Nuuk", "30 23 * * SAT", Once, "2026-03-29", &["01:00"]),
        ("America/Nuuk", "30 23 * * SAT", Skip, "2026-03-29", &[]),
        // Lord Howe moves by half an hour.
        ("Australia/Lord_Howe", "15 2 * * *", Once, "2026-10-03", &["15:30"]),
        ("Australia/Lord_Howe", "45 2 * * *", Once, "2026-10-03", &["15:45"]),
        ("Australia/Lord_Howe", "45 1 * * *", Every, "2026-04-04", &["14:45", "15:15"]),
        ("Australia/Lord_Howe", "15 1 * * *", Every, "2026-04-04", &["14:15"]),
        // Apia had no 30 December 2011.
        ("Pacific/Apia", "0 9 30 12 *", Once, "2011-12-30", &["10:00"]),
        ("Pacific/Apia", "0 9 30 12 *", Skip, "2011-12-30", &[]),
        ("Pacific/Apia", "0 9 * * FRI", Once, "2011-12-30", &["10:00"]),
        ("Pacific/Apia", "0 9 * * *", Once, "2011-12-30", &["10:00", "19:00"]),
        ("Pacific/Apia", "0 9 * * *", Skip, "2011-12-30", &["19:00"]),
        // Casablanca sets its clocks back for Ramadan, at 03:00 and 02:00.
        ("Africa/Casablanca", "30 2 * * *", Once, "2026-02-15", &["01:30"]),
        ("Africa/Casablanca", "30 2 * * *", Every, "2026-02-15", &["01:30", "02:30"]),
        ("Africa/Casablanca", "30 2 * * *", Once, "2026-03-22", &["02:00"]),
        // Ciudad Juárez changed for good on 30 November 2022, after its last change by the old rule.
        ("America/Ciudad_Juarez", "30 23 * * *", Every, "2022-11-30", &["05:30", "06:30"]),
        ("America/Ciudad_Juarez", "30 2 * * *", Once, "2022-11-30", &["09:30"]),
        // Dublin's winter time is the one that counts as daylight saving time, an hour back.
        ("Europe/Dublin", "30 1 * * *", Once, "2026-03-29", &["01:00"]),
        ("Europe/Dublin", "30 1 * * *", Once, "2026-10-25", &["00:30"]),
        ("Europe/Dublin", "30 1 * * *", Every, "2026-10-25", &["00:30", "01:30"]),
    ] {
        let schedule = Schedule { clock_change: policy, ..in_zone(line, zone) };
        let next = format!("{day}T23:59:59Z");
        let before = time(&format!("{day}T00:00:00Z")) - crate::model::Duration::from_minutes(119);
        let found = slots(&schedule, &before.to_string(), &next);
        assert_eq!(found, at(day, expected), "{line} {zone} {policy:?}");
    }
}

#[test]
fn every_half_hour_is_a_real_half_hour() {
    for policy in [ClockChange::Once, ClockChange::Skip, ClockChange::Every] {
        for (zone, day) in
            [("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("Pacific/Apia", "2011-12-30")]
        {
            let schedule = Schedule { clock_change: policy, ..in_zone("*/30 * * * *", zone) };
            let found = slots(&schedule, &format!("{day}T00:00:00Z"), &format!("{day}T23:59:59Z"));
            assert_eq!(found.len(), 47, "{zone} {day}");
        }
    }
}

#[test]
fn on_rare_days() {
    for (line, zone, after, expected) in [
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", Some("2104-02-29T00:00:00Z")),
        ("0 0 29 2 */7", "UTC", "2024-03-01T00:00:00Z", Some("2032-02-29T00:00:00Z")),
        ("0 9 31 * *", "UTC", "2026-01-31T09:00:00Z", Some("2026-03-31T09:00:00Z")),
        // 0 and 7 are Sunday.
        ("0 0 * * 0", "UTC", "2026-11-20T00:00:00Z", Some("2026-11-22T00:00:00Z")),
        ("0 0 * * 7", "UTC", "2026-11-20T00:00:00Z", Some("2026-11-22T00:00:00Z")),
        // The 13th or a Friday; with a `*` in one of the fields, both.
        ("0 0 13 * FRI", "UTC", "2026-11-10T00:00:00Z", Some("2026-11-13T00:00:00Z")),
        ("0 0 13 * FRI", "UTC", "2026-11-13T00:00:00Z", Some("2026-11-20T00:00:00Z")),
        ("0 0 */2 * FRI", "UTC", "2026-11-13T00:00:00Z", Some("2026-11-27T00:00:00Z")),
        ("30 2 29 2 *", "Asia/Tokyo", "2026-01-01T00:00:00Z", Some("2028-02-28T17:30:00Z")),
        // The second showing of a time that comes once a year.
        ("30 2 25 10 *", "Europe/Berlin", "2026-10-25T00:30:00Z", Some("2026-10-25T01:30:00Z")),
        ("59 23 31 12 *", "UTC", "9999-12-31T23:58:00Z", Some("9999-12-31T23:59:00Z")),
        ("59 23 31 12 *", "UTC", "9999-12-31T23:59:00Z", None),
        ("0 0 1 1 *", "Asia/Tokyo", "0001-01-01T00:00:00Z", Some("0001-12-31T14:41:01Z")),
    ] {
        let schedule = Schedule { clock_change: ClockChange::Every, ..in_zone(line, zone) };
        let next = schedule.next_after(time(after)).map(|slot| slot.to_string());
        assert_eq!(next.as_deref(), expected, "{line} {zone} after {after}");
    }
}

/// Once a year, in the hour after a change of the clocks: found from far away on both sides.
#[test]
fn once_a_year_beside_a_change() {
    for (line, zone, slot) in [
        ("30 3 8 3 *", "America/New_York", "2026-03-08T07:30:00Z"),
        ("30 2 8 3 *", "America/New_York", "2026-03-08T07:00:00Z"),
        ("30 1 1 11 *", "America/New_York", "2026-11-01T05:30:00Z"),
        ("30 3 29 3 *", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("15 0 31 12 *", "Pacific/Apia", "2026-12-30T11:15:00Z"),
    ] {
        let found = slots(&in_zone(line, zone), "2025-12-31T12:00:00Z", "2026-12-30T12:00:00Z");
        assert_eq!(found, [slot], "{line} {zone}");
    }
}

/// A watermark of long ago, or the whole calendar, costs about as much as one of yesterday.
#[test]
fn long_spans_are_counted_not_walked() {
    let span = (time("1970-01-01T00:00:00Z"), time("2026-01-01T00:00:00Z"));
    for (line, zone, count) in [
        ("* * * * *", "UTC", 56 * 525_600 + 14 * 1440),
        ("* * * * *", "Europe/Berlin", 56 * 525_600 + 14 * 1440),
        ("0 2 * * *", "Europe/Berlin", 56 * 365 + 14),
        ("0 0 29 2 *", "America/Santiago", 14),
    ] {
        let slots = in_zone(line, zone).slots(span.0, span.1, 3);
        assert_eq!((slots.count, slots.oldest.len(), slots.newest.len()), (count, 3, 3), "{line} {zone}");
    }
    let whole =
        in_zone("* * * * *", "UTC").slots(time("0001-01-01T00:00:00Z"), time("9999-12-31T23:59:59Z"), 1);
    assert_eq!(whole.count, 3_652_059 * 1440 - 1);
}
