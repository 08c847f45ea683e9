//! The slots of a schedule on the line of real time: the next one, the last one, how many.
//!
//! A cron line is matched with the wall clock, one stretch of equal distance to UTC after the other.
//! What lies between two slots costs nothing, however long it is.

use super::fields::Fields;
use super::zone::Stretch;
use super::{ClockChange, Cron, Schedule, Timing, Zone};
use crate::model::time::{FIRST, LAST};
use crate::model::{Duration, Time};

/// No change of the clocks, and no distance to UTC, is larger than half of this.
const MARGIN: i64 = 4 * 86_400;

/// Slots of a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slots {
    /// The first of them, the oldest first, no more than were asked for.
    pub oldest: Vec<Time>,
    /// The last of them, the oldest first, no more than were asked for.
    pub newest: Vec<Time>,
    /// How many there are: exact, and computed without visiting them.
    pub count: u64,
}

impl Schedule {
    /// The first slot after `after`; none if there is never one again.
    pub fn next_after(&self, after: Time) -> Option<Time> {
        self.first(after.as_second(), LAST).map(Time::from_second)
    }

    /// The slots after `after`, up to and including `through`: at most `limit` from either end.
    pub fn slots(&self, after: Time, through: Time, limit: usize) -> Slots {
        let (after, through) = (after.as_second(), through.as_second());
        let mut oldest = Vec::new();
        let mut from = after;
        while oldest.len() < limit
            && let Some(slot) = self.first(from, through)
        {
            oldest.push(Time::from_second(slot));
            from = slot;
        }
        Slots { oldest, newest: self.newest(after, through, limit), count: self.count(after, through) }
    }

    /// The last slots in `(after, through]`, at most `limit`, the oldest first.
    pub(super) fn newest(&self, after: i64, through: i64, limit: usize) -> Vec<Time> {
        let mut newest = Vec::new();
        let mut until = through;
        while newest.len() < limit
            && let Some(slot) = self.last(after, until)
        {
            newest.push(Time::from_second(slot));
            until = slot - 1;
        }
        newest.reverse();
        newest
    }

    /// The first slot in `(after, through]`.
    fn first(&self, after: i64, through: i64) -> Option<i64> {
        match &self.timing {
            Timing::Cron(cron) => self.wall_clock(cron).first(after, through),
            Timing::Every { interval, offset } => {
                let grid = Grid::new(*interval, *offset)?;
                Some(grid.slot(grid.index(after) + 1)).filter(|slot| *slot <= through)
            }
            Timing::At(times) => within(times, after, through).min(),
        }
    }

    /// The last slot in `(after, through]`.
    fn last(&self, after: i64, through: i64) -> Option<i64> {
        match &self.timing {
            Timing::Cron(cron) => self.wall_clock(cron).last(after, through),
            Timing::Every { interval, offset } => {
                let grid = Grid::new(*interval, *offset)?;
                Some(grid.slot(grid.index(through))).filter(|slot| *slot > after)
            }
            Timing::At(times) => within(times, after, through).max(),
        }
    }

    /// How many slots lie in `(after, through]`.
    pub(super) fn count(&self, after: i64, through: i64) -> u64 {
        if after >= through {
            return 0;
        }
        match &self.timing {
            Timing::Cron(cron) => self.wall_clock(cron).count(after, through),
            Timing::Every { interval, offset } => Grid::new(*interval, *offset)
                .map_or(0, |grid| grid.index(through).abs_diff(grid.index(after))),
            Timing::At(times) => {
                let mut times: Vec<_> = within(times, after, through).collect();
                times.sort_unstable();
                times.dedup();
                times.len() as u64
            }
        }
    }

    fn wall_clock<'a>(&'a self, cron: &'a Cron) -> WallClock<'a> {
        WallClock {
            fields: &cron.fields,
            zone: &self.zone,
            moves: cron.names_hours && self.clock_change != ClockChange::Skip,
            repeats: !cron.names_hours || self.clock_change == ClockChange::Every,
        }
    }
}

fn within(times: &[Time], after: i64, through: i64) -> impl Iterator<Item = i64> {
    times.iter().map(|time| time.as_second()).filter(move |time| after < *time && *time <= through)
}

/// The multiples of an interval since 1970-01-01T00:00:00Z, moved by an offset.
struct Grid {
    interval: i64,
    offset: i64,
}

impl Grid {
    /// None if the interval is no length of time.
    fn new(interval: Duration, offset: Duration) -> Option<Self> {
        let interval = i64::try_from(interval.as_seconds()).ok().filter(|interval| *interval > 0)?;
        let offset = i64::try_from(offset.as_seconds()).ok()? % interval;
        Some(Self { interval, offset })
    }

    /// The number of the last slot up to and including `second`.
    fn index(&self, second: i64) -> i64 {
        (second - self.offset).div_euclid(self.interval)
    }

    fn slot(&self, index: i64) -> i64 {
        index * self.interval + self.offset
    }
}

/// A cron line on the clocks of a zone.
struct WallClock<'a> {
    fields: &'a Fields,
    zone: &'a Zone,
    /// Times that a gap leaves out move to its end.
    moves: bool,
    /// Times that a fold shows twice count twice.
    repeats: bool,
}

/// What lies of one stretch in a span of time.
struct Part {
    stretch: Stretch,
    /// Where the times of the gap at its start moved to.
    moved: Option<i64>,
    /// Of the wall clock.
    from: i64,
    until: i64,
}

impl WallClock<'_> {
    fn part(&self, stretch: Stretch, after: i64, through: i64) -> Part {
        let Stretch { from: start, offset, before, .. } = stretch;
        let starts_within = after < start && start <= through;
        // The gap is what the clocks would have shown without the change.
        let after_gap = self.moves && starts_within && before < offset;
        let moved = after_gap && self.fields.first(start + before, start + offset).is_some();
        // A time that moved to the end of the gap takes the place of a slot that is there anyway.
        let first_second = (after + 1).max(start) + i64::from(moved);
        let mut from = first_second + offset;
        if !self.repeats && offset < before {
            from = from.max(start + before);
        }
        let until = (through + 1).min(stretch.until) + offset;
        Part { stretch, moved: moved.then_some(start), from, until }
    }

    fn first(&self, after: i64, through: i64) -> Option<i64> {
        let mut at = after + 1;
        while at <= through {
            let Part { stretch, moved, from, until } = self.part(self.zone.stretch(at), after, through);
            if moved.is_some() {
                return moved;
            }
            if let Some(wall) = self.fields.first(from, until) {
                return Some(wall - stretch.offset);
            }
            if stretch.until > through {
                return None;
            }
            // Stretches in which no clock can show the next time of the line are passed over.
            let next = self.fields.first(stretch.until + stretch.offset - MARGIN, LAST)?;
            at = stretch.until.max(next - MARGIN);
        }
        None
    }

    fn last(&self, after: i64, through: i64) -> Option<i64> {
        let mut at = through;
        while at > after {
            let Part { stretch, moved, from, until } = self.part(self.zone.stretch(at), after, through);
            if let Some(wall) = self.fields.last(from, until) {
                return Some(wall - stretch.offset);
            }
            if moved.is_some() {
                return moved;
            }
            if stretch.from <= after {
                return None;
            }
            let last = self.fields.last(FIRST, stretch.from + stretch.offset + MARGIN)?;
            at = (stretch.from - 1).min(last + MARGIN);
        }
        None
    }

    fn count(&self, after: i64, through: i64) -> u64 {
        let (mut at, mut count) = (after + 1, 0);
        while at <= through {
            let Part { stretch, moved, from, until } = self.part(self.zone.stretch(at), after, through);
            count += u64::from(moved.is_some()) + self.fields.count(from, until);
            if stretch.until > through {
                break;
            }
            at = stretch.until;
        }
        count
    }
}
