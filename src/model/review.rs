//! Reviews, and the policy that says which tasks need which.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::{Name, Origin, TaskMatch, Time};

/// The number of a review, written `REVIEW-025`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReviewId(pub u32);

impl ReviewId {
    pub const PREFIX: &'static str = "REVIEW";
}

impl fmt::Display for ReviewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{:03}", Self::PREFIX, self.0))
    }
}

impl FromStr for ReviewId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.strip_prefix("REVIEW-")
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a review (such as `REVIEW-025`)"))
    }
}

impl Serialize for ReviewId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReviewId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SmolStr::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    Pending,
    Approved,
    Rejected,
    ChangesRequested,
    /// No longer needed: another review of the round sent the task back, or it was cancelled.
    Withdrawn,
}

impl ReviewStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::ChangesRequested => "changes_requested",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl fmt::Display for ReviewStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approved,
    Rejected,
    ChangesRequested,
}

impl Verdict {
    pub const fn status(self) -> ReviewStatus {
        match self {
            Self::Approved => ReviewStatus::Approved,
            Self::Rejected => ReviewStatus::Rejected,
            Self::ChangesRequested => ReviewStatus::ChangesRequested,
        }
    }
}

/// One review of one task in one round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub id: ReviewId,
    #[serde(rename = "type")]
    pub kind: Name,
    /// Nobody, if all who may review it are its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<Name>,
    pub status: ReviewStatus,
    /// From 1, one more with each resubmission.
    pub round: u16,
    /// The stage within the round, from 1.
    pub stage: u8,
    pub requested_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// Minutes the reviewer says it took; the time from request to verdict if unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A kind of review: who may do it, and what it records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewType {
    pub name: Name,
    pub title: String,
    /// In order of preference; the one with the fewest pending reviews is taken, the author never.
    pub reviewers: Vec<Name>,
    /// The name and range of the rating a verdict carries, such as `ds_rating` 1 to 5.
    pub rating: Option<(Name, u8, u8)>,
    pub origin: Origin,
}

/// Review types that run side by side; the next stage begins when all have approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub reviews: Vec<Name>,
    pub origin: Origin,
}

/// How thoroughly a task is reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub number: u8,
    pub name: String,
    pub stages: Vec<Stage>,
    pub origin: Origin,
}

/// Tasks that must be reviewed, and by which tier if they name none themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub matching: TaskMatch,
    pub default_tier: u8,
    pub origin: Origin,
}

/// The whole of `reviews.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewPolicy {
    pub types: IndexMap<Name, ReviewType>,
    pub tiers: BTreeMap<u8, Tier>,
    pub required: Vec<Requirement>,
}

impl ReviewPolicy {
    /// The requirement that applies to a task, and the tier by which it is reviewed: its own, or the
    /// requirement's where it names none or one that is no longer declared.
    pub fn tier_of(&self, task: &super::Task) -> Option<(&Requirement, &Tier)> {
        let requirement = self.required.iter().find(|requirement| requirement.matching.matches(task))?;
        let own = task.spec.tier.and_then(|tier| self.tiers.get(&tier));
        let tier = own.or_else(|| self.tiers.get(&requirement.default_tier))?;
        Some((requirement, tier))
    }
}
