//! Which state a report is about, and events with their place in the log.

use std::fmt;

use smol_str::SmolStr;

use crate::model::Event;

/// The state that something was made from: the commit that holds it and its serial, 0 and none
/// where no state has been written yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tip {
    pub commit: Option<SmolStr>,
    pub serial: u64,
}

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

/// The first seven characters of an id, as git shows it.
pub fn short(id: &str) -> &str {
    id.char_indices().nth(7).map_or(id, |(end, _)| &id[..end])
}
