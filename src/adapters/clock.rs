//! The one clock of the process.
#![expect(clippy::disallowed_methods, reason = "this is the adapter of the clock")]

use crate::model::Time;

/// What time it is, by the machine's clock.
pub fn now() -> Time {
    Time::from_second(jiff::Timestamp::now().as_second())
}
