//! Digests of files, remembered between ticks in a file of the git directory, so that a tick over thousands
//! of files that did not change reads none of them. Whoever deletes that file loses time and nothing else.
#![expect(clippy::disallowed_methods, reason = "this is the adapter of that file")]

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{clock, disk};
use crate::model::{Duration, Time, hex};
use crate::ports::{Digests, Stat, Workspace, WorkspaceError};

/// A file that was modified so short a time ago may be modified again without a change of its mark: clocks
/// of file systems are coarse.
const SETTLED: Duration = Duration::from_seconds(2);

/// What the file in the git directory says: by path, the mark and the digest.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SeenV1 {
    version: u32,
    files: FxHashMap<String, (String, SmolStr)>,
}

/// Digests that are remembered.
#[derive(Debug)]
pub struct KnownDigests {
    path: PathBuf,
    known: RefCell<Option<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    before: FxHashMap<String, (String, SmolStr)>,
    /// What was asked for in this process.
    used: FxHashMap<String, (String, SmolStr)>,
    is_changed: bool,
}

impl KnownDigests {
    pub fn new(git_dir: &Path) -> Self {
        Self { path: git_dir.join("orch").join("seen.json"), known: RefCell::new(None) }
    }

    /// Remembers what was asked for, if there is anything new in it. That it could not be written costs time
    /// only, and is nothing to tell anybody.
    pub fn keep(&self) {
        let mut known = self.known.borrow_mut();
        let Some(known) = known.as_mut().filter(|known| known.is_changed) else { return };
        let seen = SeenV1 { version: 1, files: std::mem::take(&mut known.used) };
        if let Ok(bytes) = serde_json::to_vec(&seen) {
            let _ = disk::replace(&self.path, &bytes);
        }
        known.used = seen.files;
        known.is_changed = false;
    }

    fn read(&self) -> Known {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        let seen: SeenV1 = serde_json::from_slice(&bytes).unwrap_or_default();
        Known {
            before: if seen.version == 1 { seen.files } else { FxHashMap::default() },
            ..Known::default()
        }
    }
}

impl Digests for KnownDigests {
    fn of_file(&self, files: &dyn Workspace, file: &Stat) -> Result<SmolStr, WorkspaceError> {
        let mut known = self.known.borrow_mut();
        let known = known.get_or_insert_with(|| self.read());
        let seen = mark(file);
        if let Some((_, digest)) = known.used.get(&file.path).filter(|(mark, _)| *mark == seen) {
            return Ok(digest.clone());
        }
        if let Some((mark, digest)) = known.before.remove(&file.path).filter(|(mark, _)| *mark == seen) {
            known.used.insert(file.path.clone(), (mark, digest.clone()));
            return Ok(digest);
        }
        let now = clock::now();
        let digest = blob_id(files, file)?;
        if is_settled(file, now) {
            known.used.insert(file.path.clone(), (seen, digest.clone()));
            known.is_changed = true;
        }
        Ok(digest)
    }

    fn of_bytes(&self, bytes: &[u8]) -> SmolStr {
        let mut context = begun(bytes.len() as u64);
        context.update(bytes);
        digits(context)
    }
}

/// What tells a file from another one at its path: also one of the same size whose time was set back.
fn mark(file: &Stat) -> String {
    format!("{} {}", file.mark, file.changed)
}

fn is_settled(file: &Stat, now: Time) -> bool {
    file.modified + SETTLED < now
}

/// git's id of a file. If its length changes meanwhile the id is that of nothing, and the next look sees
/// another one.
fn blob_id(files: &dyn Workspace, file: &Stat) -> Result<SmolStr, WorkspaceError> {
    let mut opened = files.open(&file.path)?;
    let mut context = begun(file.bytes);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match opened.read(&mut buffer) {
            Ok(0) => return Ok(digits(context)),
            Ok(read) => context.update(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(WorkspaceError::Io { path: file.path.clone(), why: error.to_string() });
            }
        }
    }
}

fn begun(bytes: u64) -> Context {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(format!("blob {bytes}\0").as_bytes());
    context
}

fn digits(context: Context) -> SmolStr {
    hex::encode(context.finish().as_ref()).into()
}

#[cfg(test)]
mod tests {
    use super::KnownDigests;
    use crate::adapters::git::blob_id;
    use crate::adapters::workspace::DiskWorkspace;
    use crate::ports::{Digests as _, Workspace as _};

    #[test]
    fn digests_are_git_s_and_remembered_by_mark_once_the_file_has_settled() {
        let (folder, git) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("a.md");
        std::fs::write(&path, "one\n").unwrap();
        let files = DiskWorkspace::open(folder.path()).unwrap();
        let stat = || files.stat("a.md").unwrap().unwrap();
        let id = |text: &str| blob_id(text.as_bytes()).unwrap().to_string();

        // Just written: read again each time.
        let digests = KnownDigests::new(git.path());
        assert_eq!(digests.of_file(&files, &stat()).unwrap(), id("one\n"));
        assert_eq!(digests.of_bytes(b"one\n"), id("one\n"));
        digests.keep();
        assert!(!git.path().join("orch/seen.json").exists());

        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        let settle = || std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        settle();
        assert_eq!(digests.of_file(&files, &stat()).unwrap(), id("one\n"));
        digests.keep();
        let seen = std::fs::read_to_string(git.path().join("orch/seen.json")).unwrap();
        // Proof that it is used: what it says is believed.
        std::fs::write(git.path().join("orch/seen.json"), seen.replace(&id("one\n"), "beef")).unwrap();
        let digests = KnownDigests::new(git.path());
        assert_eq!(digests.of_file(&files, &stat()).unwrap(), "beef");

        // Rewritten in place, with the same size and the old time: no longer the same.
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(&path, "two\n").unwrap();
        settle();
        assert_eq!(KnownDigests::new(git.path()).of_file(&files, &stat()).unwrap(), id("two\n"));

        // Another mark, or a file that says nothing sensible: read.
        std::fs::write(&path, "three\n").unwrap();
        settle();
        assert_eq!(digests.of_file(&files, &stat()).unwrap(), id("three\n"));
        std::fs::write(git.path().join("orch/seen.json"), "{{{").unwrap();
        assert_eq!(KnownDigests::new(git.path()).of_file(&files, &stat()).unwrap(), id("three\n"));
    }
}
