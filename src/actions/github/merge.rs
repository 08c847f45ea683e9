//! `github.merge`: merges a pull request where what the step asks for holds: reviews, checks, being up to date. What was
//! judged is what is merged: the commit at its head is sent along, and GitHub refuses if there is another one by then.

mod policy;

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::forms::{Checks, Line, Number};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, get, read};
use crate::actions::http_request::quoted;
use crate::actions::words::{Text, Whole};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::{ClientError, Consistency, Refused, RefusedKind, Workplace};
use crate::ports::{Call, Method as Verb};

/// How long is waited until GitHub is asked again whether branches conflict.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

#[derive(Debug)]
pub(in crate::actions) struct Merge;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The number of the pull request. A draft is never merged; one from a fork only with `approvals` of 1 or more.
    number: Templated<Number>,

    /// How.
    #[schemars(extend("default" = "merge"))]
    method: Option<Templated<Method>>,

    /// How many of those who may write to the repository, without its author, must approve of its last commit; none of them
    /// may ask for changes. Approvals of earlier commits do not count.
    approvals: Option<Templated<Whole<0, 100>>>,

    /// Which checks and statuses of its last commit must have succeeded: `all` that are there, one at least, or these.
    checks: Option<Templated<Checks>>,

    /// Whether it must hold all commits of the branch that it goes into.
    up_to_date: Option<Templated<bool>>,

    /// The title of the commit.
    title: Option<Line>,

    /// The text of the commit.
    text: Option<Text>,

    /// Whether its branch is deleted afterwards, if nothing was added to it.
    delete_branch: Option<Templated<bool>>,

    /// Whether the step fails where it is not merged. Without it the step succeeds, and `merged` and `why` tell.
    required: Option<Templated<bool>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Method {
    #[default]
    Merge,
    Squash,
    Rebase,
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

impl Action for Merge {
    fn name(&self) -> &'static str {
        "github.merge"
    }

    fn about(&self) -> &'static str {
        "Merges a pull request on GitHub if reviews, checks and branches are as asked for."
    }

    fn example(&self) -> &'static str {
        "github.merge:
  number: \"{{ event.payload.pull_request.number }}\"
  method: squash
  approvals: 1
  checks: all
  up_to_date: true
  delete_branch: true"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("merged", "whether it is merged"),
            ("why", "what does not hold: a list of texts, empty if it is merged"),
            ("sha", "the commit that it was merged as"),
            ("changed", "whether it was merged now"),
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
        let place = workplace(world)?;
        let path = format!("{}/pulls/{}", place.repository.path(), args.number.get()?.0);
        let pull = place.client.read(&Call::get(&path))?.body;
        let is_merged = |pull: &Value| pull["merged"] == true;
        if is_merged(&pull) {
            return finish(&args, place, &pull, told(&[], &pull["merge_commit_sha"], false));
        }
        let why = policy::unmet(&args, place, &pull)?;
        if !why.is_empty() {
            return left(&args, &why);
        }
        match settled(place, &path, &pull)? {
            Settled::Mergeable => {}
            Settled::Conflicts => return left(&args, &[policy::conflict(&pull)]),
            Settled::Not(why) => return Err(passing(&args, why)?),
        }
        let call = Call::new(Verb::Put, format!("{path}/merge"), Some(body(&args, &pull)?));
        let mut look = || Ok(Some(place.client.read(&Call::get(&path))?.body).filter(is_merged));
        match place.client.write_unseen(Consistency::Strong, &mut look, &call) {
            Ok(crate::forge::Written::Done(answer)) => {
                finish(&args, place, &pull, told(&[], &answer.body["sha"], true))
            }
            Ok(crate::forge::Written::Already(found) | crate::forge::Written::Found(found)) => {
                finish(&args, place, &pull, told(&[], &found["merge_commit_sha"], true))
            }
            // Another commit than the one that was judged, or another merge at the same time.
            Err(ClientError::Refused(refused)) if is_passing(&refused) => {
                Err(passing(&args, &format!("GitHub does not merge it now: {}", refused.message))?)
            }
            // Rules of the branch that do not hold.
            Err(ClientError::Refused(refused)) if refused.status == 405 => {
                left(&args, &[format!("GitHub does not merge it: {}", refused.message)])
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn body(args: &Args, pull: &Value) -> Result<Value, Failure> {
    let method = get(args.method.as_ref())?.copied().unwrap_or_default();
    let mut body = json!({ "sha": pull["head"]["sha"], "merge_method": method.as_str() });
    if let Some(title) = &args.title {
        body["commit_title"] = json!(title.0);
    }
    if let Some(text) = &args.text {
        body["commit_message"] = json!(text.0);
    }
    Ok(body)
}

fn told(why: &[String], sha: &Value, is_new: bool) -> Map<String, Value> {
    outputs(&[
        ("merged", json!(why.is_empty())),
        ("why", json!(why)),
        ("sha", sha.clone()),
        ("changed", json!(is_new)),
    ])
}

/// What GitHub says of the branches of a pull request.
enum Settled {
    Mergeable,
    Conflicts,
    /// Not now.
    Not(&'static str),
}

/// GitHub works out in the background whether branches conflict, and begins when it is asked. It is asked again, longer
/// apart each time, until it knows.
fn settled(place: &Workplace<'_>, path: &str, judged: &Value) -> Result<Settled, ClientError> {
    let mut pull = judged.clone();
    let mut waits = WAITS.iter();
    loop {
        let same = |pointer: &str| pull.pointer(pointer) == judged.pointer(pointer);
        if !["/head/sha", "/base/ref", "/state", "/draft", "/merged"].into_iter().all(same) {
            return Ok(Settled::Not("it has changed while it was judged"));
        }
        match (pull["mergeable"].as_bool(), waits.next()) {
            (Some(true), _) => return Ok(Settled::Mergeable),
            (Some(false), _) => return Ok(Settled::Conflicts),
            (None, Some(wait)) => place.pause(*wait),
            (None, None) => return Ok(Settled::Not("GitHub has not worked out yet whether it conflicts")),
        }
        pull = place.client.read(&Call::get(path))?.body;
    }
}

/// Whether GitHub may merge the same at another time. For some of it there is a status of its own, for some only words.
fn is_passing(refused: &Refused) -> bool {
    let said = refused.message.to_lowercase();
    let is_later = ["try the merge again", "try again", "was modified", "in progress"]
        .iter()
        .any(|part| said.contains(part));
    refused.status == 409 || refused.status == 405 && is_later
}

/// It is not merged, and another attempt may do it.
fn passing(args: &Args, why: &str) -> Result<Failure, Failure> {
    let number = args.number.get()?.0;
    let message =
        format!("pull request {number} is not merged: {why}; another attempt looks again (see `retry`)");
    Ok(Failure { outputs: told(&[why.to_owned()], &Value::Null, false), ..Failure::passing(message) })
}

/// It is not merged.
fn left(args: &Args, why: &[String]) -> Result<Map<String, Value>, Failure> {
    let outputs = told(why, &Value::Null, false);
    if get(args.required.as_ref())?.copied().unwrap_or_default() {
        let message = format!("pull request {} is not merged: {}", args.number.get()?.0, why.join("; "));
        return Err(Failure { outputs, ..Failure::passing(message) });
    }
    Ok(outputs)
}

/// It is merged: its branch goes, where that is asked for and nothing was added to it.
fn finish(
    args: &Args,
    place: &Workplace<'_>,
    pull: &Value,
    outputs: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    if get(args.delete_branch.as_ref())?.copied().unwrap_or_default()
        && !policy::is_from_fork(pull)
        && let Err(error) = delete_branch(place, pull)
    {
        let failure = Failure::from(error);
        let message = format!("it is merged, but its branch is still there: {}", failure.message);
        return Err(Failure { message, outputs, ..failure });
    }
    Ok(outputs)
}

fn delete_branch(place: &Workplace<'_>, pull: &Value) -> Result<(), ClientError> {
    let branch = pull["head"]["ref"].as_str().unwrap_or_default();
    let branch = branch.split('/').map(quoted).collect::<Vec<_>>().join("/");
    let git = format!("{}/git", place.repository.path());
    let is_gone = |error: &ClientError| match error {
        ClientError::Refused(refused) => matches!(refused.kind, RefusedKind::NotFound | RefusedKind::Gone),
        _ => false,
    };
    let tip = || match place.client.read(&Call::get(format!("{git}/ref/heads/{branch}"))) {
        Ok(answer) => Ok(Some(answer.body["object"]["sha"].clone())),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    };
    if tip()? != Some(pull["head"]["sha"].clone()) {
        return Ok(());
    }
    let call = Call::new(Verb::Delete, format!("{git}/refs/heads/{branch}"), None);
    let mut look = || Ok(tip()?.is_none().then_some(()));
    place.client.write_unseen(Consistency::Strong, &mut look, &call).map(drop)
}
