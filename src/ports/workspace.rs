//! The project's folder as actions use it: every path lies below the root, whatever it says.

use std::io::{Read, Seek, Write};

use crate::model::Time;

/// A file (or what is there instead) of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Below the project's root, with `/`.
    pub path: String,
    pub bytes: u64,
    pub modified: Time,
    /// Tells a file from the same path with other content or another identity: inode, size and
    /// modification time in nanoseconds.
    pub mark: String,
    /// When anything about it changed last, as the file system of this machine tells; nobody can set it. Empty
    /// where that is not known.
    pub changed: String,
}

/// Why the workspace did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    #[error("`{0}` is not a path below the project's folder")]
    Outside(String),
    #[error("`{path}` leads through a symbolic link at `{link}`")]
    Link { path: String, link: String },
    #[error("`{0}` belongs to git")]
    Git(String),
    #[error("`{0}` is configuration of orch, which only people change")]
    Configuration(String),
    #[error("`{0}` does not exist")]
    Missing(String),
    #[error("`{0}` changed since it was looked at")]
    Changed(String),
    #[error("`{0}` exists already")]
    Exists(String),
    #[error("`{path}`: {why}")]
    Io { path: String, why: String },
}

/// What an open file can do.
pub trait Opened: Read + Seek + Send {}

impl<T: Read + Seek + Send> Opened for T {}

/// What makes the content of a file from that of another.
pub type Convert<'a> = dyn FnMut(&mut dyn Read, &mut dyn Write) -> std::io::Result<()> + 'a;

/// Files below the project's root. Nothing here follows a symbolic link, leaves the root, touches
/// `.git` or changes what [`is_configuration`](super::is_configuration); paths are relative, with `/`.
pub trait Workspace: Sync {
    /// The regular files below a folder (`""`: the root), at any depth, in the order of their paths;
    /// none if there is no such folder. Left out: links, `.git`, half-written files of `orch`, and
    /// names that no path can have (not UTF-8, with a backslash).
    fn list(&self, folder: &str) -> Result<Vec<Stat>, WorkspaceError>;

    /// A regular file; none if there is nothing.
    fn stat(&self, path: &str) -> Result<Option<Stat>, WorkspaceError>;

    fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError>;

    /// Writes a file whole or not at all, and makes the folders above it. `over` says whether an
    /// existing file may be replaced.
    fn write(
        &self,
        path: &str,
        over: bool,
        fill: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), WorkspaceError>;

    /// Writes a file as [`write`](Self::write) does, from another one that is as it was seen before
    /// and after, with its modification time and permissions.
    fn write_from(
        &self,
        seen: &Stat,
        to: &str,
        over: bool,
        convert: &mut Convert<'_>,
    ) -> Result<(), WorkspaceError>;

    /// Removes a file if it still is as it was seen.
    fn remove(&self, seen: &Stat) -> Result<(), WorkspaceError>;

    /// Moves a file if it still is as it was seen, and makes the folders above `to`.
    fn rename(&self, seen: &Stat, to: &str, over: bool) -> Result<(), WorkspaceError>;
}
