//! Files of the user, as the stages need them.

use std::io;
use std::path::Path;

/// What reading a file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Whole(Vec<u8>),
    /// The file is larger than the limit and was not read; its size in bytes.
    TooLarge(u64),
}

/// Files of the user, for reading.
pub trait Files {
    /// Reads a regular file whole, unless it is larger than `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content>;

    /// The names of the files in a folder (no folders), sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Whether there is a file (no folder) at `path`.
    ///
    /// # Errors
    /// When that cannot be told, as in a folder without permission.
    fn exists(&self, path: &Path) -> io::Result<bool>;
}
