//! Exit codes, a documented contract.

use std::process::ExitCode;

/// How a run of `orch` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    /// The user's files or the world are not as they must be.
    Failed = 1,
    Usage = 2,
    NoProject = 3,
    /// `plan --exit-code`: changes are pending.
    Changes = 10,
    /// A run that was carried out failed.
    Partial = 11,
    /// `next`: no task is ready.
    Nothing = 12,
    /// The state moved: the plan is stale.
    Stale = 20,
    /// A bug in `orch`.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
