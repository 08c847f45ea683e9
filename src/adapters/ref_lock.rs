//! Lock files of references that a process left behind when it was killed.
//!
//! git and libgit2 keep others from a reference by a file `NAME.lock`, and nobody removes it when its process
//! dies. Whoever has the turn in a clone therefore notes in `orch.lock`, before it moves a reference, which
//! one and to what. The kernel gives the turn on when a process dies: whoever gets it and finds such a note
//! knows whose lock that is, if it holds the very commit of the note. A lock that holds anything else is
//! somebody else's, and stays.
#![expect(clippy::disallowed_methods, reason = "the adapter for lock files reads and removes them")]

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::ports::ObjectId;

/// How long a lock without content must have been there: whoever makes one writes into it at once.
const EMPTY: Duration = Duration::from_secs(2);

/// Notes what is about to be moved. Where that cannot be written, a lock left behind is for people.
pub(super) fn note(turn: &File, name: &str, new: ObjectId) {
    forget(turn);
    let mut turn = turn;
    let _ = turn.write_all(format!("{name} {new}\n").as_bytes());
}

/// The move is over, one way or the other.
pub(super) fn forget(turn: &File) {
    let mut turn = turn;
    let _ = turn.set_len(0).and_then(|()| turn.rewind());
}

/// Removes the lock that the last one to have the turn left behind, if it did.
pub(super) fn clean_up(folder: &Path, turn: &File) {
    let mut noted = String::new();
    let mut file = turn;
    if file.read_to_string(&mut noted).is_err() || noted.is_empty() {
        return;
    }
    if let Some((name, new)) = noted.trim_end().split_once(' ')
        && name.starts_with("refs/")
        && !name.contains("..")
    {
        let lock = folder.join(format!("{name}.lock"));
        if is_left_over(&lock, new) {
            let _ = std::fs::remove_file(lock);
        }
    }
    forget(turn);
}

/// Whether a lock is that of a dead process that was about to write `new`.
fn is_left_over(lock: &Path, new: &str) -> bool {
    let Ok(content) = std::fs::read_to_string(lock) else { return false };
    if content.trim_end() == new {
        return true;
    }
    content.is_empty() && stays_empty(lock)
}

/// Whether a lock has no content, and nobody is going to give it any. Only Linux tells who has a file open.
fn stays_empty(lock: &Path) -> bool {
    let Ok(before) = lock.metadata() else { return false };
    let age = before.modified().ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
    std::thread::sleep(EMPTY.saturating_sub(age));
    let Ok(after) = lock.metadata() else { return false };
    let is_same = before.ino() == after.ino() && after.len() == 0;
    let is_ours = after.uid() == rustix::process::geteuid().as_raw();
    is_same && is_ours && cfg!(target_os = "linux") && holder(lock).is_none()
}

/// The process that has a file open, as far as this user may see: `process 4711 (git)`.
pub(super) fn holder(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mut processes = std::fs::read_dir("/proc").ok()?.flatten();
    processes.find_map(|process| {
        let id = process.file_name().into_string().ok()?.parse::<u32>().ok()?;
        let mut open = std::fs::read_dir(process.path().join("fd")).ok()?.flatten();
        let is_open = open.any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == path));
        let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        is_open.then(|| format!("process {id} ({})", name.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "refs/heads/orch/state";

    struct Clone {
        folder: tempfile::TempDir,
        turn: File,
    }

    impl Clone {
        /// Where somebody died who was about to move the branch to 77….
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("refs/heads/orch")).unwrap();
            let turn = folder.path().join("orch.lock");
            let turn = File::options().create_new(true).read(true).write(true).open(turn).unwrap();
            note(&turn, NAME, ObjectId([0x77; 20]));
            (&turn).rewind().unwrap();
            Self { folder, turn }
        }

        fn lock(&self) -> std::path::PathBuf {
            self.folder.path().join(format!("{NAME}.lock"))
        }

        /// Whether a lock with this content is still there after the turn was taken.
        fn keeps(&self, content: &str) -> bool {
            std::fs::write(self.lock(), content).unwrap();
            clean_up(self.folder.path(), &self.turn);
            self.lock().exists()
        }
    }

    #[test]
    fn the_lock_of_the_dead_goes() {
        let clone = Clone::new();
        assert!(!clone.keeps(&format!("{}\n", ObjectId([0x77; 20]))));
        assert!(clone.keeps(&format!("{}\n", ObjectId([0x77; 20]))), "the note is used up");
    }

    #[test]
    fn an_empty_lock_goes_unless_somebody_has_it_open() {
        assert!(!Clone::new().keeps(""));
        let clone = Clone::new();
        let _open = File::create(clone.lock()).unwrap();
        assert!(clone.keeps(""));
        let held = holder(&clone.lock()).unwrap();
        assert!(held.starts_with(&format!("process {} (", std::process::id())), "{held}");
    }

    #[test]
    fn the_lock_of_another_stays() {
        let clone = Clone::new();
        assert!(clone.keeps(&format!("{}\n", ObjectId([0x11; 20]))));
        let clone = Clone::new();
        forget(&clone.turn);
        assert!(clone.keeps(""), "nobody died here");
    }
}
