//! Schedules: when a workflow is due by the clock.

use crate::model::Time;

/// When something is due by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub at: Vec<Time>,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub from: Time,
    pub through: Time,
    pub count: u64,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub run: Vec<Time>,
    pub missed: Option<Missed>,
    pub through: Time,
    pub next: Option<Time>,
}
impl Schedule {
    pub fn due(&self, _: Time, now: Time, _: &dyn Fn(Time) -> Option<Time>) -> Due {
        Due { run: Vec::new(), missed: None, through: now, next: None }
    }
    pub fn next_after(&self, _: Time) -> Option<Time> {
        None
    }
    pub fn slots_between(&self, _: Time, _: Time, _: usize) -> Vec<Time> {
        Vec::new()
    }
}
