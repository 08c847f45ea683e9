//! What a tick was given besides what its events say: with it, each of its decisions can be derived again.
//!
//! It stands in the log, frozen like the facts: a field may be added with a default.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::RunId;

/// How the events of a tick came about. The default says: planned at once, each request with one fact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// The name under which the tick leased runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<SmolStr>,
    /// Ticks that it knew to be no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dead: Vec<SmolStr>,
    /// The runs that it was to carry out; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<RunId>,
    /// The requests of more than one fact: the first fact among the events of the tick, and how many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<(u32, u32)>,
    /// What the tick did one after the other, each with the number of its events; empty: it planned once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<(Round, u32)>,
}

/// A part of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// Planned by everything there is: configuration, clock and state.
    Plan,
    /// Went on from the round before by new facts alone.
    On,
    /// Took facts in that nothing follows from.
    Note,
}

impl Given {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a round of so many events; of rounds that only took facts in, many are as good as one.
    pub fn add(&mut self, round: Round, events: usize) {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        match self.rounds.last_mut() {
            _ if events == 0 => {}
            Some((Round::Note, count)) if round == Round::Note => *count += events,
            _ => self.rounds.push((round, events)),
        }
    }

    /// The rounds of a tick of so many events.
    pub fn rounds(&self, events: usize) -> Vec<(Round, usize)> {
        if self.rounds.is_empty() {
            return vec![(Round::Plan, events)];
        }
        self.rounds.iter().map(|(round, count)| (*round, *count as usize)).collect()
    }

    /// How many facts the request has whose first fact is the event with this index.
    pub fn together(&self, index: usize) -> usize {
        let found = self.together.iter().find(|(first, _)| *first as usize == index);
        found.map_or(1, |(_, count)| (*count as usize).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_without_events_are_none_and_notes_are_one() {
        let mut given = Given::default();
        assert_eq!(given.rounds(4), [(Round::Plan, 4)]);
        for (round, events) in
            [(Round::Note, 1), (Round::On, 0), (Round::Note, 2), (Round::On, 3), (Round::On, 1)]
        {
            given.add(round, events);
        }
        assert_eq!(given.rounds(7), [(Round::Note, 3), (Round::On, 3), (Round::On, 1)]);
        assert_eq!(serde_json::to_string(&given).unwrap(), r#"{"rounds":[["note",3],["on",3],["on",1]]}"#);
    }
}
