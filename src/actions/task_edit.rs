//! `task.edit`: what is declared of a task changes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, all, name, optional_name};
use super::fields::{OneOrMany, Templated, get};
use super::words::{Formed, Moment, PriorityWord, TagWord, Text, Whole, given};
use crate::model::{Ask, Code, TaskEdit as Edit};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskEdit {
    /// The task.
    task: Templated<Code>,

    /// What is to be done, in a line.
    title: Option<Text>,

    /// What kind of task it is.
    #[serde(rename = "type")]
    kind: Option<Templated<Formed<TagWord>>>,

    /// What kind of content it makes; nothing clears it.
    #[serde(default, deserialize_with = "given")]
    content_type: Cleared<Templated<Formed<TagWord>>>,

    /// All there is to say about it, in Markdown; nothing clears it.
    #[serde(default, deserialize_with = "given")]
    description: Cleared<Text>,

    /// How urgent it is: P0 (drop everything) to P3 (some day).
    priority: Option<Templated<PriorityWord>>,

    /// The review tier; nothing clears it.
    #[serde(default, deserialize_with = "given")]
    tier: Cleared<Templated<Whole<1, 99>>>,

    /// Words to sort it by, in place of those that it has.
    labels: Option<OneOrMany<Templated<Formed<TagWord>>>>,

    /// The tasks that must be complete before it starts, in place of those that it has.
    depends_on: Option<OneOrMany<Templated<Code>>>,

    /// When it should be complete; nothing clears it.
    #[serde(default, deserialize_with = "given")]
    deadline: Cleared<Templated<Moment>>,
}

/// Absent, cleared, or set.
type Cleared<T> = Option<Option<T>>;

impl Asks for TaskEdit {
    const NAME: &'static str = "task.edit";
    const ABOUT: &'static str = "Changes what is declared of a task; what is not named stays.";
    const EXAMPLE: &'static str =
        "task.edit: { task: CONTENT-010, priority: P0, deadline: 2026-01-09T18:00:00Z }";

    fn ask(&self) -> Result<Ask, Failure> {
        let edit = Edit {
            title: self.title.as_ref().map(|text| text.0.clone()),
            kind: optional_name(self.kind.as_ref())?,
            content_type: self.content_type.as_ref().map(|kind| optional_name(kind.as_ref())).transpose()?,
            description: self.description.as_ref().map(|text| text.as_ref().map(|text| text.0.clone())),
            priority: get(self.priority.as_ref())?.map(|priority| priority.0),
            tier: self
                .tier
                .as_ref()
                .map(|tier| get(tier.as_ref()))
                .transpose()?
                .map(|tier| tier.map(|tier| tier.byte())),
            labels: self.labels.as_ref().map(|labels| labels.iter().map(name).collect()).transpose()?,
            depends_on: self.depends_on.as_ref().map(|codes| all(codes)).transpose()?,
            deadline: self
                .deadline
                .as_ref()
                .map(|time| get(time.as_ref()))
                .transpose()?
                .map(|time| time.map(|time| time.0)),
            source: None,
            issue: None,
        };
        if edit == Edit::default() {
            return Err(Failure::last("nothing is to change; name what the task gets"));
        }
        Ok(Ask::Edit { task: self.task.get()?.clone(), edit })
    }
}
