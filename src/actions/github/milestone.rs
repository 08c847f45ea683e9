//! `github.milestone`: the milestone of an issue or pull request.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::{Number, issue, issue_path, milestone};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, read};
use crate::actions::words::Text;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::Consistency;
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Milestone;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The issue or pull request.
    number: Templated<Number>,

    /// The title of the milestone, which has to be there; none takes it off.
    title: Option<Text>,
}

impl Action for Milestone {
    fn name(&self) -> &'static str {
        "github.milestone"
    }

    fn about(&self) -> &'static str {
        "Sets the milestone of an issue or pull request of GitHub, or takes it off."
    }

    fn example(&self) -> &'static str {
        "github.milestone: { number: \"{{ event.payload.issue.number }}\", title: \"1.0\" }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("milestone", "the number of the milestone; none without one"),
            ("changed", "whether it was another one before"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args).map(drop)
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = begin(args)?;
        let (github, number) = (workplace(world)?, *args.number.get()?);
        let title = args.title.as_ref().map(|title| title.0.trim()).filter(|title| !title.is_empty());
        let of = |issue: &Value| issue["milestone"].clone();
        let there = of(&issue(github, number)?);
        let told = |milestone: Value, changed: bool| {
            Ok(outputs(&[("milestone", milestone), ("changed", json!(changed))]))
        };
        if there["title"].as_str() == title {
            return told(there["number"].clone(), false);
        }
        let wanted = title.map(|title| milestone(github, title)).transpose()?;
        let call = Call::new(Method::Patch, issue_path(github, number), Some(json!({ "milestone": wanted })));
        let mut look = || Ok((of(&issue(github, number)?)["number"].as_u64() == wanted).then_some(()));
        github.client.write_unseen(Consistency::Strong, &mut look, &call)?;
        told(json!(wanted), true)
    }
}
