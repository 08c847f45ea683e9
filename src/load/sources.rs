//! The files of a project as they were read, byte for byte.

use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::{Diagnostics, SourceMap};

use super::Kind;

/// The largest file that is read.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// One file. Its bytes are what stands on the disk, byte order mark and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to [`Sources::root`], with `/`.
    pub path: Arc<str>,
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

impl SourceFile {
    /// What diagnostics count their spans in: no byte order mark, bytes that are not UTF-8 replaced.
    pub fn text(&self) -> Arc<str> {
        String::from_utf8_lossy(self.bytes_without_mark()).into()
    }

    pub(crate) fn bytes_without_mark(&self) -> &[u8] {
        self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes)
    }
}

/// All files of a project, sorted by path, and what went wrong in finding them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The folder that paths are relative to: the one with `orch.yaml`, or with `.orch`.
    pub root: PathBuf,
    pub files: Vec<SourceFile>,
    pub diagnostics: Diagnostics,
}

impl Sources {
    /// Sources that do not come from a disk: a git tree, a test.
    pub fn in_memory(files: impl IntoIterator<Item = (String, Kind, Vec<u8>)>) -> Self {
        let file =
            |(path, kind, bytes): (String, Kind, Vec<u8>)| SourceFile { path: path.into(), kind, bytes };
        let mut sources = Self { files: files.into_iter().map(file).collect(), ..Self::default() };
        sources.sort();
        sources
    }

    pub(super) fn sort(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// The texts, for showing diagnostics.
    pub fn map(&self) -> SourceMap {
        let mut map = SourceMap::default();
        for file in &self.files {
            map.insert(file.path.clone(), file.text());
        }
        map
    }
}
