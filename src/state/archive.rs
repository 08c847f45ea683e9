//! What the state remembers of finished tasks that have left the hot set: their codes, as a bit
//! each. A million finished tasks are read in a millisecond.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::model::Code;

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Complete,
    Cancelled,
}

/// How many numbers share a block.
const BLOCK: u32 = 4096;
const WORDS: usize = BLOCK as usize / 64;

/// What stands for a block that holds all its numbers.
const WHOLE: &str = "*";

/// A set of numbers, as bits in blocks: as small as ranges where numbers follow each other, and
/// no larger than a bit a number where they do not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Numbers(BTreeMap<u32, Box<[u64; WORDS]>>);

/// Where a number stands: block, word, bit.
const fn place(number: u32) -> (u32, usize, u64) {
    let within = number % BLOCK;
    (number / BLOCK, within as usize / 64, 1 << (within % 64))
}

impl Numbers {
    fn contains(&self, number: u32) -> bool {
        let (block, word, bit) = place(number);
        self.0.get(&block).is_some_and(|words| words[word] & bit != 0)
    }

    fn add(&mut self, number: u32) {
        let (block, word, bit) = place(number);
        self.0.entry(block).or_insert_with(|| Box::new([0; WORDS]))[word] |= bit;
    }

    fn count(&self) -> u64 {
        self.0.values().flat_map(|words| words.iter()).map(|word| u64::from(word.count_ones())).sum()
    }
}

impl Serialize for Numbers {
    /// By block: its words as 16 hexadecimal digits each, without the empty ones at the end.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(block, words)| (block, block_text(words))))
    }
}

fn block_text(words: &[u64; WORDS]) -> String {
    if words.iter().all(|word| *word == u64::MAX) {
        return WHOLE.to_owned();
    }
    let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
    words[..used].iter().fold(String::with_capacity(used * 16), |mut text, word| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{word:016x}");
        text
    })
}

fn block_words(text: &str) -> Option<Box<[u64; WORDS]>> {
    if text == WHOLE {
        return Some(Box::new([u64::MAX; WORDS]));
    }
    let mut words = Box::new([0; WORDS]);
    if !text.len().is_multiple_of(16)
        || text.len() > WORDS * 16
        || !text.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    for (word, digits) in words.iter_mut().zip(text.as_bytes().chunks_exact(16)) {
        *word = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(words)
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<u32, Cow<'de, str>>::deserialize(deserializer)?;
        let block = |(block, text): (u32, Cow<'de, str>)| {
            let words =
                block_words(&text).ok_or_else(|| D::Error::custom("a block is not hexadecimal words"))?;
            Ok((block, words))
        };
        texts.into_iter().map(block).collect::<Result<_, _>>().map(Self)
    }
}

/// The codes of retired tasks, by prefix and fate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Archive {
    #[serde(default)]
    complete: BTreeMap<SmolStr, Numbers>,
    #[serde(default)]
    cancelled: BTreeMap<SmolStr, Numbers>,
}

impl Archive {
    pub fn fate(&self, code: &Code) -> Option<Fate> {
        let holds = |side: &BTreeMap<SmolStr, Numbers>| {
            side.get(code.prefix()).is_some_and(|numbers| numbers.contains(code.number()))
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
        let sum = |side: &BTreeMap<SmolStr, Numbers>| side.values().map(Numbers::count).sum();
        (sum(&self.complete), sum(&self.cancelled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_the_set_of_what_was_added(added in proptest::collection::vec(0u32..10_000, 0..80)) {
            let mut numbers = Numbers::default();
            for &number in &added {
                numbers.add(number);
            }
            for number in 0..10_002 {
                prop_assert_eq!(numbers.contains(number), added.contains(&number));
            }
            let text = serde_json::to_string(&numbers).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Numbers>(&text).unwrap(), &numbers);
        }
    }

    #[test]
    fn what_is_whole_is_short_and_what_is_broken_is_refused() {
        let mut numbers = Numbers::default();
        (0..8192).for_each(|number| numbers.add(number));
        numbers.add(8193);
        assert_eq!(numbers.count(), 8193);
        assert_eq!(serde_json::to_string(&numbers).unwrap(), r#"{"0":"*","1":"*","2":"0000000000000002"}"#);
        for text in [r#"{"0":"1"}"#, r#"{"0":"000000000000000g"}"#, r#"{"x":"*"}"#] {
            assert!(serde_json::from_str::<Numbers>(text).is_err(), "{text}");
        }
    }
}
