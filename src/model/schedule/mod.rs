//! Schedules: when a workflow is due by the clock.
//!
//! # Why not just run when the runner's cron says so
//!
//! Because it does not. Of GitHub Actions (`docs.github.com`, "Events that trigger workflows" and the
//! note on delays):
//!
//! - A scheduled run comes late at times of high load, the most at the start of an hour, and *some
//!   queued jobs may be dropped*. Hours of delay are reported.
//! - Five minutes is the shortest interval. Lines are read in UTC unless a `timezone` is given; a
//!   time that the clocks leave out moves to the next valid one.
//! - In a public repository without activity for 60 days the whole workflow file is disabled; only
//!   the file on the default branch counts; the run's actor is whoever changed the line last, and
//!   when that account is suspended it stops.
//! - In a concurrency group a newer waiting run replaces the older one, so that a tick is lost while
//!   another works. Re-runs and other triggers give two ticks where one was meant.
//! - A run that never comes alarms nobody. That can be seen only from outside.
//!
//! # What holds here
//!
//! A tick is only an occasion to look. *When* something is due follows from the schedule alone:
//!
//! - A **slot** is an instant that follows from the line, the zone and the policies; it does not
//!   depend on when anybody looks ([`Schedule::slots`]).
//! - The **watermark** in the state is the last slot that is decided. A tick decides all slots from
//!   there up to now, each to run or to be recorded as missed ([`Schedule::due`]). A late tick finds
//!   what the dropped ones left, a doubled one finds nothing.
//! - A run is **named after its slot**. Two ticks at once decide the same slots, give the same names,
//!   and the state takes the commit of one of them; the other decides anew and finds nothing.
//! - What is late follows [`CatchUp`], is bounded, and is told: missed slots are counted, exactly.
//! - What the clocks leave out or show twice follows [`ClockChange`].
//! - A change of the line is a new trigger with a watermark of its own, which begins when it is first
//!   seen: nothing is caught up that was never promised.
//!
//! What `orch` cannot do is notice that no tick comes at all; a dead man's switch outside has to.

mod cron;
mod due;
mod fields;
mod policy;
mod slots;
mod words;
mod zone;

pub use cron::{Cron, CronError};
pub use due::{Due, Missed};
pub use policy::{CatchUp, ClockChange};
pub use slots::Slots;
pub use zone::{UnknownZone, Zone};

use crate::model::{Duration, Time};

/// When something is due by the clock, and what happens to slots that are noticed late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub timing: Timing,
    /// Of cron lines; the other timings do not depend on it.
    pub zone: Zone,
    /// Of cron lines that name hours.
    pub clock_change: ClockChange,
    pub catch_up: CatchUp,
    /// The most slots that run at once under [`CatchUp::All`]; 0 counts as 1.
    pub max_catch_up: u32,
}

/// The slots of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timing {
    Cron(Cron),
    /// Every multiple of the interval since 1970-01-01T00:00:00Z, moved by the offset; no zone and no
    /// change of the clocks matters. An interval of nothing has no slots.
    Every {
        interval: Duration,
        offset: Duration,
    },
    /// At these times, once each, in whatever order they stand here.
    At(Vec<Time>),
}

#[cfg(test)]
mod tests;
