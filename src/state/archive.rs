//! What the state remembers of finished tasks that have left the hot set: their codes, as
//! ranges of numbers. A million finished tasks are a few lines here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::Code;

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Complete,
    Cancelled,
}

/// Sorted, disjoint, inclusive ranges of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    fn contains(&self, number: u32) -> bool {
        let after = self.0.partition_point(|&(first, _)| first <= number);
        after > 0 && number <= self.0[after - 1].1
    }

    fn add(&mut self, number: u32) {
        if self.contains(number) {
            return;
        }
        let at = self.0.partition_point(|&(first, _)| first <= number);
        let joins_left = at > 0 && self.0[at - 1].1 + 1 == number;
        let joins_right = at < self.0.len() && number + 1 == self.0[at].0;
        match (joins_left, joins_right) {
            (true, true) => {
                self.0[at - 1].1 = self.0[at].1;
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1].1 = number,
            (false, true) => self.0[at].0 = number,
            (false, false) => self.0.insert(at, (number, number)),
        }
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|&(first, last)| u64::from(last - first) + 1).sum()
    }
}

/// The codes of retired tasks, by prefix and fate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Archive {
    #[serde(default)]
    complete: BTreeMap<SmolStr, Ranges>,
    #[serde(default)]
    cancelled: BTreeMap<SmolStr, Ranges>,
}

impl Archive {
    pub fn fate(&self, code: &Code) -> Option<Fate> {
        let holds = |side: &BTreeMap<SmolStr, Ranges>| {
            side.get(code.prefix()).is_some_and(|ranges| ranges.contains(code.number()))
        };
        if holds(&self.complete) {
            Some(Fate::Complete)
        } else {
            holds(&self.cancelled).then_some(Fate::Cancelled)
        }
    }

    pub(super) fn add(&mut self, code: &Code, complete: bool) {
        let side = if complete { &mut self.complete } else { &mut self.cancelled };
        side.entry(code.prefix().into()).or_default().add(code.number());
    }

    /// How many tasks are complete, and how many cancelled.
    pub fn counts(&self) -> (u64, u64) {
        let sum = |side: &BTreeMap<SmolStr, Ranges>| side.values().map(Ranges::count).sum();
        (sum(&self.complete), sum(&self.cancelled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_are_the_set_of_what_was_added(numbers in proptest::collection::vec(0u32..60, 0..80)) {
            let mut ranges = Ranges::default();
            for &number in &numbers {
                ranges.add(number);
            }
            for number in 0..62 {
                prop_assert_eq!(ranges.contains(number), numbers.contains(&number));
            }
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "not joined: {:?}", ranges);
        }
    }
}
