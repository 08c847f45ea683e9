//! `orch doctor` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::report::{Finding, Health};

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckupV1 {
    pub format_version: u32,
    /// How many ticks changed something.
    pub serial: u64,
    /// The most urgent first.
    pub findings: Vec<CheckupFindingV1>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckupFindingV1 {
    pub health: Health,
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl CheckupV1 {
    pub fn new(serial: u64, findings: &[Finding]) -> Self {
        let finding = |finding: &Finding| CheckupFindingV1 {
            health: finding.health,
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
        };
        Self { format_version: FORMAT_VERSION, serial, findings: findings.iter().map(finding).collect() }
    }
}
