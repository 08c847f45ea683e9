//! `github.check`: a check run on a commit, with a summary and remarks on lines.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::forms::{Line, Number, Sha};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, get, read};
use crate::actions::words::{Formed, Text, given};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::expr::Sink;
use crate::forge::ClientError;
use crate::forge::check::{self as forge, Conclusion, Level, Remark, Status, advice, keep};

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
        let kept = keep(workplace(world)?, &wanted(&begin(args)?)?).map_err(explained)?;
        Ok(outputs(&[("id", kept.id), ("url", kept.url), ("changed", json!(kept.is_changed))]))
    }
}

fn wanted(args: &Args) -> Result<forge::Check, Failure> {
    let standing = match (get(args.conclusion.as_ref())?, get(args.status.as_ref())?) {
        (Some(conclusion), _) => Ok(*conclusion),
        (None, status) => Err(status.copied().unwrap_or(Status::InProgress)),
    };
    let remarks = get(args.annotations.as_ref())?
        .map_or(Ok(Vec::new()), |all| all.iter().map(remark).collect::<Result<Vec<_>, _>>())?;
    Ok(forge::Check {
        sha: args.sha.get()?.0.to_string(),
        name: args.name.0.clone(),
        standing,
        url: args.url.as_ref().map(|url| url.0.clone()),
        title: args.title.as_ref().unwrap_or(&args.name).0.clone(),
        summary: args.summary.as_ref().map_or_else(String::new, |text| text.0.clone()),
        remarks,
    })
}

fn remark(one: &Annotation) -> Result<Remark, Failure> {
    let line = one.line.get()?.0;
    Ok(Remark {
        path: one.path.0.clone(),
        lines: (line, line),
        level: get(one.level.as_ref())?.copied().unwrap_or_default(),
        title: None,
        message: one.message.0.clone(),
    })
}

fn explained(error: ClientError) -> Failure {
    let advice = advice(&error);
    let failure = Failure::from(error);
    match advice {
        Some(advice) => Failure { message: format!("{}; {advice}", failure.message), ..failure },
        None => failure,
    }
}
