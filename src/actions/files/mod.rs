//! The actions on files of the project: list, write, copy, move, delete, archive, compress, rotate,
//! verify.
//!
//! What changes files says first exactly which (its manifest), and then does it to those that still
//! are as they were. Caps and permissions hold for the whole manifest before anything is touched.

mod archive;
mod compress;
mod copy;
mod delete;
mod each;
#[cfg(test)]
mod killed;
mod list;
#[path = "move.rs"]
mod moving;
mod rotate;
mod selection;
mod target;
#[cfg(test)]
mod testing;
mod verify;
mod write;
mod zipped;

pub use archive::Archive;
pub use compress::Compress;
pub use copy::Copy;
pub use delete::Delete;
pub use list::List;
pub use moving::Move;
pub use rotate::Rotate;
pub use verify::Verify;
pub use write::Write;

use super::Failure;
use crate::ports::WorkspaceError;

/// What the disk refuses now it may allow later; what is wrong with a path stays wrong.
fn failure(error: &WorkspaceError) -> Failure {
    match error {
        WorkspaceError::Io { .. } | WorkspaceError::Changed(_) => Failure::passing(error.to_string()),
        _ => Failure::last(error.to_string()),
    }
}
