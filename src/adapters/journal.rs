//! The journals of ticks: a file each in the git directory, locked while its tick lives. Nothing is synced:
//! a killed process loses nothing that it wrote, and after a power cut the state branch decides.
#![expect(clippy::disallowed_methods, reason = "this is the adapter of the journals")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::faults::around;

/// The journal of this process.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// The journal of a process that is no more.
#[derive(Debug)]
pub struct Leftover {
    /// The name of the tick.
    pub holder: String,
    pub content: Vec<u8>,
    /// Keeps it ours until it is removed.
    _file: File,
    path: PathBuf,
}

fn folder(git_dir: &Path) -> PathBuf {
    git_dir.join("orch").join("journal")
}

/// The same error, and where.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

impl Journal {
    /// Begins the journal of a tick.
    pub fn begin(git_dir: &Path, holder: &str) -> io::Result<Self> {
        around("journal.begin", || Self::make(git_dir, holder)).map_err(|error| at(&folder(git_dir), &error))
    }

    fn make(git_dir: &Path, holder: &str) -> io::Result<Self> {
        let folder = folder(git_dir);
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(holder);
        // Made under another name and locked before anybody can see it: an unlocked journal is a dead one.
        let made = folder.join(format!(".{holder}"));
        let file = OpenOptions::new().create_new(true).append(true).open(&made)?;
        file.lock()?;
        std::fs::rename(&made, &path)?;
        Ok(Self { file, path })
    }

    /// Adds a line in one write.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        around("journal.append", || self.file.write_all(line))
    }

    /// The tick is over, and all of it is committed.
    pub fn end(self) -> io::Result<()> {
        around("journal.end", || std::fs::remove_file(&self.path))
    }
}

impl Leftover {
    /// The journals of ticks that died, in the order of their names.
    pub fn all(git_dir: &Path) -> io::Result<Vec<Self>> {
        around("journal.leftovers", || Self::find(git_dir)).map_err(|error| at(&folder(git_dir), &error))
    }

    fn find(git_dir: &Path) -> io::Result<Vec<Self>> {
        let entries = match std::fs::read_dir(folder(git_dir)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let Some(holder) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let holder = holder.trim_start_matches('.').to_owned();
            // Another tick may take it, or end, between any two of these.
            let Ok(mut file) = File::open(&path) else { continue };
            if file.try_lock().is_err() || !path.exists() {
                continue;
            }
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            found.push(Self { holder, content, _file: file, path });
        }
        found.sort_by(|a, b| a.holder.cmp(&b.holder));
        Ok(found)
    }

    /// What it says has been told to the state.
    pub fn remove(self) -> io::Result<()> {
        around("journal.remove", || std::fs::remove_file(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, Leftover};

    #[test]
    fn only_journals_of_the_dead_are_left_over() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Leftover::all(dir.path()).unwrap().is_empty());
        let mut alive = Journal::begin(dir.path(), "a").unwrap();
        alive.append(b"one\n").unwrap();
        let mut dead = Journal::begin(dir.path(), "b").unwrap();
        dead.append(b"two\n").unwrap();
        drop(dead);
        let left = Leftover::all(dir.path()).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].holder.as_str(), left[0].content.as_slice()), ("b", b"two\n".as_slice()));
        for left in left {
            left.remove().unwrap();
        }
        alive.end().unwrap();
        assert!(Leftover::all(dir.path()).unwrap().is_empty());
    }
}
