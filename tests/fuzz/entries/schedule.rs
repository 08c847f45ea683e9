//! Cron lines, time zones, times and durations, and the slots that follow from them.

use crate::model::{CatchUp, ClockChange, Cron, Duration, Schedule, Time, Timing, Zone};

/// So many slots are counted one by one.
const COUNTED: usize = 200;
/// So long a time is looked at.
const WINDOW: i64 = 800 * 86_400;

/// Five lines: a cron line or an interval, a zone, a time, a length of time, a letter of the policies.
pub fn schedule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (timing, zone, from, span, policies) = (line(), line(), line(), line(), line());
    let interval = duration(timing);
    let span = duration(span);
    let from = time(from).unwrap_or_else(super::planning::now);
    let zone = zone_of(zone).unwrap_or_else(Zone::utc);
    let timing = match (cron(timing), interval) {
        (Some(cron), _) => Timing::Cron(cron),
        (None, Some(interval)) => Timing::Every { interval, offset: span.unwrap_or_default() },
        (None, None) => Timing::At(text.lines().filter_map(time).collect()),
    };
    let clock_change = if policies.contains('e') { ClockChange::Every } else { ClockChange::Once };
    let catch_up = match policies.chars().next() {
        Some('a') => CatchUp::All,
        Some('s') => CatchUp::Skip,
        _ => CatchUp::Latest,
    };
    let schedule = Schedule { timing, zone, clock_change, catch_up, max_catch_up: 3 };
    let _ = schedule.in_words();
    let length = span.map_or(WINDOW, |span| i64::try_from(span.as_seconds()).unwrap_or(WINDOW)).min(WINDOW);
    let through = Time::from_second(from.as_second().saturating_add(length));
    slots(&schedule, from, through);
}

fn slots(schedule: &Schedule, after: Time, through: Time) {
    let found = schedule.slots(after, through, COUNTED);
    let whole = usize::try_from(found.count).is_ok_and(|count| count <= COUNTED);
    if whole {
        assert_eq!(found.oldest, found.newest, "{schedule:?}");
        assert_eq!(found.oldest.len() as u64, found.count, "{schedule:?}");
    } else {
        assert_eq!((found.oldest.len(), found.newest.len()), (COUNTED, COUNTED), "{schedule:?}");
    }
    for slots in [&found.oldest, &found.newest] {
        assert!(slots.is_sorted_by(|one, other| one < other), "{schedule:?}");
        assert!(slots.iter().all(|slot| after < *slot && *slot <= through), "{schedule:?}");
    }
    let first = schedule.next_after(after).filter(|slot| *slot <= through);
    assert_eq!(first, found.oldest.first().copied(), "{schedule:?}");
    // A tick decides each of them once, and a second one finds nothing.
    let due = schedule.due(after, through, &|_| None);
    let missed = due.missed.map_or(0, |missed| missed.count);
    assert_eq!(missed + due.run.len() as u64, found.count, "{schedule:?}");
    assert_eq!(due.through, found.newest.last().copied().unwrap_or(after), "{schedule:?}");
    let again = schedule.due(due.through, through, &|_| None);
    assert_eq!((again.run.len(), again.missed), (0, None), "{schedule:?}");
    assert_eq!(again.next, due.next, "{schedule:?}");
}

fn cron(text: &str) -> Option<Cron> {
    match Cron::parse(text) {
        Ok(cron) => {
            assert_eq!(Cron::parse(cron.text()).as_ref(), Ok(&cron), "{text}");
            Some(cron)
        }
        Err(error) => {
            if let Some(range) = &error.range {
                assert!(text.get(range.clone()).is_some(), "{error:?} in {text:?}");
            }
            assert!(!error.message.is_empty() && !error.help.is_empty());
            None
        }
    }
}

fn zone_of(text: &str) -> Option<Zone> {
    match Zone::parse(text) {
        Ok(zone) => {
            assert_eq!(Zone::parse(zone.name()).as_ref(), Ok(&zone), "{text}");
            Some(zone)
        }
        Err(error) => {
            if let Some(nearest) = error.nearest {
                assert!(Zone::parse(&nearest).is_ok(), "{nearest}");
            }
            None
        }
    }
}

fn time(text: &str) -> Option<Time> {
    let time: Time = text.parse().ok()?;
    assert_eq!(time.to_string().parse(), Ok(time), "{text}");
    assert_eq!(Time::from_second(time.as_second()), time);
    Some(time)
}

fn duration(text: &str) -> Option<Duration> {
    let duration: Duration = text.parse().ok()?;
    assert!(duration <= Duration::MAX, "{text}");
    let written = serde_json::to_string(&duration).expect("a duration is text");
    assert_eq!(serde_json::from_str::<Duration>(&written).ok(), Some(duration), "{text}");
    let shown: Duration = duration.to_string().parse().expect("what is shown can be read");
    assert!(shown <= duration, "{text}");
    Some(duration)
}
