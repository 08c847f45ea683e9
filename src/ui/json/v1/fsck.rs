//! `orch fsck` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::commit::Finding;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FsckV1 {
    pub format_version: u32,
    /// How many ticks the history has.
    pub serial: u64,
    pub findings: Vec<FindingV1>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingV1 {
    pub commit: String,
    pub path: String,
    /// From 1.
    pub line: Option<usize>,
    pub message: String,
}

impl FsckV1 {
    pub fn new(serial: u64, findings: &[Finding]) -> Self {
        let finding = |finding: &Finding| FindingV1 {
            commit: finding.commit.to_string(),
            path: finding.path.clone(),
            line: finding.line,
            message: finding.message.clone(),
        };
        Self { format_version: FORMAT_VERSION, serial, findings: findings.iter().map(finding).collect() }
    }
}
