//! `github.issue`: an issue that is opened once, kept up to date, and closed when what it tells of is over.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::begin;
use super::shared::{find_ours, key, known_workplace, milestone, missing, names, title};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{OneOrMany, Templated, get, read};
use crate::actions::words::{Formed, KebabCase, Text};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::expr::Sink;
use crate::forge::Consistency;
use crate::forge::comment::{body_of, says};
use crate::forge::marker::Place;
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Issue;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// A short name. The workflow keeps one issue of each name; without it, the step's.
    #[serde(rename = "as")]
    name: Option<Templated<Formed<KebabCase>>>,

    /// Its title.
    title: Text,

    /// What it says, in Markdown. Values in it are shown as they are: they mention nobody and link nowhere.
    text: Text,

    /// Labels that it has; others that it got stay. GitHub makes those that the repository does not have.
    #[serde(default)]
    labels: OneOrMany<String>,

    /// Who it is assigned to; others stay.
    #[serde(default)]
    assignees: OneOrMany<String>,

    /// The title of its milestone, which has to be there.
    milestone: Option<Text>,

    /// Whether it is open. One that is not there is not opened to be closed, and one that is closed is left as it is.
    #[schemars(extend("default" = "open"))]
    state: Option<Templated<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    #[default]
    Open,
    Closed,
}

impl Action for Issue {
    fn name(&self) -> &'static str {
        "github.issue"
    }

    fn about(&self) -> &'static str {
        "Opens an issue on GitHub once, keeps it up to date, and closes it again."
    }

    fn example(&self) -> &'static str {
        "github.issue:
  as: nightly
  title: The nightly build fails
  text: \"It ended with {{ steps.build.outputs.exit_code }}.\"
  labels: [build]
  state: \"{{ 'closed' if steps.build.status == 'succeeded' else 'open' }}\""
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("number", "its number; none if it was to be closed and is not there"),
            ("url", "where people read it"),
            ("created", "whether it was not there before"),
            ("changed", "whether something of it was changed"),
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
        let name = get(args.name.as_ref())?.map_or(world.step, |name| name.0.as_str());
        let state = get(args.state.as_ref())?.copied().unwrap_or_default();
        let (repository, key) = (github.id()?, key(world, name));
        let place = Place { kind: "issue", repository: &repository, within: None };
        let (title, body) = (title(&args.title.0)?, body_of(github, place, &key, &args.text.0));
        let issues = format!("{}/issues", github.repository.path());
        let mut look = || find_ours(github, &issues, place, &key);

        let there = look()?;
        let is_closed = |issue: &Value| issue["state"] == "closed";
        let there = match (there, state) {
            (None, State::Closed) => return Ok(told(&Value::Null, false, false)),
            (Some(there), State::Closed) if is_closed(&there) => return Ok(told(&there, false, false)),
            (there, _) => there,
        };
        let mut wanted = Map::new();
        let old = there.clone().unwrap_or_default();
        if old["title"] != title {
            wanted.insert("title".to_owned(), json!(title));
        }
        if !says(&old, &body) {
            wanted.insert("body".to_owned(), json!(body));
        }
        for (key, field, names_of) in
            [("labels", "name", &args.labels), ("assignees", "login", &args.assignees)]
        {
            let mut all = names(&old[key], field);
            let new = missing(&all, names_of);
            if !new.is_empty() {
                all.extend(new);
                wanted.insert(key.to_owned(), json!(all));
            }
        }
        if let Some(title) =
            args.milestone.as_ref().map(|title| title.0.trim()).filter(|title| !title.is_empty())
            && old["milestone"]["title"] != title
        {
            wanted.insert("milestone".to_owned(), json!(milestone(github, title)?));
        }
        let Some(there) = there else {
            let call = Call::new(Method::Post, &issues, Some(Value::Object(wanted)));
            let issue = github.client.write_unseen(Consistency::Eventual, &mut look, &call)?.body();
            return assigned(&issue, &args, told(&issue, true, false));
        };
        if is_closed(&there) != (state == State::Closed) {
            let state = if state == State::Closed { "closed" } else { "open" };
            wanted.insert("state".to_owned(), json!(state));
        }
        if wanted.is_empty() {
            return Ok(told(&there, false, false));
        }
        let path = format!("{issues}/{}", there["number"]);
        let call = Call::new(Method::Patch, path.clone(), Some(Value::Object(wanted.clone())));
        let mut look = || {
            let issue = github.client.read(&Call::get(path.clone()))?.body;
            Ok(holds(&issue, &wanted).then_some(issue))
        };
        let issue = github.client.write_unseen(Consistency::Strong, &mut look, &call)?.body();
        assigned(&issue, &args, told(&issue, false, true))
    }
}

/// Whether an issue is as a change wants it.
fn holds(issue: &Value, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(key, value)| match key.as_str() {
        "body" => says(issue, value.as_str().unwrap_or_default()),
        "labels" => missing(&names(&issue["labels"], "name"), &names(value, "name")).is_empty(),
        "assignees" => missing(&names(&issue["assignees"], "login"), &names(value, "login")).is_empty(),
        "milestone" => issue["milestone"]["number"] == *value,
        _ => issue[key] == *value,
    })
}

/// GitHub leaves out without a word whom it does not let be assigned.
fn assigned(issue: &Value, args: &Args, outputs: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    let left_out = missing(&names(&issue["assignees"], "login"), &args.assignees);
    if left_out.is_empty() {
        return Ok(outputs);
    }
    Err(Failure { outputs, ..super::assign::left_out(&left_out) })
}

fn told(issue: &Value, created: bool, changed: bool) -> Map<String, Value> {
    outputs(&[
        ("number", issue["number"].clone()),
        ("url", issue["html_url"].clone()),
        ("created", json!(created)),
        ("changed", json!(changed)),
    ])
}
