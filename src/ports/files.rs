//! Files of the user, as the stages need them.

use std::io;
use std::path::{Path, PathBuf};

/// What reading a file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Whole(Vec<u8>),
    /// The file is larger than the limit and was not read; its size in bytes.
    TooLarge(u64),
}

/// What a folder holds under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    /// What is there, or where a link leads to in the end.
    pub kind: ListedKind,
    pub is_link: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedKind {
    File,
    Folder,
    /// A link that leads nowhere.
    Nothing,
}

/// Files of the user, for reading.
pub trait Files {
    /// Reads a regular file whole, unless it is larger than `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content>;

    /// What is in a folder, sorted by name.
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>>;

    /// The path with every link in it followed.
    fn real(&self, path: &Path) -> io::Result<PathBuf>;

    /// Whether there is a file (no folder) at `path`.
    ///
    /// # Errors
    /// When that cannot be told, as in a folder without permission.
    fn exists(&self, path: &Path) -> io::Result<bool>;
}
