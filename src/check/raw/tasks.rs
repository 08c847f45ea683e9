//! `tasks/*.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};
use crate::model::Code;

use super::{Int, RawPriority, RawTime, Tag, TierNumber, Title};

/// Tasks by pull request: each is made when it first appears here, and edited when it changes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTasks {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The tasks.
    #[serde(default)]
    pub(crate) tasks: Vec<Spanned<RawTask>>,
}

/// A piece of work.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Task")]
pub(crate) struct RawTask {
    /// The code, unique for the life of the project.
    pub(crate) code: Spanned<Code>,

    /// What is to be done, in a line.
    pub(crate) title: Title,

    /// What kind of task it is. Routes, reviews and objectives match on it.
    #[serde(rename = "type")]
    pub(crate) kind: Tag,

    /// What kind of content it makes, such as `tweet`.
    pub(crate) content_type: Option<Tag>,

    /// All there is to say about it, in Markdown.
    pub(crate) description: Option<String>,

    /// How urgent it is: P0 (drop everything) to P3 (some day).
    #[schemars(extend("default" = "P2"))]
    pub(crate) priority: Option<RawPriority>,

    /// The review tier, where it differs from the default.
    pub(crate) tier: Option<Spanned<TierNumber>>,

    /// Words to sort it by.
    pub(crate) labels: Option<Spanned<OneOrMany<Spanned<Tag>>>>,

    /// The tasks that must be complete before this one starts.
    pub(crate) depends_on: Option<Spanned<OneOrMany<Spanned<Code>>>>,

    /// When it should be complete.
    pub(crate) deadline: Option<Spanned<RawTime>>,

    /// The number of the issue on GitHub that it stands for: its state is shown there, and closing either closes both.
    pub(crate) issue: Option<Spanned<Int<1, 999_999_999>>>,
}
