//! `github.dispatch`: starts a workflow of GitHub Actions by its file, or whatever waits for an event of a name.
//!
//! GitHub keeps nothing by which a start could be known again. What can be looked for is a run whose title holds our
//! key: the workflow must take the input `orch_key` (`key: true` gives it) and put it into its `run-name`. Otherwise the
//! end of a start whose answer is lost is not known, and the step's `on_lost` decides.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::forms::Line;
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::read;
use crate::actions::http_request::quoted;
use crate::actions::words::{Text, given};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::marker::Place;
use crate::forge::{ClientError, Consistency, RefusedKind, Workplace, Written};
use crate::model::Duration;
use crate::ports::{Call, Method};

/// What takes our key.
const KEY: &str = "orch_key";
/// How many inputs GitHub takes of a `workflow_dispatch`, and how many properties at the top of what goes with a
/// `repository_dispatch`.
const MOST_INPUTS: usize = 25;
const MOST_PROPERTIES: usize = 10;
/// How far GitHub's clock may be behind ours.
const SKEW: Duration = Duration::from_minutes(5);

#[derive(Debug)]
pub(in crate::actions) struct Dispatch;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {
        "required": ["workflow"],
        "not": { "anyOf": [{ "required": ["event_type"] }, { "required": ["client_payload"] }] },
    },
    {
        "required": ["event_type"],
        "not": { "anyOf": [{ "required": ["workflow"] }, { "required": ["ref"] }, { "required": ["inputs"] }] },
    },
]))]
struct Args {
    /// The workflow: the name of its file in `.github/workflows`, or its number. It must have `on: workflow_dispatch`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Line")]
    workflow: Option<Line>,

    /// With `workflow`: the branch or tag that it runs on. The default branch if absent.
    #[serde(default, rename = "ref", deserialize_with = "given")]
    #[schemars(with = "Line")]
    git_ref: Option<Line>,

    /// With `workflow`: what it takes; it must declare each of them.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "IndexMap<String, Text>", extend("maxProperties" = MOST_INPUTS))]
    inputs: Option<IndexMap<String, Text>>,

    /// The name of an event that workflows wait for with `on: repository_dispatch`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Line")]
    event_type: Option<Line>,

    /// With `event_type`: what they find in `github.event.client_payload`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Map<String, Value>", extend("maxProperties" = MOST_PROPERTIES))]
    client_payload: Option<Map<String, Value>>,

    /// Gives the key of this step along, as the input `orch_key` or in the payload. If the workflow puts it into its
    /// `run-name`, a start whose answer was lost is found by it; otherwise `on_lost` of the step decides.
    #[serde(default)]
    key: bool,
}

impl Action for Dispatch {
    fn name(&self) -> &'static str {
        "github.dispatch"
    }

    fn about(&self) -> &'static str {
        "Starts a workflow of GitHub Actions; if the answer is lost, `key` finds it, or `on_lost` decides."
    }

    fn example(&self) -> &'static str {
        "github.dispatch:
  workflow: deploy.yml
  ref: main
  inputs: { environment: staging }
  key: true"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("run", "the number of the run, where GitHub tells it"),
            ("url", "its page, where GitHub tells it"),
            ("dispatched", "whether it was started now; not, if a run with the key was there"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        let is_keyed = args.key;
        Started::of(args)?.fits(is_keyed)
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = begin(args)?;
        let is_keyed = args.key;
        let mut started = Started::of(args)?;
        let place = workplace(world)?;
        started.complete(place)?;
        let key = if is_keyed {
            let of = Place { kind: "dispatch", repository: &place.lasting_name()?, within: None };
            Some(place.markers.name(of, world.key))
        } else {
            None
        };
        let since = world.chosen_at() - SKEW;
        let mut look = || match &key {
            None => Ok(None),
            Some(key) => find(place, &started, key, &since.to_string()),
        };
        let mut call = started.call(place, key.as_deref());
        let mut written = place.client.write_once(Consistency::Eventual, &mut look, &call);
        if is_old(&written)
            && let Some(Value::Object(body)) = &mut call.body
        {
            body.shift_remove("return_run_details");
            written = place.client.write_once(Consistency::Eventual, &mut look, &call);
        }
        Ok(match written.map_err(|error| explained(error, &started, is_keyed))? {
            Written::Done(answer) => told(&answer.body, "workflow_run_id", true),
            Written::Already(run) => told(&run, "id", false),
            Written::Found(run) => told(&run, "id", true),
        })
    }
}

fn told(body: &Value, id: &str, is_new: bool) -> Map<String, Value> {
    let field = |name: &str| body.get(name).cloned().unwrap_or_default();
    outputs(&[("run", field(id)), ("url", field("html_url")), ("dispatched", json!(is_new))])
}

/// What is started.
enum Started {
    Workflow { name: String, git_ref: Option<String>, inputs: IndexMap<String, Text> },
    Event { kind: String, payload: Map<String, Value> },
}

impl Started {
    fn of(args: Args) -> Result<Self, ArgsError> {
        let wrong = |path: &str, message: &str| ArgsError {
            path: vec![path.to_owned()],
            message: message.to_owned(),
        };
        let of_event = "is for a `workflow`, and `event_type` starts none by its name";
        match (args.workflow, args.event_type) {
            (Some(_), Some(_)) => Err(wrong("event_type", "keep one of `workflow` and `event_type`")),
            (None, None) => Err(ArgsError {
                path: Vec::new(),
                message: "missing key `workflow` or `event_type`".to_owned(),
            }),
            (Some(_), None) if args.client_payload.is_some() => {
                Err(wrong("client_payload", "is for an `event_type`; a `workflow` takes `inputs`"))
            }
            (Some(name), None) => Ok(Self::Workflow {
                name: name.0,
                git_ref: args.git_ref.map(|git_ref| git_ref.0),
                inputs: args.inputs.unwrap_or_default(),
            }),
            (None, Some(_)) if args.git_ref.is_some() => Err(wrong("ref", of_event)),
            (None, Some(_)) if args.inputs.is_some() => Err(wrong("inputs", of_event)),
            (None, Some(kind)) => {
                Ok(Self::Event { kind: kind.0, payload: args.client_payload.unwrap_or_default() })
            }
        }
    }

    /// Asks on which branch a workflow runs, if nobody says.
    fn complete(&mut self, place: &Workplace<'_>) -> Result<(), Failure> {
        let Self::Workflow { git_ref: git_ref @ None, .. } = self else { return Ok(()) };
        let there = place.client.read(&Call::get(place.repository.path()))?.body;
        let default = there["default_branch"].as_str().ok_or_else(|| {
            Failure::last("GitHub does not tell the default branch of the repository; say which with `ref`")
        })?;
        *git_ref = Some(default.to_owned());
        Ok(())
    }

    /// Whether GitHub takes so many of them.
    fn fits(&self, is_keyed: bool) -> Result<(), ArgsError> {
        let (at, most, has_key, count) = match self {
            Self::Workflow { inputs, .. } => ("inputs", MOST_INPUTS, inputs.contains_key(KEY), inputs.len()),
            Self::Event { payload, .. } => {
                ("client_payload", MOST_PROPERTIES, payload.contains_key(KEY), payload.len())
            }
        };
        let is_added = is_keyed && !has_key;
        if count + usize::from(is_added) <= most {
            return Ok(());
        }
        let added = if is_added { format!(", and `key: true` adds `{KEY}`") } else { String::new() };
        let hint = match self {
            Self::Workflow { .. } => "give several values as one, such as a text of JSON",
            Self::Event { .. } => "put several of them into one that is an object",
        };
        let message = format!("GitHub takes at most {most} of these; here are {count}{added}: {hint}");
        Err(ArgsError { path: vec![at.to_owned()], message })
    }

    fn call(&self, place: &Workplace<'_>, key: Option<&str>) -> Call {
        let base = place.repository.path();
        match self {
            Self::Workflow { name, git_ref, inputs } => {
                let mut inputs: Map<String, Value> =
                    inputs.iter().map(|(name, text)| (name.clone(), text.0.clone().into())).collect();
                inputs.extend(key.map(|key| (KEY.to_owned(), key.into())));
                let path = format!("{base}/actions/workflows/{}/dispatches", quoted(name));
                let body = json!({ "ref": git_ref, "inputs": inputs, "return_run_details": true });
                Call::new(Method::Post, path, Some(body))
            }
            Self::Event { kind, payload } => {
                let mut payload = payload.clone();
                payload.extend(key.map(|key| (KEY.to_owned(), key.into())));
                let body = json!({ "event_type": kind, "client_payload": payload });
                Call::new(Method::Post, format!("{base}/dispatches"), Some(body))
            }
        }
    }
}

/// The run whose title holds the key, among those that began since the first attempt.
fn find(
    place: &Workplace<'_>,
    started: &Started,
    key: &str,
    since: &str,
) -> Result<Option<Value>, ClientError> {
    let base = place.repository.path();
    let (list, event) = match started {
        Started::Workflow { name, .. } => {
            (format!("{base}/actions/workflows/{}/runs", quoted(name)), "workflow_dispatch")
        }
        Started::Event { .. } => (format!("{base}/actions/runs"), "repository_dispatch"),
    };
    let path = format!("{list}?event={event}&created={}&per_page=100", quoted(&format!(">={since}")));
    let runs = place.pages(&path, Some("workflow_runs"))?;
    let bears = |run: &Value| {
        let text = |name: &str| run.get(name).and_then(Value::as_str).unwrap_or_default();
        text("display_title").contains(key) || text("name").contains(key)
    };
    let found = runs.items.into_iter().find(bears);
    if found.is_none() && runs.is_cut {
        let why = format!(
            "since {since} more than {} pages of runs began, and a run with its key may be among those that are not \
             read; nothing is started; look for a run with `{key}` in its title, and start it by hand if there is none",
            place.client.budget().pages
        );
        let call = started.call(place, None);
        return Err(ClientError::Unknown { call: format!("{} {}", call.method.name(), call.path), why });
    }
    Ok(found)
}

/// Servers from before 2026 do not know that the run may be asked for.
fn is_old(written: &Result<Written<Value>, ClientError>) -> bool {
    match written {
        Err(ClientError::Refused(refused)) => {
            refused.kind == RefusedKind::Invalid && refused.message.contains("return_run_details")
        }
        _ => false,
    }
}

fn explained(error: ClientError, started: &Started, is_keyed: bool) -> Failure {
    let hint = match (&error, started) {
        (ClientError::Refused(refused), Started::Workflow { name, .. })
            if refused.kind == RefusedKind::NotFound =>
        {
            format!("; is `{name}` on the default branch, with `on: workflow_dispatch`?")
        }
        (ClientError::Refused(refused), Started::Workflow { .. })
            if is_keyed && refused.message.contains("Unexpected inputs") =>
        {
            format!("; with `key: true` the workflow must declare the input `{KEY}`")
        }
        (ClientError::Unknown { .. }, _) if !is_keyed => {
            "; GitHub cannot be asked whether it was, so that `on_lost` decides (see `key`)".to_owned()
        }
        _ => String::new(),
    };
    let failure = Failure::from(error);
    Failure { message: failure.message.clone() + &hint, ..failure }
}
