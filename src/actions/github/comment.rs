//! `github.comment`: one comment on an issue or pull request, kept up to date in place.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::{
    Number, find_ours, is_same, issue_path, key, known_workplace, marked, shown, write_unseen,
};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, finished, get, read};
use crate::actions::words::{Formed, KebabCase, Text};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::expr::Sink;
use crate::forge::Consistency;
use crate::forge::marker::Place;
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Comment;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The issue or pull request.
    number: Templated<Number>,

    /// What to say, in Markdown. Values in it are shown as they are: they mention nobody and link nowhere.
    text: Text,

    /// A short name. The workflow keeps one comment of each name on an issue or pull request; without it, the step's.
    #[serde(rename = "as")]
    name: Option<Templated<Formed<KebabCase>>>,
}

impl Action for Comment {
    fn name(&self) -> &'static str {
        "github.comment"
    }

    fn about(&self) -> &'static str {
        "Comments on an issue or pull request of GitHub: one comment, kept up to date in place."
    }

    fn example(&self) -> &'static str {
        "github.comment:
  number: \"{{ event.payload.pull_request.number }}\"
  as: build
  text: \"The build took {{ steps.build.outputs.seconds }} s.\""
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("id", "the comment's number"),
            ("url", "where people read it"),
            ("created", "whether it was not there before"),
            ("changed", "whether it was there with another text"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args).map(drop)
    }

    fn sink(&self, _args: &Value, path: &[&str]) -> Sink {
        if path == ["text"] { Sink::Markdown } else { Sink::Plain }
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = finished(args)?;
        let github = known_workplace(world)?;
        let number = *args.number.get()?;
        let name = get(args.name.as_ref())?.map_or(world.step, |name| name.0.as_str());
        let (repository, key) = (github.id()?, key(world, name));
        let place = Place { kind: "comment", repository: &repository, within: Some(number.0) };
        let body = marked(github, &args.text.0, place, &key)?;
        let list = format!("{}/comments", issue_path(github, number));
        let pages = format!("{list}?per_page=100");

        let mut look = || find_ours(github, &pages, place, &key);
        let Some(there) = look()? else {
            let call = Call::new(Method::Post, list, Some(json!({ "body": body })));
            let comment = shown(write_unseen(github, Consistency::Eventual, &mut look, &call)?);
            return Ok(told(&comment, true, false));
        };
        if is_same(&there["body"], &body) {
            return Ok(told(&there, false, false));
        }
        let path = format!("{}/issues/comments/{}", github.repository.path(), there["id"]);
        let call = Call::new(Method::Patch, path, Some(json!({ "body": body })));
        let mut look = || Ok(look()?.filter(|comment| is_same(&comment["body"], &body)));
        let comment = shown(write_unseen(github, Consistency::Eventual, &mut look, &call)?);
        Ok(told(&comment, false, true))
    }
}

fn told(comment: &Value, created: bool, changed: bool) -> Map<String, Value> {
    outputs(&[
        ("id", comment["id"].clone()),
        ("url", comment["html_url"].clone()),
        ("created", json!(created)),
        ("changed", json!(changed)),
    ])
}
