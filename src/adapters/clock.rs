//! The one clock of the process.
#![expect(clippy::disallowed_methods, reason = "this is the adapter of the clock")]

use crate::model::Time;

/// Tells how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// What time it is, by the machine's clock.
pub fn now() -> Time {
    Time::from_second(jiff::Timestamp::now().as_second())
}
