//! `task.create`: a new task.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, all, name, optional_name};
use super::fields::{OneOrMany, Templated, get};
use super::words::{CodePrefix, Formed, Moment, PriorityWord, TagWord, Text, Whole};
use crate::model::{Ask, Code, NewTask};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskCreate {
    /// Its code; without one it gets the next free code.
    code: Option<Templated<Code>>,

    /// The prefix of the code that it gets.
    prefix: Option<Templated<Formed<CodePrefix>>>,

    /// What is to be done, in a line.
    title: Text,

    /// What kind of task it is. Routes, reviews and objectives match on it.
    #[serde(rename = "type")]
    kind: Templated<Formed<TagWord>>,

    /// What kind of content it makes, such as `tweet`.
    content_type: Option<Templated<Formed<TagWord>>>,

    /// All there is to say about it, in Markdown.
    description: Option<Text>,

    /// How urgent it is: P0 (drop everything) to P3 (some day).
    #[schemars(extend("default" = "P2"))]
    priority: Option<Templated<PriorityWord>>,

    /// The review tier, where it differs from the default.
    tier: Option<Templated<Whole<1, 99>>>,

    /// Words to sort it by.
    #[serde(default)]
    labels: OneOrMany<Templated<Formed<TagWord>>>,

    /// The tasks that must be complete before this one starts.
    #[serde(default)]
    depends_on: OneOrMany<Templated<Code>>,

    /// When it should be complete.
    deadline: Option<Templated<Moment>>,
}

impl Asks for TaskCreate {
    const NAME: &'static str = "task.create";
    const ABOUT: &'static str = "Creates a task; the routes say who gets it.";
    const EXAMPLE: &'static str = "task.create:
  prefix: BUG
  title: \"Look into {{ event.payload.subject }}\"
  type: bug
  priority: P1
  labels: [from-ci]";
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[("code", "the code of the task")];

    fn ask(&self) -> Result<Ask, Failure> {
        let spec = NewTask {
            title: self.title.0.clone(),
            kind: name(&self.kind)?,
            content_type: optional_name(self.content_type.as_ref())?,
            description: self.description.as_ref().map(|text| text.0.clone()),
            priority: get(self.priority.as_ref())?.map(|priority| priority.0).unwrap_or_default(),
            tier: get(self.tier.as_ref())?.map(|tier| tier.byte()),
            labels: self.labels.iter().map(name).collect::<Result<_, _>>()?,
            depends_on: all(&self.depends_on)?,
            deadline: get(self.deadline.as_ref())?.map(|deadline| deadline.0),
            source: None,
            issue: None,
        };
        let prefix = optional_name(self.prefix.as_ref())?.map(String::from);
        Ok(Ask::Add { code: get(self.code.as_ref())?.cloned(), prefix, spec })
    }
}
