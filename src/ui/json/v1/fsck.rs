//! `orch fsck` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::commit::{Finding, Verified};

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
    /// Nothing is known to be wrong, but it could not be shown to be right.
    pub is_warning: bool,
}

impl FsckV1 {
    pub fn new(serial: u64, findings: &[Finding]) -> Self {
        Self { format_version: FORMAT_VERSION, serial, findings: rows(findings) }
    }
}

/// `orch verify` as JSON.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerifyV1 {
    pub format_version: u32,
    /// How many ticks the history has.
    pub serial: u64,
    /// How many commits were verified.
    pub commits: usize,
    /// The first of them; null if there is no state yet.
    pub first: Option<String>,
    pub first_serial: Option<u64>,
    /// Whether what was before the first one is not in this clone.
    pub is_cut: bool,
    pub findings: Vec<FindingV1>,
}

impl VerifyV1 {
    pub fn new(serial: u64, verified: &Verified) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            serial,
            commits: verified.commits,
            first: verified.first.map(|(commit, _)| commit.to_string()),
            first_serial: verified.first.map(|(_, serial)| serial),
            is_cut: verified.is_cut,
            findings: rows(&verified.findings),
        }
    }
}

fn rows(findings: &[Finding]) -> Vec<FindingV1> {
    let row = |finding: &Finding| FindingV1 {
        commit: finding.commit.to_string(),
        path: finding.path.clone(),
        line: finding.line,
        message: finding.message.clone(),
        is_warning: finding.is_warning,
    };
    findings.iter().map(row).collect()
}
