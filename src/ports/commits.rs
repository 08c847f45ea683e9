//! The history of the project's own branches, for looking only.

use smol_str::SmolStr;

use super::RepoError;
use crate::model::SeenCommit;

/// Where a branch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchTip {
    /// Without `refs/heads/`; none if no branch is checked out (a detached `HEAD`).
    pub branch: Option<String>,
    pub commit: SmolStr,
}

/// What came to a branch since it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    Commits {
        /// Each after those it builds on. More than fit are left to the next look: all of history up to
        /// the last one of these is in here or was seen before.
        commits: Vec<SeenCommit>,
        /// How many were let go by, because they came with one merge that alone brought too many.
        left_out: usize,
    },
    /// What was seen last is not part of the branch any more.
    Rewritten,
    /// This clone is shallow, and does not reach back to what was seen last.
    OutOfReach,
}

/// Commits of local branches.
pub trait Commits {
    /// The tip of a branch, or of what is checked out; none if there is no such branch, or no commit yet.
    /// `origin/main` stands for what was fetched of it.
    fn tip(&self, branch: Option<&str>) -> Result<Option<BranchTip>, RepoError>;

    /// One commit. Its paths are those that differ from its first parent.
    fn commit(&self, id: &str) -> Result<SeenCommit, RepoError>;

    /// The commits of `tip` that `seen` does not have, at most about `most` of them.
    fn since(&self, seen: &str, tip: &str, most: usize) -> Result<Since, RepoError>;
}
