//! `notify`: says something to people, on a channel of `channels.yaml`.
//!
//! The planner looks the channel up and adds where it leads as `to`; what is written here is the
//! text alone.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::data_convert::outputs;
use super::fields::{Templated, finished, get, read};
use super::http_request::{is_passing, is_unknown, send_failure};
use super::words::{Formed, KebabCase, Text};
use super::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World, expressions};
use crate::ports::HttpRequest;

/// How long a webhook may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Notify;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The channel.
    channel: Templated<Formed<KebabCase>>,

    /// What to say.
    text: Text,

    /// What stands above it.
    title: Option<Text>,

    /// How bad it is.
    #[schemars(extend("default" = "info"))]
    level: Option<Templated<Level>>,

    /// Where the channel leads, from the planner.
    #[schemars(skip)]
    to: Option<To>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    #[default]
    Info,
    Warning,
    Error,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum To {
    Console,
    Webhook {
        url: String,
        #[serde(default)]
        headers: Map<String, Value>,
    },
}

impl Action for Notify {
    fn name(&self) -> &'static str {
        "notify"
    }

    fn about(&self) -> &'static str {
        "Sends a message to a channel of `channels.yaml`."
    }

    fn example(&self) -> &'static str {
        "notify: { channel: ops, text: \"Removed {{ steps.clean.outputs.count }} files\" }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[("status", "of a webhook: the status of its reply")]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        if args.get("to").is_some() {
            let message = "unknown key `to`; `channels.yaml` says where a channel leads".to_owned();
            return Err(ArgsError { path: vec!["to".into()], message });
        }
        read::<Args>(args).map(drop)
    }

    fn needs(&self, _args: &Value) -> Needs {
        // Hosts of channels are a matter of `channels.yaml`, not of each workflow.
        Needs::default()
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = finished(args)?;
        let channel = &args.channel.get()?.0;
        let texts = args.title.iter().chain([&args.text]);
        if texts.clone().any(|text| expressions::has_secret(&text.0)) {
            return Err(Failure::last("a secret stands in a message; secrets never leave by one"));
        }
        let level = get(args.level.as_ref())?.copied().unwrap_or_default();
        match &args.to {
            None => Err(Failure::last(format!(
                "channel `{channel}` leads nowhere; declare it in `channels.yaml`"
            ))),
            Some(To::Console) => {
                for line in texts.flat_map(|text| text.0.lines()) {
                    (world.say)(&console_line(line));
                }
                Ok(Map::new())
            }
            Some(To::Webhook { url, headers }) => {
                let message = json!({
                    "text": args.text.0,
                    "title": args.title.as_ref().map(|title| &title.0),
                    "level": level,
                    "key": world.key,
                });
                post(world, channel, url, headers, &message)
            }
        }
    }
}

/// A line that is nothing but text: no control sequence of a terminal. What GitHub's runner would take for a
/// command is a matter of whoever shows it there.
fn console_line(line: &str) -> String {
    line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn post(
    world: &World<'_>,
    channel: &str,
    url: &str,
    headers: &Map<String, Value>,
    message: &Value,
) -> Result<Map<String, Value>, Failure> {
    let mut sent = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("Idempotency-Key".to_owned(), world.key.to_owned()),
    ];
    for (name, value) in headers {
        let value = expressions::fill(value.as_str().unwrap_or_default(), world)?;
        sent.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        sent.push((name.clone(), value));
    }
    let request = HttpRequest {
        method: "POST".into(),
        url: expressions::fill(url, world)?,
        headers: sent,
        body: message.to_string().into_bytes(),
        timeout: TIMEOUT,
    };
    // The address may be a secret itself, so that nothing of it is told.
    let reply = world.http.send(&request).map_err(|error| {
        let failure = send_failure(&error, false);
        let is_secret = expressions::has_secret(url);
        let message = if is_secret { "cannot be reached" } else { failure.message.as_str() };
        Failure { message: format!("channel `{channel}`: {message}"), ..failure }
    })?;
    let result = outputs(&[("status", json!(reply.status))]);
    if (200..300).contains(&reply.status) {
        return Ok(result);
    }
    let message = format!("channel `{channel}` answered with status {}", reply.status);
    Err(Failure {
        message,
        is_final: !is_passing(reply.status),
        is_unknown: is_unknown(reply.status),
        outputs: result,
    })
}
