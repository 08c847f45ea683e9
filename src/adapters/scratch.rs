//! Files for a moment, in a temporary folder of this process.
#![expect(clippy::disallowed_methods, reason = "this is the adapter of scratch files")]

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use crate::ports::Scratch;

/// A temporary folder that only this user can enter.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
    next: AtomicU64,
}

impl TemporaryFolder {
    pub fn make() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("orch-").tempdir()?;
        Ok(Self { folder, next: AtomicU64::new(0) })
    }
}

impl Scratch for TemporaryFolder {
    fn path(&self) -> PathBuf {
        self.folder.path().join(self.next.fetch_add(1, Ordering::Relaxed).to_string())
    }

    fn take(&self, path: &Path, limit: usize) -> Option<Vec<u8>> {
        let file = std::fs::File::open(path).ok()?;
        let mut content = Vec::new();
        let read = file.take(limit as u64).read_to_end(&mut content);
        let _ = std::fs::remove_file(path);
        read.ok().map(|_| content)
    }
}
