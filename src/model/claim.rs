//! Claims: one holder of a task across machines, for a while.
//!
//! A claim is given by a commit, and two commits cannot follow the same one, so that of many who want a task
//! one gets it. Its token grows with each claim of the task and is never given twice: who lost a claim is
//! known by a token that is no longer the current one.

use serde::{Deserialize, Serialize};

use super::{Duration, Name, Time};

/// How far two clocks may be apart. Nobody else gets a task before a claim is past its end by this much, and
/// whose clock is further behind than this gets no claim.
pub const SKEW: Duration = Duration::from_minutes(5);

/// Who works on a task, until when, and the number that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The agent that holds the task.
    pub holder: Name,
    /// The first claim of a task has 1.
    pub token: u64,
    /// Until when, unless it is renewed.
    pub until: Time,
}

impl Claim {
    /// How long a claim lasts if nobody says how long, and at most.
    pub const LASTS: Duration = Duration::from_minutes(2 * 60);
    pub const LONGEST: Duration = Duration::from_seconds(Self::LONGEST_SECONDS);
    pub(crate) const LONGEST_SECONDS: u64 = 30 * 24 * 60 * 60;

    /// From when on others may have the task, whatever their clocks say.
    pub fn ends(&self) -> Time {
        self.until + SKEW
    }
}

/// What a request brings along where a task is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fence {
    /// The token of the claim under which it is made.
    pub token: Option<u64>,
    /// Go over the claim of somebody else.
    pub overrides: bool,
}
