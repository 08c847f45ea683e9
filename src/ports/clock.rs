//! Time, as those need it who wait for something.

use std::time::Duration;

use crate::model::Time;

/// The clock of a machine.
pub trait Clock: Sync {
    /// What time it is.
    fn now(&self) -> Time;

    /// For how long this process has run; never goes back.
    fn elapsed(&self) -> Duration;

    /// Lets so much time pass.
    fn pause(&self, length: Duration);

    /// Whether somebody told it what time it is, so that waiting brings nothing about.
    fn stands_still(&self) -> bool;
}
