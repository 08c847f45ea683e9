//! `github.pull_request`: one pull request from a branch to another, with this title and text. GitHub has at most one
//! open one for two branches, by which it is known again; whether its words are ours, our marker says.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::forms::Line;
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{OneOrMany, Templated, get, read};
use crate::actions::http_request::quoted;
use crate::actions::words::Text;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::expr::Sink;
use crate::forge::comment::body_of;
use crate::forge::marker::Place;
use crate::forge::{ClientError, Consistency, RefusedKind, Workplace, Written};
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct PullRequest;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The branch with the changes; of a fork, `owner:branch`.
    head: Line,

    /// The branch that it is to go into.
    base: Line,

    /// Its title.
    title: Line,

    /// Its text, in Markdown.
    text: Option<Text>,

    /// Whether it is opened as a draft. One that is there already stays what it is.
    draft: Option<Templated<bool>>,

    /// Labels that it shall have; others are left alone.
    #[serde(default)]
    labels: OneOrMany<String>,
}

impl Action for PullRequest {
    fn name(&self) -> &'static str {
        "github.pull_request"
    }

    fn about(&self) -> &'static str {
        "Opens a pull request, or brings the open one of these branches up to date if `orch` opened it."
    }

    fn example(&self) -> &'static str {
        "github.pull_request:
  head: reports/weekly
  base: main
  title: Weekly report
  text: \"{{ steps.report.outputs.text }}\"
  labels: [report]"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("number", "its number"),
            ("url", "its page"),
            ("created", "whether it was opened now"),
            ("updated", "whether its title, text or labels were changed"),
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
        let work = Work { place: workplace(world)?, args: &args };
        let (pull, is_new) = work.open()?;
        let is_changed = !is_new && work.update(&pull)?;
        let is_labelled = work.label(&pull)?;
        Ok(outputs(&[
            ("number", pull["number"].clone()),
            ("url", pull["html_url"].clone()),
            ("created", json!(is_new)),
            ("updated", json!(is_changed || (is_labelled && !is_new))),
        ]))
    }
}

struct Work<'w> {
    place: &'w Workplace<'w>,
    args: &'w Args,
}

impl Work<'_> {
    /// The open one, which is opened if need be; and whether it was.
    fn open(&self) -> Result<(Value, bool), Failure> {
        let args = self.args;
        // Only where there is something to open, its repository's number is asked for.
        if let Some(pull) = self.find()? {
            return Ok((pull, false));
        }
        let is_draft = get(args.draft.as_ref())?.copied().unwrap_or_default();
        let mut body = json!({
            "head": args.head.0, "base": args.base.0, "title": args.title.0, "body": self.text()?,
        });
        if is_draft {
            body["draft"] = json!(true);
        }
        let call = Call::new(Method::Post, self.path(""), Some(body));
        match self.place.client.write_unseen(Consistency::Strong, &mut || self.find(), &call) {
            Ok(Written::Done(answer)) => {
                if let Some(author) = answer.body["user"]["id"].as_u64() {
                    self.place.learn(author);
                }
                Ok((answer.body, true))
            }
            Ok(Written::Already(pull) | Written::Found(pull)) => Ok((pull, true)),
            // Somebody else was quicker.
            Err(error) => match self.find() {
                Ok(Some(pull)) if matches!(error, ClientError::Refused(_)) => Ok((pull, false)),
                _ => Err(self.explained(error)),
            },
        }
    }

    fn find(&self) -> Result<Option<Value>, ClientError> {
        let head = match self.args.head.0.split_once(':') {
            Some(_) => self.args.head.0.clone(),
            None => format!("{}:{}", self.place.repository.owner, self.args.head.0),
        };
        let query = format!("?state=open&head={}&base={}", quoted(&head), quoted(&self.args.base.0));
        let found = self.place.client.read(&Call::get(self.path(&query)))?.body;
        let branch = head.rsplit(':').next().unwrap_or_default();
        let is_it = |pull: &&Value| {
            pull["head"]["ref"] == branch
                && pull["base"]["ref"] == *self.args.base.0
                && pull["number"].is_u64()
        };
        Ok(found.as_array().into_iter().flatten().find(is_it).cloned())
    }

    /// Brings the words of one that is ours up to date.
    fn update(&self, pull: &Value) -> Result<bool, Failure> {
        let (text, id) = (self.text()?, self.place.id()?);
        let is_same = |pull: &Value| {
            let body = pull["body"].as_str().unwrap_or_default().replace("\r\n", "\n");
            body.trim_end() == text.trim_end() && pull["title"] == *self.args.title.0
        };
        if is_same(pull) {
            return Ok(false);
        }
        let (body, author) = (pull["body"].as_str().unwrap_or_default(), pull["user"]["id"].as_u64());
        let key = self.place.markers.key_of(body, author, &self.place.us()?, place_of(&id));
        if key.as_deref() != Some(&self.key()) {
            return Ok(false);
        }
        let path = self.path(&format!("/{}", pull["number"]));
        let body = json!({ "title": self.args.title.0, "body": text });
        let call = Call::new(Method::Patch, path, Some(body));
        let mut look = || Ok(self.find()?.filter(is_same));
        self.place.client.write_unseen(Consistency::Strong, &mut look, &call)?;
        Ok(true)
    }

    /// Adds the labels that are missing.
    fn label(&self, pull: &Value) -> Result<bool, Failure> {
        let missing = |pull: &Value| {
            let there: Vec<String> = pull["labels"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|label| label["name"].as_str().map(str::to_lowercase))
                .collect();
            let wanted = self.args.labels.iter().filter(|label| !there.contains(&label.to_lowercase()));
            wanted.cloned().collect::<Vec<String>>()
        };
        let wanted = missing(pull);
        if wanted.is_empty() {
            return Ok(false);
        }
        let path = format!("{}/issues/{}/labels", self.place.repository.path(), pull["number"]);
        let call = Call::new(Method::Post, path, Some(json!({ "labels": wanted })));
        let mut look = || Ok(self.find()?.filter(|pull| missing(pull).is_empty()));
        self.place.client.write_unseen(Consistency::Strong, &mut look, &call)?;
        Ok(true)
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/pulls{rest}", self.place.repository.path())
    }

    fn key(&self) -> String {
        format!("pull/{}/{}", self.args.head.0, self.args.base.0)
    }

    /// The text with our marker.
    fn text(&self) -> Result<String, ClientError> {
        let text = self.args.text.as_ref().map_or("", |text| &text.0);
        let text = text.replace("\r\n", "\n");
        let id = self.place.id()?;
        Ok(body_of(self.place, place_of(&id), &self.key(), &text))
    }

    fn explained(&self, error: ClientError) -> Failure {
        let Args { head, base, .. } = self.args;
        let hint = match &error {
            ClientError::Refused(refused) if refused.kind == RefusedKind::Invalid => {
                let says = |word: &str| refused.details.iter().any(|detail| detail.contains(word));
                if says("`head`") {
                    format!("; there is no branch `{}` on GitHub: push it first", head.0)
                } else if says("`base`") {
                    format!("; there is no branch `{}` on GitHub", base.0)
                } else if says("No commits between") {
                    format!(
                        "; commit something to `{}` first, or skip the step where nothing changed",
                        head.0
                    )
                } else {
                    String::new()
                }
            }
            ClientError::Refused(refused) if refused.kind == RefusedKind::Permission => {
                "; GITHUB_TOKEN may open pull requests only if the repository's settings for Actions let it"
                    .to_owned()
            }
            _ => String::new(),
        };
        let failure = Failure::from(error);
        Failure { message: failure.message.clone() + &hint, ..failure }
    }
}

fn place_of(repository: &str) -> Place<'_> {
    Place { kind: "pull", repository, within: None }
}
