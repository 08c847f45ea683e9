//! Schedules: when a workflow is due by the clock.

use crate::model::Time;

/// When something is due by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub at: Vec<Time>,
}
