//! `github.comment`: one comment on an issue or pull request, kept up to date in place.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::begin;
use super::shared::{Number, issue, issue_path, key, known_workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, get, read};
use crate::actions::words::{Formed, KebabCase, Text};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::expr::Sink;
use crate::forge::{ClientError, Consistency, Workplace, Written, comment};
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

    /// What the issue or pull request is to be afterwards.
    #[schemars(extend("default" = "same"))]
    state: Option<Templated<State>>,

    /// Why it is closed, with `state: closed`.
    #[schemars(extend("default" = "completed"))]
    reason: Option<Templated<Reason>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it is.
    #[default]
    Same,
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    #[default]
    Completed,
    NotPlanned,
}

impl Action for Comment {
    fn name(&self) -> &'static str {
        "github.comment"
    }

    fn about(&self) -> &'static str {
        "Comments on an issue or pull request of GitHub: one comment, kept up to date in place; closes it, or opens it again."
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
            ("turned", "whether the issue or pull request was closed or opened now"),
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
        let args: Args = begin(args)?;
        let github = known_workplace(world)?;
        let number = *args.number.get()?;
        let name = get(args.name.as_ref())?.map_or(world.step, |name| name.0.as_str());
        let kept = comment::keep(github, number.0, &key(world, name), &args.text.0)?;
        let reason = get(args.reason.as_ref())?.copied().unwrap_or_default();
        let turned = turn(github, number, get(args.state.as_ref())?.copied().unwrap_or_default(), reason)?;
        Ok(outputs(&[
            ("id", json!(kept.id)),
            ("url", json!(kept.url)),
            ("created", json!(kept.is_new)),
            ("changed", json!(kept.is_changed)),
            ("turned", json!(turned)),
        ]))
    }
}

/// Closes an issue or pull request, or opens it again; tells whether it was not so before. Why something that is closed
/// was closed is left as it is.
fn turn(github: &Workplace<'_>, number: Number, state: State, reason: Reason) -> Result<bool, ClientError> {
    let (state, wanted) = match (state, reason) {
        (State::Same, _) => return Ok(false),
        (State::Open, _) => ("open", json!({ "state": "open" })),
        (State::Closed, Reason::Completed) => {
            ("closed", json!({ "state": "closed", "state_reason": "completed" }))
        }
        (State::Closed, Reason::NotPlanned) => {
            ("closed", json!({ "state": "closed", "state_reason": "not_planned" }))
        }
    };
    let mut look = || Ok(Some(issue(github, number)?).filter(|issue| issue["state"] == state));
    let call = Call::new(Method::Patch, issue_path(github, number), Some(wanted));
    let written = github.client.write_once(Consistency::Strong, &mut look, &call)?;
    Ok(!matches!(written, Written::Already(_)))
}
