//! `format.json`: the few facts that say what the rest of the tree is.
//! A tick that has nothing to do reads this file and no other.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::StoreError;
use crate::model::Time;
use crate::ports::ObjectId;

/// The newest state format that this binary reads. A state is of format 1 until it is compacted.
pub const FORMAT: u32 = 2;

/// Format 2 is format 1 with `branches.json` in the tree and `continued` in the head. Who knows format 1 only
/// would write on where nobody looks any more, or drop what leads to the history before; so it is told apart.
const FIRST: u32 = 1;
pub(super) const COMPACTED: u32 = 2;

/// The content of `format.json`, formats 1 and 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub version: u32,
    pub lineage: SmolStr,
    /// How many ticks were committed, this one included.
    pub serial: u64,
    /// The serial that the snapshot is the fold of; 0 is the empty state before the first tick.
    pub snapshot: u64,
    /// The time of the tick.
    pub at: Time,
    /// When something will change next by the clock alone.
    pub due: Option<Time>,
    /// Whether the configuration watches files, commits or payloads, which every tick must look at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub watches: bool,
    /// Whether nothing is decided until somebody resumes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// The branch on which the state goes on: nothing comes after this commit on its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued: Option<SmolStr>,
    pub version_of_orch: SmolStr,
    /// The last commit before this one that holds a fold.
    pub previous_fold: Option<ObjectId>,
    /// What lies in the log since the snapshot, and how large the snapshot's tasks are.
    pub log_bytes: u64,
    pub log_segments: u32,
    pub snapshot_bytes: u64,
    /// Seals the log: the blob id of the seal before and the ids of this tick's segments, a line each.
    pub seal: Option<ObjectId>,
}

/// What every format has in common, read first.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Head {
    /// Before the first tick.
    pub fn unborn() -> Self {
        Self {
            version: FIRST,
            lineage: SmolStr::default(),
            serial: 0,
            snapshot: 0,
            at: Time::default(),
            due: None,
            watches: false,
            held: false,
            continued: None,
            version_of_orch: env!("CARGO_PKG_VERSION").into(),
            previous_fold: None,
            log_bytes: 0,
            log_segments: 0,
            snapshot_bytes: 0,
            seal: None,
        }
    }

    /// Whether this tick made the snapshot.
    pub fn is_fold(&self) -> bool {
        self.serial > 0 && self.serial == self.snapshot
    }

    pub(super) fn parse(bytes: &[u8], commit: ObjectId) -> Result<Self, StoreError> {
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            commit,
            path: super::object::FORMAT_FILE.into(),
            line: Some(error.line()),
            why: error.to_string(),
        };
        let Version { version } = serde_json::from_slice(bytes).map_err(corrupt)?;
        if version > FORMAT {
            return Err(StoreError::NewerFormat { found: version });
        }
        serde_json::from_slice(bytes).map_err(corrupt)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        super::object::json(self)
    }
}
