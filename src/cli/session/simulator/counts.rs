//! What was tried in a simulation: nothing counts as shown that did not occur.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How often each trouble came to each kind of thing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Counts(BTreeMap<(&'static str, &'static str), u64>);

impl Counts {
    pub(super) fn add(&mut self, kind: &'static str, what: &'static str) {
        *self.0.entry((kind, what)).or_default() += 1;
    }

    pub(super) fn of(&self, kind: &str, what: &str) -> u64 {
        let found = self.0.iter().find(|((k, w), _)| (*k, *w) == (kind, what));
        found.map_or(0, |(_, count)| *count)
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (key, count) in other.0 {
            *self.0.entry(key).or_default() += count;
        }
    }

    /// A line for each kind.
    pub(super) fn table(&self) -> String {
        let mut lines: BTreeMap<&str, String> = BTreeMap::new();
        for ((kind, what), count) in &self.0 {
            let line = lines.entry(kind).or_default();
            let _ = write!(line, "  {what} {count}");
        }
        lines.into_iter().fold(String::new(), |table, (kind, line)| table + &format!("{kind:14}{line}\n"))
    }
}
