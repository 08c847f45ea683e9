//! `github.status`: what `orch` says of a commit, under a name. The newest status of a name is the one that counts.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::forms::{Line, Sha};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, read};
use crate::actions::http_request::quoted;
use crate::actions::words::{Formed, Text};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::{ClientError, Consistency, Workplace, Written};
use crate::ports::{Call, Method};

/// What GitHub shows of a description.
const LONGEST: usize = 140;

#[derive(Debug)]
pub(in crate::actions) struct Status;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The commit: its full hash.
    sha: Templated<Formed<Sha>>,

    /// How it stands.
    state: Templated<State>,

    /// The name under which it stands; branch rules name it.
    #[schemars(extend("default" = "orch"))]
    context: Option<Line>,

    /// In one line. GitHub takes 140 characters; the rest is left out.
    description: Option<Text>,

    /// Where more is said.
    url: Option<Line>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    Error,
    Failure,
    Pending,
    Success,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Failure => "failure",
            Self::Pending => "pending",
            Self::Success => "success",
        }
    }
}

impl Action for Status {
    fn name(&self) -> &'static str {
        "github.status"
    }

    fn about(&self) -> &'static str {
        "Sets the status of a commit on GitHub, unless its newest one under that name says the same."
    }

    fn example(&self) -> &'static str {
        "github.status:
  sha: \"{{ event.payload.pull_request.head.sha }}\"
  state: pending
  context: orch/review
  description: \"{{ steps.assign.outputs.reviewer }} is asked for a review\""
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[("id", "the number of the status"), ("changed", "whether it was not there before")]
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
        let place = workplace(world)?;
        let sha = args.sha.get()?.0.to_ascii_lowercase();
        let state = args.state.get()?.as_str();
        let context = args.context.map_or_else(|| "orch".to_owned(), |line| line.0);
        let said = args.description.map(|text| one_line(&text.0));
        let mut wanted = Map::new();
        wanted.insert("state".into(), state.into());
        wanted.insert("context".into(), context.into());
        wanted.insert("description".into(), said.unwrap_or_default().into());
        wanted.extend(args.url.map(|url| ("target_url".to_owned(), url.0.into())));
        let mut look =
            || Ok(newest(place, &sha, &wanted["context"])?.filter(|found| is_same(found, &wanted)));
        let path = format!("{}/statuses/{sha}", place.repository.path());
        let call = Call::new(Method::Post, path, Some(Value::Object(wanted.clone())));
        let written = place.client.write_once(Consistency::Strong, &mut look, &call)?;
        Ok(match written {
            Written::Already(found) => outputs(&[("id", found["id"].clone()), ("changed", json!(false))]),
            Written::Done(answer) => outputs(&[("id", answer.body["id"].clone()), ("changed", json!(true))]),
            Written::Found(found) => outputs(&[("id", found["id"].clone()), ("changed", json!(true))]),
        })
    }
}

/// The newest status of a name.
fn newest(place: &Workplace<'_>, sha: &str, context: &Value) -> Result<Option<Value>, ClientError> {
    let path = format!("{}/commits/{}/status?per_page=100", place.repository.path(), quoted(sha));
    let all = place.pages(&path, Some("statuses"))?;
    let found = all.items.into_iter().find(|one| one.get("context") == Some(context));
    if found.is_none() && all.is_cut {
        return Err(place.unread(&path, "set fewer different `context`s on one commit"));
    }
    Ok(found)
}

fn is_same(found: &Value, wanted: &Map<String, Value>) -> bool {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let same = |name: &str| text(found.get(name)) == text(wanted.get(name));
    ["state", "description", "target_url"].into_iter().all(same)
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}
