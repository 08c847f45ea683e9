//! `sla.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};

use super::{Int, RawDuration, RawMatch, RawName, Title};

/// How long things may take, and who hears when they take longer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSla {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The objectives. The first that matches a review, a round of reviews or a task counts.
    #[serde(default)]
    pub(crate) objectives: Vec<Spanned<RawObjective>>,
}

/// What an objective's clock runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Subject")]
pub(crate) enum RawSubject {
    /// One review, from request to verdict.
    Review,
    /// A round of reviews, from delivery to completion or return.
    ReviewTotal,
    /// A task, from creation to completion.
    Task,
    /// The answer of an agent, from when it is given a task to when it starts or claims it.
    Response,
    /// A pull request on GitHub, from when it is ready to its first review by somebody else.
    PullReview,
    /// A run of one of GitHub's workflows, from its start to its end.
    Build,
    /// A check of a pull request, from its start to its end.
    Check,
    /// A deployment on GitHub, from when it is made to its end.
    Deployment,
}

/// How long one kind of thing may take.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Objective")]
pub(crate) struct RawObjective {
    /// The name of the objective, which every breach cites.
    pub(crate) name: Spanned<RawName>,

    /// What the clock runs on.
    #[serde(rename = "for")]
    pub(crate) subject: RawSubject,

    /// The tasks this holds for. All if absent.
    #[serde(rename = "match")]
    pub(crate) matching: Option<RawMatch>,

    /// With `for: review` only: the review types this holds for. All if absent.
    pub(crate) review: Option<Spanned<OneOrMany<Spanned<RawName>>>>,

    /// With `for: build`, `check` and `deployment` only: the names of the workflows, checks or environments this holds
    /// for. All if absent.
    pub(crate) named: Option<Spanned<OneOrMany<Spanned<Title>>>>,

    /// How long it may take.
    pub(crate) within: Spanned<RawDuration>,

    /// At how many per cent of `within` a warning goes out. 100: none.
    #[schemars(extend("default" = 80))]
    pub(crate) warn_at: Option<Int<1, 100>>,

    /// When the clock runs. `always` is the only calendar today.
    #[schemars(extend("default" = "always"))]
    pub(crate) calendar: Option<Spanned<RawName>>,

    /// Who hears of a breach, one after the other.
    #[serde(default)]
    pub(crate) escalate: Vec<Spanned<RawLevel>>,
}

/// One level of escalation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Level")]
pub(crate) struct RawLevel {
    /// How long after the breach. Each level must be later than the one before.
    #[schemars(extend("default" = "0s"))]
    pub(crate) after: Option<Spanned<RawDuration>>,

    /// Whom: one agent or a list.
    pub(crate) to: Spanned<OneOrMany<Spanned<RawName>>>,
}
