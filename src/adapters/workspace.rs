//! The project's folder on the disk, for actions.
//!
//! A path is walked name by name from the open root, each folder opened relative to the one before
//! and never through a symbolic link, and the last step is made relative to the open parent. What
//! is swapped meanwhile for a link elsewhere is therefore refused, not followed.

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::model::Time;
use crate::ports::{Convert, Opened, Stat, Workspace, WorkspaceError, inside, is_configuration, is_git};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// Without waiting for the other end of a named pipe.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
const PART: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What files are called while they are written: `.orch-1f….part`.
const PART_START: &str = ".orch-";
const PART_END: &str = ".part";

/// A folder of the disk that is never left.
#[derive(Debug)]
pub struct DiskWorkspace {
    root: OwnedFd,
}

/// The folder of a file, open, and the file's name in it.
struct Place<'p> {
    folder: OwnedFd,
    name: &'p str,
    path: &'p str,
}

impl DiskWorkspace {
    /// Links on the way to the root itself are followed.
    pub fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { root: rustix::fs::open(root, flags, Mode::empty())? })
    }

    /// Opens the folder that `names` lead to; `path` is for messages.
    fn walk(&self, path: &str, names: &[&str], make: bool) -> Result<OwnedFd, WorkspaceError> {
        let failed = |errno| failed(path, errno);
        let mut here = self.root.try_clone().map_err(|error| failed_io(path, &error))?;
        for (depth, name) in names.iter().enumerate() {
            let mut next = rustix::fs::openat(&here, *name, FOLDER, Mode::empty());
            if make && matches!(next, Err(Errno::NOENT)) {
                match rustix::fs::mkdirat(&here, *name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(failed(errno)),
                }
                next = rustix::fs::openat(&here, *name, FOLDER, Mode::empty());
            }
            here = match next {
                Ok(folder) => folder,
                Err(Errno::LOOP | Errno::NOTDIR) if is_link(&here, name) => {
                    let link = names[..=depth].join("/");
                    return Err(WorkspaceError::Link { path: path.to_owned(), link });
                }
                Err(errno) => return Err(failed(errno)),
            };
        }
        Ok(here)
    }

    fn place<'p>(&self, path: &'p str, make: bool) -> Result<Place<'p>, WorkspaceError> {
        let names = inside(path)?;
        let Some((name, folders)) = names.split_last() else {
            return Err(WorkspaceError::Io { path: path.to_owned(), why: "is a folder".into() });
        };
        Ok(Place { folder: self.walk(path, folders, make)?, name, path })
    }

    /// As [`place`](Self::place), of a file that is to change.
    fn place_to_change<'p>(&self, path: &'p str, make: bool) -> Result<Place<'p>, WorkspaceError> {
        if is_configuration(&inside(path)?) {
            return Err(WorkspaceError::Configuration(path.to_owned()));
        }
        self.place(path, make)
    }

    /// Adds the files of one folder to `files`, and its folders to `folders`.
    fn list_one(
        &self,
        path: &str,
        files: &mut Vec<Stat>,
        folders: &mut Vec<String>,
    ) -> Result<(), WorkspaceError> {
        let failed = |errno| failed(path, errno);
        let folder = self.walk(path, &inside(path)?, false)?;
        for entry in Dir::read_from(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if matches!(name, "." | "..") || name.contains('\\') || is_git(name) || is_part(name) {
                continue;
            }
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let stat = match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(failed(errno)),
            };
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => files.push(described(below, &stat)),
                FileType::Directory => folders.push(below),
                _ => {}
            }
        }
        Ok(())
    }

    fn open_file(&self, path: &str) -> Result<File, WorkspaceError> {
        let place = self.place(path, false)?;
        let file = match rustix::fs::openat(&place.folder, place.name, FILE, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::LOOP) => return Err(place.link()),
            Err(errno) => return Err(place.failed(errno)),
        };
        let metadata = file.metadata().map_err(|error| failed_io(path, &error))?;
        if metadata.is_file() { Ok(file) } else { Err(place.odd(metadata.is_dir())) }
    }
}

impl Place<'_> {
    fn failed(&self, errno: Errno) -> WorkspaceError {
        failed(self.path, errno)
    }

    fn link(&self) -> WorkspaceError {
        WorkspaceError::Link { path: self.path.to_owned(), link: self.path.to_owned() }
    }

    fn odd(&self, is_folder: bool) -> WorkspaceError {
        let why = if is_folder { "is a folder" } else { "is not a regular file" };
        WorkspaceError::Io { path: self.path.to_owned(), why: why.into() }
    }

    /// The regular file at this place, if there is anything.
    fn stat(&self) -> Result<Option<rustix::fs::Stat>, WorkspaceError> {
        let stat = match rustix::fs::statat(&self.folder, self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(self.failed(errno)),
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(Some(stat)),
            FileType::Symlink => Err(self.link()),
            kind => Err(self.odd(kind == FileType::Directory)),
        }
    }

    fn must_be(&self, seen: &Stat) -> Result<(), WorkspaceError> {
        match self.stat()? {
            None => Err(WorkspaceError::Missing(self.path.to_owned())),
            Some(stat) if mark(&stat) == seen.mark => Ok(()),
            Some(_) => Err(WorkspaceError::Changed(self.path.to_owned())),
        }
    }

    /// What may stand where a file is put: nothing, or with `over` a regular file.
    fn must_be_free(&self, over: bool) -> Result<Option<rustix::fs::Stat>, WorkspaceError> {
        match self.stat()? {
            Some(_) if !over => Err(WorkspaceError::Exists(self.path.to_owned())),
            found => Ok(found),
        }
    }

    /// A new file beside this place, locked. What a killed process left under the same name is
    /// replaced; a process that is alive holds its lock.
    fn part(&self) -> Result<(File, String), WorkspaceError> {
        let name = part_name(self.name);
        let busy = || WorkspaceError::Io {
            path: self.path.to_owned(),
            why: "is being written by another process".into(),
        };
        for _ in 0..8 {
            let (file, is_new) =
                match rustix::fs::openat(&self.folder, &name, PART, Mode::from_raw_mode(0o666)) {
                    Ok(file) => (File::from(file), true),
                    Err(Errno::EXIST) => match rustix::fs::openat(&self.folder, &name, FILE, Mode::empty()) {
                        Ok(file) => (File::from(file), false),
                        Err(Errno::NOENT) => continue,
                        Err(errno) => return Err(self.failed(errno)),
                    },
                    Err(errno) => return Err(self.failed(errno)),
                };
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Err(busy()),
                Err(errno) => return Err(self.failed(errno)),
            }
            // Between opening and locking, another process may have taken the name.
            let named = rustix::fs::statat(&self.folder, &name, AtFlags::SYMLINK_NOFOLLOW);
            let opened = rustix::fs::fstat(&file).map_err(|errno| self.failed(errno))?;
            let is_same =
                named.is_ok_and(|named| (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino));
            match (is_same, is_new) {
                (true, true) => return Ok((file, name)),
                (true, false) => rustix::fs::unlinkat(&self.folder, &name, AtFlags::empty())
                    .map_err(|errno| self.failed(errno))?,
                (false, _) => {}
            }
        }
        Err(busy())
    }

    /// Writes the file beside its place, and puts it there when it is whole and on the disk.
    fn put(&self, over: bool, fill: &mut dyn FnMut(&File) -> io::Result<()>) -> Result<(), WorkspaceError> {
        let former = self.must_be_free(over)?;
        let (out, part) = self.part()?;
        let written = (|| {
            if let Some(former) = former {
                rustix::fs::fchmod(&out, Mode::from_raw_mode(former.st_mode))?;
            }
            fill(&out)?;
            out.sync_all()
        })();
        let placed = written.map_err(|error| failed_io(self.path, &error)).and_then(|()| {
            move_file(&self.folder, &part, self, over).map_err(|errno| self.failed(errno))?;
            rustix::fs::fsync(&self.folder).map_err(|errno| self.failed(errno))
        });
        if placed.is_err() {
            // Half a file is nobody's; the error that counts is the first one.
            let _ = rustix::fs::unlinkat(&self.folder, &part, AtFlags::empty());
        }
        placed
    }
}

impl Workspace for DiskWorkspace {
    fn list(&self, folder: &str) -> Result<Vec<Stat>, WorkspaceError> {
        let top = inside(folder)?.join("/");
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        match self.list_one(&top, &mut files, &mut folders) {
            Err(WorkspaceError::Missing(_)) => return Ok(files),
            listed => listed?,
        }
        while let Some(folder) = folders.pop() {
            match self.list_one(&folder, &mut files, &mut folders) {
                // Gone, or replaced by a link, since its name was read.
                Err(WorkspaceError::Missing(_) | WorkspaceError::Link { .. }) => {}
                listed => listed?,
            }
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, WorkspaceError> {
        let place = match self.place(path, false) {
            Err(WorkspaceError::Missing(_)) => return Ok(None),
            place => place?,
        };
        Ok(place.stat()?.map(|stat| described(path.to_owned(), &stat)))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError> {
        Ok(Box::new(self.open_file(path)?))
    }

    fn write(
        &self,
        path: &str,
        over: bool,
        fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), WorkspaceError> {
        self.place_to_change(path, true)?.put(over, &mut |file| {
            let mut out = BufWriter::with_capacity(1 << 16, file);
            fill(&mut out)?;
            out.flush()
        })
    }

    fn write_from(
        &self,
        seen: &Stat,
        to: &str,
        over: bool,
        convert: &mut Convert<'_>,
    ) -> Result<(), WorkspaceError> {
        let place = self.place_to_change(to, true)?;
        let mut source = self.open_file(&seen.path)?;
        let as_seen = |source: &File| -> Result<(), WorkspaceError> {
            let now = rustix::fs::fstat(source).map_err(|errno| failed(&seen.path, errno))?;
            if mark(&now) == seen.mark { Ok(()) } else { Err(WorkspaceError::Changed(seen.path.clone())) }
        };
        as_seen(&source)?;
        let mut changed = None;
        let put = place.put(over, &mut |file| {
            let mut out = BufWriter::with_capacity(1 << 16, file);
            convert(&mut source, &mut out)?;
            out.flush()?;
            // What was read counts only if nobody wrote meanwhile.
            if let Err(error) = as_seen(&source) {
                changed = Some(error.clone());
                return Err(io::Error::other(error));
            }
            let like = source.metadata()?;
            file.set_permissions(like.permissions())?;
            file.set_times(std::fs::FileTimes::new().set_modified(like.modified()?))
        });
        match changed {
            Some(error) => Err(error),
            None => put,
        }
    }

    fn remove(&self, seen: &Stat) -> Result<(), WorkspaceError> {
        let place = self.place_to_change(&seen.path, false)?;
        place.must_be(seen)?;
        rustix::fs::unlinkat(&place.folder, place.name, AtFlags::empty()).map_err(|errno| place.failed(errno))
    }

    fn rename(&self, seen: &Stat, to: &str, over: bool) -> Result<(), WorkspaceError> {
        let place = self.place_to_change(&seen.path, false)?;
        place.must_be(seen)?;
        let target = self.place_to_change(to, true)?;
        target.must_be_free(over)?;
        match move_file(&place.folder, place.name, &target, over) {
            Ok(()) => Ok(()),
            // Another file system is mounted at one of the two.
            Err(Errno::XDEV) => {
                self.write_from(seen, to, over, &mut |from, into| io::copy(from, into).map(drop))?;
                self.remove(seen)
            }
            Err(errno) => Err(target.failed(errno)),
        }
    }
}

/// Moves within a file system; without `over` in such a way that nothing is ever replaced.
fn move_file(from: impl AsFd, name: &str, to: &Place<'_>, over: bool) -> Result<(), Errno> {
    if over {
        return rustix::fs::renameat(&from, name, &to.folder, to.name);
    }
    match rustix::fs::renameat_with(&from, name, &to.folder, to.name, RenameFlags::NOREPLACE) {
        // Not every file system knows the flag; a second link is refused by all of them.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(&from, name, &to.folder, to.name, AtFlags::empty())?;
            rustix::fs::unlinkat(&from, name, AtFlags::empty())
        }
        moved => moved,
    }
}

fn is_link(folder: &OwnedFd, name: &str) -> bool {
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

fn described(path: String, stat: &rustix::fs::Stat) -> Stat {
    let bytes = u64::try_from(stat.st_size).unwrap_or_default();
    let changed = format!("{}{:09}", stat.st_ctime, stat.st_ctime_nsec);
    Stat { path, bytes, modified: Time::from_second(stat.st_mtime), mark: mark(stat), changed }
}

fn mark(stat: &rustix::fs::Stat) -> String {
    format!("{}:{}:{}{:09}", stat.st_ino, stat.st_size, stat.st_mtime, stat.st_mtime_nsec)
}

/// The same for the same name, so that what a killed process left is found, and short.
fn part_name(name: &str) -> String {
    let mut hash = rustc_hash::FxHasher::default();
    name.hash(&mut hash);
    format!("{PART_START}{:016x}{PART_END}", hash.finish())
}

fn is_part(name: &str) -> bool {
    name.strip_prefix(PART_START)
        .and_then(|rest| rest.strip_suffix(PART_END))
        .is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn failed(path: &str, errno: Errno) -> WorkspaceError {
    match errno {
        Errno::NOENT => WorkspaceError::Missing(path.to_owned()),
        Errno::EXIST => WorkspaceError::Exists(path.to_owned()),
        errno => failed_io(path, &errno.into()),
    }
}

fn failed_io(path: &str, error: &io::Error) -> WorkspaceError {
    WorkspaceError::Io { path: path.to_owned(), why: error.to_string() }
}

#[cfg(test)]
mod tests;
