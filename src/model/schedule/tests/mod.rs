//! Schedules against an oracle that knows only minutes, against bad ticks, and at known traps.

mod oracle;
mod ticks;
mod traps;

use super::{CatchUp, ClockChange, Cron, Schedule, Timing, Zone};
use crate::model::{Duration, Time};

pub(super) fn in_zone(line: &str, zone: &str) -> Schedule {
    Schedule {
        timing: Timing::Cron(Cron::parse(line).unwrap()),
        zone: Zone::parse(zone).unwrap(),
        clock_change: ClockChange::Once,
        catch_up: CatchUp::Latest,
        max_catch_up: 100,
    }
}

pub(super) fn every(interval: u64, offset: u64) -> Schedule {
    let (interval, offset) = (Duration::from_seconds(interval), Duration::from_seconds(offset));
    Schedule { timing: Timing::Every { interval, offset }, ..in_zone("* * * * *", "UTC") }
}

pub(super) fn time(text: &str) -> Time {
    text.parse().unwrap()
}
