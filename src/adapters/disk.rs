//! The disk: the only place where `orch` reads, lists and writes files.
//!
//! What is written is written whole or not at all.
#![expect(clippy::disallowed_methods, reason = "this is the adapter that the ban points to")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::ports::{Content, Files, Listed, ListedKind};

/// The file system as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("`{path}` exists already")]
    Exists { path: PathBuf },
    #[error("failed to write `{path}`: `{file}` is a file, not a folder")]
    NotAFolder { path: PathBuf, file: PathBuf },
    #[error("failed to read `{path}`")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("failed to write `{path}`")]
    Unwritable { path: PathBuf, source: io::Error },
}

impl Files for Disk {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content> {
        // Asked before opening, because opening a named pipe waits for its writer.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size > limit {
            return Ok(Content::TooLarge(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        file.take(limit + 1).read_to_end(&mut bytes)?;
        let read = bytes.len() as u64;
        Ok(if read > limit { Content::TooLarge(read) } else { Content::Whole(bytes) })
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            // Links are followed, so that a linked file counts as a file.
            let is_folder = if kind.is_symlink() {
                fs::metadata(entry.path()).ok().map(|metadata| metadata.is_dir())
            } else {
                Some(kind.is_dir())
            };
            listed.push(Listed {
                name: entry.file_name().to_string_lossy().into_owned(),
                kind: match is_folder {
                    Some(true) => ListedKind::Folder,
                    Some(false) => ListedKind::File,
                    None => ListedKind::Nothing,
                },
                is_link: kind.is_symlink(),
            });
        }
        listed.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(!metadata.is_dir()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Writes a file that must not exist yet, and the folders above it.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let unwritable = |source: io::Error| match source.kind() {
        ErrorKind::AlreadyExists => DiskError::Exists { path: path.to_owned() },
        _ => DiskError::Unwritable { path: path.to_owned(), source },
    };
    if let Err(source) = make_folder_of(path) {
        let file = path.ancestors().skip(1).find(|above| above.is_file());
        return Err(match file.map(Path::to_owned) {
            Some(file) => DiskError::NotAFolder { path: path.to_owned(), file },
            None => DiskError::Unwritable { path: path.to_owned(), source },
        });
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(unwritable)?;
    let written = file.write_all(bytes);
    if written.is_err() {
        // Half a file that this call made is nobody's; the error that counts is the first one.
        let _ = fs::remove_file(path);
    }
    written.map_err(unwritable)
}

/// Writes files that must not exist yet, and the folders above them: all of them or, after an error, none.
pub fn write_all_new(files: &[(PathBuf, &str)]) -> Result<(), DiskError> {
    let mut folders: Vec<&Path> = Vec::new();
    for (at, (path, text)) in files.iter().enumerate() {
        folders.extend(path.ancestors().skip(1).take_while(|folder| !occupied(folder)));
        let Err(error) = write_new(path, text.as_bytes()) else { continue };
        // What cannot be removed either is no worse than the error itself.
        for (written, _) in &files[..at] {
            let _ = fs::remove_file(written);
        }
        folders.sort_unstable_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        for folder in folders {
            let _ = fs::remove_dir(folder);
        }
        return Err(error);
    }
    Ok(())
}

/// Adds to a file, and makes the folders above it; nothing more is added to one of `limit` bytes.
pub fn append(path: &Path, bytes: &[u8], limit: u64) -> io::Result<()> {
    let mut open = OpenOptions::new();
    open.append(true).create(true);
    let mut file = match open.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            open.open(path)?
        }
        opened => opened?,
    };
    if file.metadata()?.len() >= limit { Ok(()) } else { file.write_all(bytes) }
}

/// Puts `bytes` at `path` in one step: a reader sees the old file or the new one, never a part.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let unwritable = |source| DiskError::Unwritable { path: path.to_owned(), source };
    make_folder_of(path).map_err(unwritable)?;
    let mut file = tempfile::NamedTempFile::new_in(folder_of(path)).map_err(unwritable)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
    file.persist(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}

/// Removes a file.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Whether anything is at `path`, a broken link included.
pub fn occupied(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether there is a folder for a file at `path`.
pub fn has_folder(path: &Path) -> bool {
    folder_of(path).is_dir()
}

/// What to call a file that the user hands over in messages.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() }
}

/// A text the user hands over: a file's, or that of stdin for `-`.
pub fn read_text(path: &Path) -> Result<String, DiskError> {
    let read =
        if path == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    read.map_err(|source| DiskError::Unreadable { path: path.to_owned(), source })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn make_folder_of(path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.yaml");
        write_new(&path, b"12345").unwrap();
        assert_eq!(Disk.read(&path, 5).unwrap(), Content::Whole(b"12345".to_vec()));
        assert_eq!(Disk.read(&path, 4).unwrap(), Content::TooLarge(5));
        assert!(Disk.read(folder.path(), 5).is_err(), "a folder is not a file");
        assert!(Disk.exists(&path).unwrap());
        assert!(!Disk.exists(&path.join("below-a-file")).unwrap());
    }

    #[test]
    fn of_many_files_all_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir(at("there")).unwrap();
        fs::write(at("in-the-way"), "").unwrap();
        let mut files = vec![(at("there/one"), "1"), (at("a/b/two"), "2"), (at("a/c/three"), "3")];
        files.push((at("in-the-way/four"), "4"));
        assert!(matches!(write_all_new(&files), Err(DiskError::NotAFolder { .. })));
        let left = Disk.list(folder.path()).unwrap();
        assert_eq!(left.iter().map(|entry| &*entry.name).collect::<Vec<_>>(), ["in-the-way", "there"]);
        assert_eq!(Disk.list(&at("there")).unwrap(), []);
        files.pop();
        write_all_new(&files).unwrap();
        assert_eq!(fs::read_to_string(at("a/c/three")).unwrap(), "3");
        files.push((at("five"), "5"));
        assert!(matches!(write_all_new(&files), Err(DiskError::Exists { .. })));
        assert!(!occupied(&at("five")) && occupied(&at("there/one")), "what was there before is left alone");
    }

    #[test]
    fn writes_new_files_once_and_replaces_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        write_new(&path, b"one").unwrap();
        assert!(matches!(write_new(&path, b"two"), Err(DiskError::Exists { .. })));
        replace(&path, b"three").unwrap();
        assert_eq!(Disk.read(&path, 99).unwrap(), Content::Whole(b"three".to_vec()));
        let listed = Listed { name: "plan.json".to_owned(), kind: ListedKind::File, is_link: false };
        assert_eq!(Disk.list(folder.path()).unwrap(), [listed]);
    }
}
