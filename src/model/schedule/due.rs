//! What a tick does with a schedule: which slots run, which are let go, when to look again.
//!
//! A tick may come late, twice, or not at all. So nothing depends on it but the moment in which a
//! slot is decided: the watermark says up to where, and each slot is decided once.

use super::{CatchUp, Schedule};
use crate::model::Time;

/// What is due at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Slots to run now, the oldest first: at most one, or `max_catch_up` under [`CatchUp::All`].
    pub run: Vec<Time>,
    /// Slots that are let go. They are older than all that run.
    pub missed: Option<Missed>,
    /// The new watermark: the last slot that is decided. It moves only when a slot is.
    pub through: Time,
    /// When there is something to decide next; none if never again. Not before the slot, nor while
    /// starting is frozen.
    pub next: Option<Time>,
}

/// Slots that were let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// The first of them.
    pub from: Time,
    /// The last of them.
    pub through: Time,
    /// How many, exactly.
    pub count: u64,
}

/// More freezes than this, one beginning where the other ends, are not followed when looking ahead.
const MOST_FREEZES: usize = 100;

impl Schedule {
    /// Decides the slots after `watermark` up to `now`. Each of them is in `run` or counted in
    /// `missed`, and over any row of ticks that hand on `through` each is decided exactly once.
    ///
    /// `frozen` says of a moment in a freeze when that ends. While `now` is frozen nothing is decided:
    /// the slots wait, and the first tick after the freeze takes them all under the policy for late
    /// ones. A clock that runs backwards between two ticks decides nothing twice.
    pub fn due(&self, watermark: Time, now: Time, frozen: &dyn Fn(Time) -> Option<Time>) -> Due {
        let mut due = Due { run: Vec::new(), missed: None, through: watermark, next: None };
        let mut next = self.next_after(watermark);
        if let Some(oldest) = next.filter(|oldest| *oldest <= now)
            && frozen(now).is_none_or(|end| end <= now)
        {
            due.decide(self, oldest, watermark, now);
            next = self.next_after(due.through);
        }
        due.next = next.map(|slot| thaw(slot.max(now), frozen));
        due
    }
}

impl Due {
    fn decide(&mut self, schedule: &Schedule, oldest: Time, watermark: Time, now: Time) {
        let most = match schedule.catch_up {
            CatchUp::Latest | CatchUp::Skip => 1,
            CatchUp::All => usize::try_from(schedule.max_catch_up.max(1)).unwrap_or(usize::MAX),
        };
        let (after, through) = (watermark.as_second(), now.as_second());
        // One more, to know the last one that is missed.
        let mut newest = schedule.newest(after, through, most.saturating_add(1));
        let last = newest.last().copied().unwrap_or(oldest);
        let run_from = match schedule.catch_up {
            CatchUp::Skip if now.since(last) > CatchUp::GRACE => newest.len(),
            _ => newest.len().saturating_sub(most),
        };
        self.run = newest.split_off(run_from);
        let missed = schedule.count(after, through) - self.run.len() as u64;
        self.missed = newest.last().map(|last| Missed { from: oldest, through: *last, count: missed });
        self.through = last;
    }
}

/// The first moment from `moment` on that is not frozen.
fn thaw(moment: Time, frozen: &dyn Fn(Time) -> Option<Time>) -> Time {
    let mut moment = moment;
    for _ in 0..MOST_FREEZES {
        match frozen(moment) {
            Some(end) if end > moment => moment = end,
            _ => break,
        }
    }
    moment
}
