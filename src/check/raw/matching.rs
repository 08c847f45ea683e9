//! `match:`, the one way to pick tasks.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};

use super::{RawPriority, Tag, TierNumber};

/// Conditions on a task. All of them must hold; without any, every task matches.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Match")]
pub(crate) struct RawMatch {
    /// The task's type is this, or one of these.
    #[serde(rename = "type")]
    pub(crate) types: Option<Spanned<OneOrMany<Spanned<Tag>>>>,

    /// The task's content type is this, or one of these.
    #[serde(rename = "content_type")]
    pub(crate) content_types: Option<Spanned<OneOrMany<Spanned<Tag>>>>,

    /// The task bears this label, or all of these.
    pub(crate) labels: Option<Spanned<OneOrMany<Spanned<Tag>>>>,

    /// The task's priority is this, or one of these.
    #[serde(rename = "priority")]
    pub(crate) priorities: Option<Spanned<OneOrMany<RawPriority>>>,

    /// The tier that the task itself names is this, or one of these.
    #[serde(rename = "tier")]
    pub(crate) tiers: Option<Spanned<OneOrMany<Spanned<TierNumber>>>>,
}
