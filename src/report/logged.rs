//! Events with their place in the log.

use std::fmt;

use crate::model::Event;

/// An event and where it stands in the log.
#[derive(Debug, Clone, Copy)]
pub struct Logged<'a> {
    /// The serial of the tick that recorded it.
    pub serial: u64,
    /// Its place within the tick, from 0.
    pub index: u32,
    pub event: &'a Event,
}

impl<'a> Logged<'a> {
    /// The events of one tick with their places.
    pub fn tick(serial: u64, events: &'a [Event]) -> impl Iterator<Item = Self> {
        (0u32..).zip(events).map(move |(index, event)| Self { serial, index, event })
    }

    /// `12.3`: the fourth event of tick 12.
    pub fn id(&self) -> EventId {
        EventId { serial: self.serial, index: self.index }
    }
}

/// The name of an event: `SERIAL.INDEX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    pub serial: u64,
    pub index: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.serial, self.index)
    }
}
