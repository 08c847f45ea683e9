//! When the log is folded into the snapshot, and how.

use super::head::Head;
use super::object::{Folder, Node, Put, json};
use super::snapshot;
use crate::ports::{ObjectKind, RepoError};
use crate::state::State;

/// How much log there may be since the snapshot. Folding rewrites every block that changed, so it
/// should be rare; reading parses the whole log, so it should not be too rare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// A log of fewer bytes is not folded, nor one of less than half the snapshot.
    pub log_bytes: u64,
    /// A log of more segments is folded: each is an object to read, and an entry of a folder that every
    /// tick rewrites.
    pub log_segments: u32,
    /// Files of records are split above this: forges advise objects below 1 MB.
    pub file_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { log_bytes: 8 << 20, log_segments: 500, file_bytes: 900_000 }
    }
}

impl Bounds {
    /// Whether a log of this size must be folded.
    pub(super) fn are_exceeded(&self, head: &Head) -> bool {
        head.log_bytes > self.log_bytes.max(head.snapshot_bytes / 2) || head.log_segments > self.log_segments
    }
}

/// What a fold puts into the tree.
pub(super) struct Folded {
    pub(super) meta: Node,
    pub(super) archive: Node,
    /// The content of `snapshot/`.
    pub(super) snapshot: Folder,
    pub(super) retired: Folder,
    pub(super) snapshot_bytes: u64,
}

/// Retires the finished tasks and makes the snapshot of the rest.
pub(super) fn fold(state: &mut State, limit: usize, put: &mut Put<'_>) -> Result<Folded, RepoError> {
    let retired = state.retire_finished();
    let (retired, _) = snapshot::folder(&retired, limit, put)?;
    let (tasks, snapshot_bytes) = snapshot::folder(state.tasks(), limit, put)?;
    let mut snapshot = Folder::default();
    if !tasks.is_empty() {
        snapshot.put("tasks", Node::Folder(tasks));
    }
    Ok(Folded {
        meta: Node::File(put(ObjectKind::Blob, &json(&state.meta))?),
        archive: Node::File(put(ObjectKind::Blob, &json(&state.archive))?),
        snapshot,
        retired,
        snapshot_bytes,
    })
}
