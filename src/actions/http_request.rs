//! `http.request`: one request, and what came back.
//!
//! Secrets go into headers only, and never into what is kept: a reply that repeats one is masked.

mod address;

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fields::{Templated, finished, get, read};
use super::words::{Text, WebAddress, Whole, given};
use super::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World, expressions};
use crate::expr::Sink;
use crate::model::Duration;
use crate::ports::{HttpError, HttpReply, HttpRequest as Request};

pub(super) use address::{host, literal_host, quoted};

/// How long a reply may take, when nobody says.
const TIMEOUT: Duration = Duration::from_seconds(30);
/// What is kept of a reply, in bytes: it goes into the state.
const MAX_OUTPUT: usize = 64 << 10;
/// Headers of a reply that are kept.
const KEPT: [&str; 8] =
    ["content-type", "date", "etag", "last-modified", "link", "location", "retry-after", "x-request-id"];

#[derive(Debug)]
pub(super) struct HttpRequest;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("not" = { "anyOf": [
    { "required": ["json", "body"] }, { "required": ["json", "form"] }, { "required": ["body", "form"] },
] }))]
struct Args {
    /// The method.
    #[serde(default)]
    method: Method,

    /// Where to: `http://` or `https://`, with the host written out. Values in it are quoted as a part of
    /// a path or query.
    url: WebAddress,

    /// Headers. Secrets may stand in their values.
    #[serde(default)]
    headers: IndexMap<String, Text>,

    /// What is added to the address after `?`.
    #[serde(default)]
    query: IndexMap<String, Text>,

    /// The body as JSON; any value.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    json: Option<Value>,

    /// The body as text.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Text")]
    body: Option<Text>,

    /// The body as a form of a web page sends it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "IndexMap<String, Text>")]
    form: Option<IndexMap<String, Text>>,

    /// The statuses that are a success; none: 200 to 299.
    #[serde(default)]
    expect: Vec<Whole<100, 599>>,

    /// How long the reply may take.
    #[schemars(extend("default" = "30s"))]
    timeout: Option<Templated<Duration>>,

    /// What is kept of the body; none: `json` if the reply says that it is JSON, `text` else.
    output: Option<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it changes nothing, so that it does not matter whether it arrived (RFC 9110, 9.2.1).
    const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Output {
    Json,
    Text,
    None,
}

impl Action for HttpRequest {
    fn name(&self) -> &'static str {
        "http.request"
    }

    fn about(&self) -> &'static str {
        "Sends a request over HTTP, with an `Idempotency-Key` that is the same at every attempt."
    }

    fn example(&self) -> &'static str {
        "http.request:
  method: POST
  url: https://api.example.com/v1/deploys/{{ vars.environment }}
  headers: { Authorization: \"Bearer {{ secrets.DEPLOY_TOKEN }}\" }
  json: { version: \"{{ steps.build.outputs.version }}\" }
  expect: [201, 202]"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("status", "the status of the reply"),
            ("headers", "its content type, date, etag, link, location and the like, in lower case"),
            ("json", "its body, if that is JSON"),
            ("body", "its body as text, if that is not JSON"),
            ("is_cut", "whether more than 64 kB came, of which the rest was not kept"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        match bodies(&args).as_slice() {
            [_, second, ..] => Err(ArgsError {
                path: vec![(*second).to_owned()],
                message: "a request has one body; keep one of `json`, `body` and `form`".into(),
            }),
            _ => Ok(()),
        }
    }

    fn sink(&self, args: &Value, path: &[&str]) -> Sink {
        match path {
            ["url"] => Sink::UrlPart,
            ["headers", ..] => Sink::Header,
            ["body"] => match content_type(args).as_deref() {
                Some(kind) if kind.contains("json") => Sink::Json,
                Some(kind) if kind.contains("html") => Sink::Html,
                Some(kind) if kind.contains("form-urlencoded") => Sink::UrlPart,
                _ => Sink::Plain,
            },
            _ => Sink::Plain,
        }
    }

    fn needs(&self, args: &Value) -> Needs {
        let host = args.get("url").and_then(Value::as_str).and_then(|url| literal_host(url).ok());
        Needs { hosts: host.into_iter().collect(), ..Needs::default() }
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        self.check(args)?;
        let only_headers = |(key, value): (&String, &Value)| key == "headers" || !holds_secret(value);
        if let Some((key, _)) =
            args.as_object().and_then(|args| args.iter().find(|entry| !only_headers(*entry)))
        {
            return Err(Failure::last(format!("a secret stands in `{key}`; put it into a header")));
        }
        let args: Args = finished(args)?;
        let host = host(&args.url.0).map_err(Failure::last)?;
        permit(&host, world)?;
        let secrets = Mutex::new(Vec::new());
        let request = request(&args, world, &secrets)?;
        let reply = world.http.send(&request).map_err(|error| send_failure(&error, args.method.is_safe()))?;
        judge(&args, &reply, &host, &secrets.into_inner().unwrap_or_default())
    }
}

fn bodies(args: &Args) -> Vec<&'static str> {
    let bodies =
        [("json", args.json.is_some()), ("body", args.body.is_some()), ("form", args.form.is_some())];
    bodies.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
}

/// The content type that the headers of arguments say.
fn content_type(args: &Value) -> Option<String> {
    let headers = args.get("headers")?.as_object()?;
    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    Some(found.1.as_str()?.to_ascii_lowercase())
}

/// Whether a secret stands anywhere in a value.
pub(super) fn holds_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => expressions::has_secret(text),
        Value::Array(values) => values.iter().any(holds_secret),
        Value::Object(map) => {
            map.iter().any(|(key, value)| expressions::has_secret(key) || holds_secret(value))
        }
        _ => false,
    }
}

/// Refuses a host that the workflow does not declare, if it declares any.
fn permit(host: &str, world: &World<'_>) -> Result<(), Failure> {
    let Some(allowed) = &world.permissions.hosts else { return Ok(()) };
    let is_allowed = |pattern: &str| match pattern.strip_prefix("*.") {
        Some(domain) => host
            .strip_suffix(domain.to_ascii_lowercase().as_str())
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => pattern.eq_ignore_ascii_case(host),
    };
    if allowed.iter().any(|pattern| is_allowed(pattern)) {
        return Ok(());
    }
    Err(Failure::last(format!("the workflow may not send to `{host}`; add it to `permissions.hosts`")))
}

fn request(args: &Args, world: &World<'_>, secrets: &Mutex<Vec<String>>) -> Result<Request, Failure> {
    let body = match (&args.json, &args.body, &args.form) {
        (Some(json), ..) => Some(("application/json", json.to_string())),
        (_, Some(body), _) => Some(("text/plain; charset=utf-8", body.0.clone())),
        (.., Some(form)) => Some(("application/x-www-form-urlencoded", address::pairs(form))),
        _ => None,
    };
    let mut headers = vec![("Idempotency-Key".to_owned(), world.key.to_owned())];
    headers.extend(body.as_ref().map(|(kind, _)| ("Content-Type".to_owned(), (*kind).to_owned())));
    for (name, value) in &args.headers {
        let value = fill(&value.0, world, secrets)?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Failure::last(format!("`{name}` cannot be the name of a header")));
        }
        if value.chars().any(|letter| letter.is_control() && letter != '\t') {
            return Err(Failure::last(format!(
                "the value of header `{name}` holds a line end or control character"
            )));
        }
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.clone(), value));
    }
    Ok(Request {
        method: args.method.as_str().to_owned(),
        url: address::with_query(&args.url.0, &args.query),
        headers,
        body: body.map(|(_, text)| text.into_bytes()).unwrap_or_default(),
        timeout: std::time::Duration::from_secs(
            get(args.timeout.as_ref())?.copied().unwrap_or(TIMEOUT).as_seconds(),
        ),
    })
}

/// Fills in secrets, and remembers them, to mask what comes back.
fn fill(text: &str, world: &World<'_>, secrets: &Mutex<Vec<String>>) -> Result<String, Failure> {
    let secret = |name: &str| {
        let value = (world.secret)(name)?;
        secrets.lock().unwrap_or_else(PoisonError::into_inner).push(value.clone());
        Ok(value)
    };
    expressions::fill(text, &World { secret: &secret, ..*world })
}

/// Whether a status may be another one the next time.
pub(super) const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || !(status >= 400 && status < 500)
}

/// Whether a status leaves open what became of the request: the server, or one on the way to it, broke down.
pub(super) const fn is_unknown(status: u16) -> bool {
    matches!(status, 408 | 500..=599) && status != 501
}

/// Why there was no reply.
pub(super) fn send_failure(error: &HttpError, is_safe: bool) -> Failure {
    match error {
        HttpError::Invalid(_) => Failure::last(error.to_string()),
        HttpError::TimedOut(_) | HttpError::Broken(_) if !is_safe => Failure::unknown(error.to_string()),
        _ => Failure::passing(error.to_string()),
    }
}

fn judge(
    args: &Args,
    reply: &HttpReply,
    host: &str,
    secrets: &[String],
) -> Result<Map<String, Value>, Failure> {
    let mask = |text: &str| {
        let masked = |text: String, secret: &String| text.replace(secret.as_str(), "***");
        secrets.iter().filter(|secret| !secret.is_empty()).fold(text.to_owned(), masked)
    };
    let headers = reply.headers.iter().filter(|(name, _)| KEPT.contains(&name.as_str()));
    let headers: Map<String, Value> =
        headers.map(|(name, value)| (name.clone(), mask(value).into())).collect();
    let says_json =
        headers.get("content-type").and_then(Value::as_str).is_some_and(|kind| kind.contains("json"));
    let text = mask(&String::from_utf8_lossy(&reply.body));
    let kept = &text[..text.floor_char_boundary(MAX_OUTPUT)];
    let is_cut = reply.is_cut || kept.len() < text.len();

    let mut outputs = Map::new();
    outputs.insert("status".into(), json!(reply.status));
    outputs.insert("headers".into(), headers.into());
    outputs.insert("is_cut".into(), json!(is_cut));
    let fits = if args.expect.is_empty() {
        (200..300).contains(&reply.status)
    } else {
        args.expect.iter().any(|status| status.0 == reply.status)
    };
    if !fits {
        outputs.insert("body".into(), kept.into());
        let message = format!("`{host}` answered with status {}", reply.status);
        return Err(Failure {
            message,
            is_final: !is_passing(reply.status),
            is_unknown: is_unknown(reply.status) && !args.method.is_safe(),
            outputs,
        });
    }
    if args.output == Some(Output::None) {
        return Ok(outputs);
    }
    let wants_json = args.output == Some(Output::Json);
    if wants_json || (args.output.is_none() && says_json && !is_cut) {
        let parsed =
            if is_cut { Err("is larger than the 64 kB that are kept".to_owned()) } else { parse(kept) };
        match parsed {
            Ok(json) => {
                outputs.insert("json".into(), json);
                return Ok(outputs);
            }
            Err(problem) if wants_json => {
                let message = format!("the reply of `{host}` {problem}");
                return Err(Failure { outputs, ..Failure::last(message) });
            }
            Err(_) => {}
        }
    }
    outputs.insert("body".into(), kept.into());
    Ok(outputs)
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))
}
