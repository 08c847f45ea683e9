//! The steps of a run: their records by key, and which of them have not ended.
//!
//! A tick asks after every step that ends what goes on and whether anything failed; a run of a thousand
//! steps must answer without looking at a thousand records.

use std::collections::BTreeSet;
use std::ops::Index;

use indexmap::IndexMap;
use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::{StepRun, StepStatus};

/// Boxed, since records are large and what is searched are the keys.
type Records = IndexMap<SmolStr, Box<StepRun>, FxBuildHasher>;

/// In the order in which they began. On disk it is the map alone; the rest is derived from that.
#[derive(Debug, Clone, Default)]
pub struct Steps {
    records: Records,
    /// The places of the records that have not ended.
    open: BTreeSet<usize>,
    failed: usize,
    /// Ended, but not well: failed, skipped, cancelled.
    unsuccessful: usize,
}

impl Steps {
    pub fn get(&self, key: &str) -> Option<&StepRun> {
        self.records.get(key).map(AsRef::as_ref)
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.records.contains_key(key)
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&SmolStr, &StepRun)> {
        self.records.iter().map(|(key, record)| (key, record.as_ref()))
    }

    pub fn keys(&self) -> impl Iterator<Item = &SmolStr> {
        self.records.keys()
    }

    pub fn values(&self) -> impl Iterator<Item = &StepRun> {
        self.records.values().map(AsRef::as_ref)
    }

    /// Those that have begun and not ended.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = (&SmolStr, &StepRun)> {
        self.open.iter().map(|place| {
            let (key, record) = self.records.get_index(*place).expect("places of records that are there");
            (key, record.as_ref())
        })
    }

    /// How many of these keys, from the first on, are those of the first records, all of which have ended. A list
    /// of steps begins in its own order as far as nothing in it has to wait, so that this is most of what is over.
    pub fn ended_first<'k>(&self, keys: impl Iterator<Item = &'k SmolStr>) -> usize {
        let ended = self.open.first().copied().unwrap_or(self.records.len());
        self.records.keys().take(ended).zip(keys).take_while(|(begun, key)| begun == key).count()
    }

    /// How many attempts are being made.
    pub fn running(&self) -> usize {
        self.open().filter(|(_, record)| record.status == StepStatus::Running).count()
    }

    pub const fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// Whether one ended in another way than it should.
    pub const fn has_unsuccessful(&self) -> bool {
        self.unsuccessful > 0
    }

    /// Changes a record, which `new` makes if there is none.
    pub fn change(
        &mut self,
        key: &SmolStr,
        new: impl FnOnce() -> StepRun,
        change: impl FnOnce(&mut StepRun),
    ) {
        let place = match self.records.entry(key.clone()) {
            Entry::Occupied(entry) => entry.index(),
            Entry::Vacant(entry) => {
                let place = entry.index();
                entry.insert(Box::new(new()));
                self.count(place);
                place
            }
        };
        self.change_at(place, change);
    }

    /// Changes all records.
    pub fn change_all(&mut self, mut change: impl FnMut(&mut StepRun)) {
        for place in 0..self.records.len() {
            self.change_at(place, &mut change);
        }
    }

    fn change_at(&mut self, place: usize, change: impl FnOnce(&mut StepRun)) {
        self.uncount(place);
        change(&mut self.records[place]);
        self.count(place);
    }

    fn count(&mut self, place: usize) {
        let status = self.records[place].status;
        if !status.is_finished() {
            self.open.insert(place);
        }
        self.failed += usize::from(status == StepStatus::Failed);
        self.unsuccessful += usize::from(is_unsuccessful(status));
    }

    fn uncount(&mut self, place: usize) {
        let status = self.records[place].status;
        self.open.remove(&place);
        self.failed -= usize::from(status == StepStatus::Failed);
        self.unsuccessful -= usize::from(is_unsuccessful(status));
    }
}

const fn is_unsuccessful(status: StepStatus) -> bool {
    status.is_finished() && !matches!(status, StepStatus::Succeeded)
}

impl From<Records> for Steps {
    fn from(records: Records) -> Self {
        let mut steps = Self { records, ..Self::default() };
        for place in 0..steps.records.len() {
            steps.count(place);
        }
        steps
    }
}

impl Index<&str> for Steps {
    type Output = StepRun;

    fn index(&self, key: &str) -> &StepRun {
        &self.records[key]
    }
}

impl PartialEq for Steps {
    fn eq(&self, other: &Self) -> bool {
        self.records == other.records
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.records.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Records::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Time;

    const STATUSES: [StepStatus; 8] = [
        StepStatus::Running,
        StepStatus::Retrying,
        StepStatus::Waiting,
        StepStatus::Expanded,
        StepStatus::Succeeded,
        StepStatus::Failed,
        StepStatus::Skipped,
        StepStatus::Cancelled,
    ];

    proptest! {
        #[test]
        fn what_is_kept_is_what_a_look_at_all_of_them_finds(
            changes in prop::collection::vec((0..12_usize, 0..STATUSES.len()), 0..60),
        ) {
            let mut steps = Steps::default();
            for (step, status) in changes {
                let (key, status) = (SmolStr::from(format!("s{step}")), STATUSES[status]);
                steps.change(&key, || StepRun::new(Time::default()), |record| record.status = status);
                let again: Steps = serde_json::from_str(&serde_json::to_string(&steps).unwrap()).unwrap();
                for steps in [&steps, &again] {
                    let all = |is: &dyn Fn(StepStatus) -> bool| -> Vec<&SmolStr> {
                        steps.iter().filter(|(_, record)| is(record.status)).map(|(key, _)| key).collect()
                    };
                    prop_assert_eq!(steps.open().map(|(key, _)| key).collect::<Vec<_>>(), all(&|s| !s.is_finished()));
                    let list: Vec<SmolStr> = (0..12).map(|step| format!("s{step}").into()).collect();
                    let first = steps.ended_first(list.iter());
                    let is_first = |count: usize| {
                        let ended = steps.iter().take_while(|(_, record)| record.status.is_finished());
                        ended.map(|(key, _)| key).take(count).eq(&list[..count])
                    };
                    prop_assert!(is_first(first) && (first == list.len() || !is_first(first + 1)));
                    prop_assert_eq!(steps.running(), all(&|s| s == StepStatus::Running).len());
                    prop_assert_eq!(steps.has_failed(), !all(&|s| s == StepStatus::Failed).is_empty());
                    prop_assert_eq!(steps.has_unsuccessful(), !all(&is_unsuccessful).is_empty());
                }
            }
            steps.change_all(|record| record.status = StepStatus::Cancelled);
            prop_assert_eq!(steps.open().count(), 0);
        }
    }
}
