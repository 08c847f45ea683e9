//! The one clock of the process.
#![expect(clippy::disallowed_methods, reason = "this is the adapter of the clock")]

use std::time::Duration;

use crate::model::Time;
use crate::ports::Clock;

/// Tells how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// What time it is, by the machine's clock.
pub fn now() -> Time {
    Time::from_second(jiff::Timestamp::now().as_second())
}

/// The clock of this machine, unless somebody told what time it is.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    told: Option<Time>,
    since: Stopwatch,
}

impl SystemClock {
    pub fn new(told: Option<Time>) -> Self {
        Self { told, since: Stopwatch::start() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        self.told.unwrap_or_else(now)
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn pause(&self, length: Duration) {
        std::thread::sleep(length);
    }

    fn stands_still(&self) -> bool {
        self.told.is_some()
    }
}
