//! `on:`, what starts a workflow.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::Change;

use super::{Identifier, Keyed, RawCondition, RawDuration, RawMatch, RawName, RawTime, Text};

/// `on: manual`, the only trigger that needs no more than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawManualWord {
    Manual,
}

/// What starts a workflow: exactly one of these keys, and perhaps `if`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Trigger")]
pub(crate) struct RawTrigger {
    /// The clock: a cron line, an interval, or points in time.
    pub(crate) schedule: Option<Spanned<RawSchedule>>,
    /// Something that happened in `orch` itself: the type of the event, or more about it.
    pub(crate) event: Option<Spanned<ShortOr<OneOrMany<Spanned<Text>>, RawEvents>>>,
    /// A metric beyond a limit for a while.
    pub(crate) metric: Option<Spanned<RawMetric>>,
    /// Files of the project that come, change or go.
    pub(crate) files: Option<Spanned<RawFiles>>,
    /// Payloads from outside, each a JSON file.
    pub(crate) webhook: Option<Spanned<RawWebhook>>,
    /// New commits of a branch.
    pub(crate) commits: Option<Spanned<RawCommits>>,
    /// What happens on GitHub: the names of events, or for each the actions that count.
    #[schemars(extend("examples" = [{ "pull_request": ["opened", "synchronize"], "issues": "labeled" }]))]
    pub(crate) github: Option<Spanned<RawGithub>>,
    /// `orch run`, by a person or an agent.
    pub(crate) manual: Option<Spanned<RawManual>>,
    /// What must hold of `event` for this trigger to count.
    #[serde(rename = "if")]
    pub(crate) condition: Option<Spanned<RawCondition>>,
}

/// Events of GitHub: `push`, `[push, release]`, or `{ pull_request: [opened, closed] }`.
pub(crate) type RawGithub = ShortOr<OneOrMany<Spanned<Text>>, Keyed<Spanned<OneOrMany<Spanned<Text>>>>>;

/// When the clock starts a workflow: exactly one of `cron`, `every` and `at`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Schedule")]
pub(crate) struct RawSchedule {
    /// Five fields: minute, hour, day of the month, month, day of the week.
    pub(crate) cron: Option<Spanned<Text>>,
    /// An interval, counted from 1970 on.
    pub(crate) every: Option<Spanned<RawDuration>>,
    /// With `every`: how much later than the whole intervals.
    pub(crate) offset: Option<Spanned<RawDuration>>,
    /// Points in time.
    pub(crate) at: Option<Spanned<OneOrMany<Spanned<RawTime>>>>,
    /// With `cron`: the time zone, such as `Asia/Tokyo`. That of `orch.yaml` if absent.
    pub(crate) timezone: Option<Spanned<Text>>,
    /// What becomes of the times that no tick came by for.
    #[schemars(extend("default" = "latest"))]
    pub(crate) catch_up: Option<RawCatchUp>,
    /// With `catch_up: all`: the most runs that are made up for, the newest.
    #[schemars(extend("default" = 24))]
    pub(crate) max_catch_up: Option<Spanned<super::Int<1, 10_000>>>,
    /// With `cron`: what becomes of times that the clock skips or shows twice when it is changed.
    #[schemars(extend("default" = "once"))]
    pub(crate) clock_change: Option<Spanned<RawClockChange>>,
}

/// What becomes of missed times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "CatchUp")]
pub(crate) enum RawCatchUp {
    /// One run, for the newest of them, however late.
    Latest,
    /// A run for each, the oldest first.
    All,
    /// One run, for the newest of them, if it is at most an hour late.
    Skip,
}

/// What becomes of times around a change of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ClockChange")]
pub(crate) enum RawClockChange {
    /// Times that the clock skips run once, right after the gap; those that it shows twice, the first time.
    Once,
    /// Times that the clock skips do not run; those that it shows twice run the first time.
    Skip,
    /// Times that the clock skips run once, right after the gap; those that it shows twice, both times.
    Every,
}

/// Events of `orch`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Events")]
pub(crate) struct RawEvents {
    /// The types, such as `task.completed`; `sla.*` stands for all that begin so.
    pub(crate) types: Spanned<OneOrMany<Spanned<Text>>>,
    /// Of events about a task: the tasks this holds for. All if absent.
    #[serde(rename = "match")]
    pub(crate) matching: Option<RawMatch>,
    /// Of events about a run: the workflows this holds for. All but this one if absent.
    pub(crate) workflows: Option<Spanned<OneOrMany<Spanned<RawName>>>>,
}

/// A metric beyond exactly one limit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Metric")]
pub(crate) struct RawMetric {
    /// The name of the metric, as it is recorded.
    pub(crate) name: Spanned<super::Tag>,
    /// The value must be greater than this.
    pub(crate) above: Option<Spanned<f64>>,
    /// The value must be less than this.
    pub(crate) below: Option<Spanned<f64>>,
    /// For how long all values must have been beyond.
    #[serde(rename = "for")]
    #[schemars(extend("default" = "0s"))]
    pub(crate) held_for: Option<Spanned<RawDuration>>,
}

/// Files of the project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Files")]
pub(crate) struct RawFiles {
    /// Patterns below the project's root, such as `docs/**/*.md`; those that begin with `!` exclude.
    #[serde(rename = "match")]
    pub(crate) files: Spanned<OneOrMany<Spanned<Text>>>,
    /// What must have happened to a file. Anything if absent.
    pub(crate) changes: Option<Spanned<OneOrMany<Spanned<RawChange>>>>,
    /// A run for each file, not one for all of them.
    #[schemars(extend("default" = false))]
    pub(crate) each: Option<bool>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Change")]
pub(crate) enum RawChange {
    Created,
    Changed,
    Deleted,
}

impl RawChange {
    pub(crate) const fn to_model(self) -> Change {
        match self {
            Self::Created => Change::Created,
            Self::Changed => Change::Changed,
            Self::Deleted => Change::Deleted,
        }
    }
}

/// Payloads from outside, which somebody puts into the project as JSON files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PayloadFiles")]
pub(crate) struct RawWebhook {
    /// What sends them, as expressions see it.
    pub(crate) name: RawName,
    /// Patterns below the project's root.
    #[serde(rename = "match")]
    pub(crate) files: Spanned<OneOrMany<Spanned<Text>>>,
    /// A secret of `orch.yaml` that whoever sends them signs them with. A payload `NAME` counts only if the file
    /// `NAME.sig` beside it holds `sha256=` and the HMAC-SHA256 of its bytes in hexadecimal digits, as GitHub
    /// sends it in the header `X-Hub-Signature-256`.
    pub(crate) secret: Option<Spanned<Identifier>>,
}

/// Commits. All that is said must hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Commits")]
pub(crate) struct RawCommits {
    /// The branch. The one that is checked out if absent.
    pub(crate) branch: Option<Spanned<Text>>,
    /// Patterns, one of which a changed path must match.
    pub(crate) paths: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// Patterns over `Name <address>`, one of which the author must match.
    pub(crate) authors: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// Lines that the message must end with: `Key`, or `Key: value`.
    pub(crate) trailers: Option<Spanned<OneOrMany<Spanned<Text>>>>,
}

/// Nothing more is to be said.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Manual")]
pub(crate) struct RawManual {}
