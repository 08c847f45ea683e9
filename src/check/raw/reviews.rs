//! `reviews.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};

use super::{Int, RawMatch, RawName, Tag, Title};

/// The number of a tier.
pub(crate) type TierNumber = Int<1, 99>;

/// One review type, or several that run side by side.
pub(crate) type RawStage = OneOrMany<Spanned<RawName>>;

/// What is reviewed, by whom, and in which order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawReviews {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The kinds of reviews there are.
    #[serde(default)]
    pub(crate) types: Vec<Spanned<RawReviewType>>,

    /// How thoroughly tasks are reviewed.
    #[serde(default)]
    pub(crate) tiers: Vec<Spanned<RawTier>>,

    /// The tasks that must be reviewed. The first entry that matches a task counts.
    #[serde(default)]
    pub(crate) required: Vec<Spanned<RawRequirement>>,
}

/// A kind of review.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReviewType")]
pub(crate) struct RawReviewType {
    /// The name by which stages and objectives refer to this type.
    pub(crate) name: Spanned<RawName>,

    /// How people call it. The name if absent.
    pub(crate) title: Option<Title>,

    /// The agents that may do such reviews, in order of preference. An author never reviews
    /// its own task.
    pub(crate) reviewers: Spanned<OneOrMany<Spanned<RawName>>>,

    /// The rating that a verdict carries.
    pub(crate) rating: Option<Spanned<RawRating>>,
}

/// A whole number that reviewers give.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rating")]
pub(crate) struct RawRating {
    /// What is rated, such as `ds_rating`.
    pub(crate) name: Tag,
    /// The lowest rating.
    pub(crate) min: Int<0, 255>,
    /// The highest rating.
    pub(crate) max: Int<0, 255>,
}

/// A way through the reviews, from delivery to completion.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Tier")]
pub(crate) struct RawTier {
    /// The number of the tier, which tasks and `default_tier` name.
    pub(crate) tier: Spanned<TierNumber>,

    /// How people call it. `Tier 1` and so on if absent.
    pub(crate) name: Option<Title>,

    /// The stages, one after the other. A stage is one review type, or a list of types that
    /// run side by side; the next stage begins when all of them have approved.
    pub(crate) stages: Spanned<Vec<Spanned<RawStage>>>,
}

/// Tasks that must be reviewed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Requirement")]
pub(crate) struct RawRequirement {
    /// The tasks this holds for. All if absent.
    #[serde(rename = "match")]
    pub(crate) matching: Option<RawMatch>,

    /// The tier for tasks that name none themselves.
    pub(crate) default_tier: Spanned<TierNumber>,
}
