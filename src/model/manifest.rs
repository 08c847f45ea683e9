//! Which files an action changes: said by a plan, and kept to by every attempt.

use serde::{Deserialize, Serialize};

use super::Time;

/// Exactly which files an action changes, and how they were when it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// `delete`, `move to archive`, `compress`: in words, to stand before a path.
    pub verb: String,
    pub files: Vec<ManifestFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Where something else is done to it than to the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// Below the project's root, with `/`.
    pub path: String,
    pub bytes: u64,
    pub modified: Time,
    /// Where it goes, if it goes somewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Of its content, as the workspace tells it.
    pub mark: String,
}
