//! What tells the content of one file from another.

use smol_str::SmolStr;

use super::{Stat, Workspace, WorkspaceError};

/// Digests of contents: the ids that git gives them, so that `git hash-object FILE` shows the same.
pub trait Digests {
    /// Of a file of the workspace. May be remembered by the file's mark.
    fn of_file(&self, files: &dyn Workspace, file: &Stat) -> Result<SmolStr, WorkspaceError>;

    fn of_bytes(&self, bytes: &[u8]) -> SmolStr;
}
