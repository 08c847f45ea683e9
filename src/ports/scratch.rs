//! Files for a moment: what a step writes its outputs into.

use std::path::PathBuf;

/// A folder outside the project, gone when the process is.
pub trait Scratch: Sync {
    /// A path that nothing lies at yet.
    fn path(&self) -> PathBuf;

    /// What was written there, at most `limit` bytes, and removes it. None: nothing was.
    fn take(&self, path: &std::path::Path, limit: usize) -> Option<Vec<u8>>;
}
