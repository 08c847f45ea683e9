//! `github.check`: a check run on a commit, with a summary and remarks on lines. It is known again by its `external_id`,
//! which is made of the project, the name, the commit and the remarks.
//!
//! GitHub adds remarks to those that are there and takes none away; so other remarks make another check run of the same
//! name, which GitHub shows instead.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::forms::{Line, Number, Sha, cut};
use super::{begin, once, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, get, read};
use crate::actions::http_request::quoted;
use crate::actions::words::{Formed, Text, given};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::expr::Sink;
use crate::forge::marker::Place;
use crate::forge::{Cache, ClientError, RefusedKind, Workplace};
use crate::ports::{Call, Method};

/// What GitHub takes of a summary, in bytes.
const LONGEST: usize = 65_535;
/// What it takes of remarks at once.
const AT_ONCE: usize = 50;

#[derive(Debug)]
pub(in crate::actions) struct Check;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["conclusion"] }, { "required": ["status"] }]))]
struct Args {
    /// The commit: its full hash.
    sha: Templated<Formed<Sha>>,

    /// The name of the check.
    name: Line,

    /// How it ended. Either this, or `status`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Templated<Conclusion>")]
    conclusion: Option<Templated<Conclusion>>,

    /// How it stands, while it goes on.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Templated<Status>")]
    status: Option<Templated<Status>>,

    /// What stands above the summary; without it the name.
    title: Option<Line>,

    /// What it found, in Markdown. GitHub takes 65,535 bytes; the rest is left out.
    summary: Option<Text>,

    /// Where more is said.
    url: Option<Line>,

    /// Remarks on lines of files: `path`, `line`, `message`, and `level` (`notice`, `warning` or `failure`).
    annotations: Option<Templated<Vec<Annotation>>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Conclusion {
    ActionRequired,
    Cancelled,
    Failure,
    Neutral,
    Skipped,
    Success,
    TimedOut,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Queued,
    InProgress,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Annotation {
    /// The file, from the root of the repository.
    path: Line,

    /// The line.
    line: Templated<Number>,

    /// How bad it is.
    #[schemars(extend("default" = "warning"))]
    level: Option<Templated<Level>>,

    /// What there is to say.
    message: Text,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Notice,
    #[default]
    Warning,
    Failure,
}

impl Action for Check {
    fn name(&self) -> &'static str {
        "github.check"
    }

    fn about(&self) -> &'static str {
        "Sets a check on a commit on GitHub, with a summary and remarks; takes the token of an app."
    }

    fn example(&self) -> &'static str {
        "github.check:
  sha: \"{{ event.payload.pull_request.head.sha }}\"
  name: Links
  conclusion: failure
  title: 1 link leads nowhere
  summary: \"{{ steps.links.outputs.report }}\"
  annotations:
    - { path: README.md, line: 12, message: \"leads nowhere\" }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("id", "the number of the check run"),
            ("url", "its page"),
            ("changed", "whether anything of it was not there before"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        let wrong = |path: Vec<String>, message: &str| Err(ArgsError { path, message: message.to_owned() });
        match (args.conclusion, args.status) {
            (Some(_), Some(_)) => {
                wrong(vec!["status".to_owned()], "a check with a `conclusion` has ended; keep one of the two")
            }
            (None, None) => wrong(Vec::new(), "missing key `conclusion`, or `status` while it goes on"),
            _ => Ok(()),
        }
    }

    fn sink(&self, _args: &Value, path: &[&str]) -> Sink {
        if path == ["summary"] { Sink::Markdown } else { Sink::Plain }
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = begin(args)?;
        let work = Work::new(workplace(world)?, &args)?;
        work.run().map_err(explained)
    }
}

struct Work<'w> {
    place: &'w Workplace<'w>,
    sha: String,
    name: String,
    /// The same for all check runs of ours that stand for one another.
    prefix: String,
    external_id: String,
    /// What the check run says, but for its remarks.
    wanted: Map<String, Value>,
    remarks: Vec<Value>,
}

impl<'w> Work<'w> {
    fn new(place: &'w Workplace<'w>, args: &Args) -> Result<Self, Failure> {
        let sha = args.sha.get()?.0.to_ascii_lowercase();
        let remarks = get(args.annotations.as_ref())?
            .map_or(Ok(Vec::new()), |all| all.iter().map(remark).collect::<Result<Vec<_>, _>>())?;
        let repository = place.repository.to_string();
        let of = Place { kind: "check", repository: &repository, within: None };
        let prefix = format!("orch:{}:", place.markers.name(of, &format!("{sha}/{}", args.name.0)));
        let external_id = prefix.clone() + &place.markers.name(of, &json!(remarks).to_string());
        let mut wanted = Map::new();
        match (get(args.conclusion.as_ref())?, get(args.status.as_ref())?) {
            (Some(conclusion), _) => {
                wanted.insert("status".into(), "completed".into());
                wanted.insert("conclusion".into(), json!(conclusion));
            }
            (None, status) => drop(wanted.insert("status".into(), json!(status))),
        }
        wanted.extend(args.url.as_ref().map(|url| ("details_url".to_owned(), json!(url.0))));
        let title = args.title.as_ref().unwrap_or(&args.name);
        let summary = args.summary.as_ref().map_or("", |text| &text.0).replace("\r\n", "\n");
        let summary = cut(&summary, LONGEST);
        wanted.insert("output".into(), json!({ "title": title.0, "summary": summary }));
        Ok(Self { place, sha, name: args.name.0.clone(), prefix, external_id, wanted, remarks })
    }

    fn run(&self) -> Result<Map<String, Value>, ClientError> {
        let there = self.find()?.filter(|run| run["external_id"] == *self.external_id);
        let is_there = there.is_some();
        let mut run = match there {
            Some(run) => run,
            None => self.create()?,
        };
        let mut sent = told(&run).max(if is_there { 0 } else { AT_ONCE.min(self.remarks.len()) });
        let mut is_changed = !is_there;
        while (!is_changed && self.is_different(&run)) || sent < self.remarks.len() {
            is_changed = true;
            let next = (sent + AT_ONCE).min(self.remarks.len()).max(sent);
            run = self.update(&run, sent, next)?;
            sent = next;
        }
        let field = |name: &str| run[name].clone();
        Ok(outputs(&[("id", field("id")), ("url", field("html_url")), ("changed", json!(is_changed))]))
    }

    /// The newest one of ours.
    fn find(&self) -> Result<Option<Value>, ClientError> {
        let repository = self.place.repository.path();
        let query = format!("check_name={}&filter=all&per_page=100", quoted(&self.name));
        let path = format!("{repository}/commits/{}/check-runs?{query}", self.sha);
        let runs = self.place.client.pages(&path, Some("check_runs"), &mut Cache::default())?.items;
        let is_ours = |run: &Value| {
            run["external_id"].as_str().is_some_and(|id| id.starts_with(&self.prefix)) && run["id"].is_u64()
        };
        Ok(runs.into_iter().filter(is_ours).max_by_key(|run| run["id"].as_u64()))
    }

    fn create(&self) -> Result<Value, ClientError> {
        let mut body = self.body(0);
        body.insert("name".into(), json!(self.name));
        body.insert("head_sha".into(), json!(self.sha));
        body.insert("external_id".into(), json!(self.external_id));
        let path = format!("{}/check-runs", self.place.repository.path());
        let call = Call::new(Method::Post, path, Some(Value::Object(body)));
        let mut look = || Ok(self.find()?.filter(|run| run["external_id"] == *self.external_id));
        Ok(super::whole(once(&self.place.client, &call, &mut look)?))
    }

    /// Says what is wanted, with the remarks from one on to another.
    fn update(&self, run: &Value, from: usize, to: usize) -> Result<Value, ClientError> {
        let path = format!("{}/check-runs/{}", self.place.repository.path(), run["id"]);
        let call = Call::new(Method::Patch, path, Some(Value::Object(self.body(from))));
        let is_done =
            |there: &Value| there["id"] == run["id"] && !self.is_different(there) && told(there) >= to;
        let written = once(&self.place.client, &call, &mut || Ok(self.find()?.filter(is_done)))?;
        Ok(super::whole(written))
    }

    /// What is sent, with the next remarks.
    fn body(&self, told: usize) -> Map<String, Value> {
        let mut body = self.wanted.clone();
        let remarks: Vec<&Value> = self.remarks.iter().skip(told).take(AT_ONCE).collect();
        if !remarks.is_empty() {
            body["output"]["annotations"] = json!(remarks);
        }
        body
    }

    fn is_different(&self, run: &Value) -> bool {
        let text = |value: &Value| value.as_str().unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
        let same = |name: &str| self.wanted.get(name).is_none_or(|wanted| text(wanted) == text(&run[name]));
        let output = |name: &str| text(&self.wanted["output"][name]) == text(&run["output"][name]);
        !(same("status") && same("conclusion") && same("details_url") && output("title") && output("summary"))
    }
}

/// How many remarks a check run has.
fn told(run: &Value) -> usize {
    run["output"]["annotations_count"]
        .as_u64()
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or_default()
}

fn remark(one: &Annotation) -> Result<Value, Failure> {
    let line = one.line.get()?.0;
    Ok(json!({
        "path": one.path.0,
        "start_line": line,
        "end_line": line,
        "annotation_level": get(one.level.as_ref())?.copied().unwrap_or_default(),
        "message": cut(&one.message.0, LONGEST),
    }))
}

fn explained(error: ClientError) -> Failure {
    let is_for_apps = matches!(&error, ClientError::Refused(refused)
        if refused.kind == RefusedKind::Permission && refused.message.contains("GitHub App"));
    let failure = Failure::from(error);
    if !is_for_apps {
        return failure;
    }
    let hint = "only apps set checks: use GITHUB_TOKEN of a workflow with `checks: write`, or `github.status` instead";
    Failure { message: format!("{}; {hint}", failure.message), ..failure }
}
