//! `orch event list` as JSON.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::FORMAT_VERSION;
use crate::model::{Asked, Cause, Code, Fact, Source, Time};
use crate::report::{EventId, Logged, narrate};
use crate::state::State;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EventListV1 {
    pub format_version: u32,
    pub events: Vec<ListedEventV1>,
}

impl EventListV1 {
    pub fn new(events: &[Logged<'_>], state: &State) -> Self {
        let events = events.iter().map(|logged| ListedEventV1::new(logged, state)).collect();
        Self { format_version: FORMAT_VERSION, events }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedEventV1 {
    /// `SERIAL.INDEX`: the tick that recorded it, and its place in it from 0.
    pub id: String,
    pub at: Time,
    #[serde(rename = "type")]
    pub kind: String,
    /// `orch` for rules, else an agent's name or a person's address.
    pub actor: String,
    pub task: Option<Code>,
    pub review: Option<String>,
    /// The run that it is about.
    pub run: Option<String>,
    /// The workflow that it is about, or whose run.
    pub workflow: Option<String>,
    /// Why a rule added it; null for what came from outside.
    pub cause: Option<CauseV1>,
    /// How it was asked for, where roles decide who may; else null.
    pub asked: Option<AskedV1>,
    /// The fields of this event type, as they stand in the log.
    pub data: Value,
    /// The event in plain words.
    pub text: String,
}

impl ListedEventV1 {
    pub(super) fn new(logged: &Logged<'_>, state: &State) -> Self {
        let event = logged.event;
        let line = narrate(event, state);
        Self {
            id: logged.id().to_string(),
            at: event.at,
            kind: event.fact.kind().to_owned(),
            actor: event.actor.to_string(),
            task: event.fact.task().cloned(),
            review: event.fact.review().map(|review| review.to_string()),
            run: event.fact.run().map(ToString::to_string),
            workflow: match &event.fact {
                Fact::Flow(fact) => fact.workflow().map(str::to_owned),
                _ => None,
            },
            cause: event.cause.as_ref().map(|cause| CauseV1::new(cause, logged.serial)),
            asked: event.asked.as_deref().map(AskedV1::from),
            data: data(&event.fact),
            text: format!("{} {}", line.subject, line.text),
        }
    }
}

/// Why a rule added an event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CauseV1 {
    pub rule: String,
    pub why: String,
    /// The line of configuration that says so: `routing.yaml:12`.
    pub at: Option<String>,
    /// The id of the event that the rule answered.
    pub event: Option<String>,
}

impl CauseV1 {
    fn new(cause: &Cause, serial: u64) -> Self {
        Self {
            rule: cause.rule.to_string(),
            why: cause.why.to_string(),
            at: cause.at.as_ref().map(ToString::to_string),
            event: cause.event.map(|index| EventId { serial, index }.to_string()),
        }
    }
}

/// How something was asked for, and what allowed it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AskedV1 {
    /// Where the actor's name comes from: `told` (`--as`), `line` (of a request file), `git`, `github`.
    pub source: &'static str,
    /// Whether somebody vouches for the actor.
    pub verified: bool,
    /// The machine whose git identity it is.
    pub host: Option<String>,
    /// The login that the account of GitHub had.
    pub login: Option<String>,
    /// The role that allowed it; null: it needed none.
    pub role: Option<String>,
    /// The line of configuration that says so: `roles.yaml:4`.
    pub at: Option<String>,
    /// The token of the claim under which it was asked.
    pub token: Option<u64>,
    /// It went over a claim.
    #[serde(rename = "override")]
    pub overrides: bool,
}

impl From<&Asked> for AskedV1 {
    fn from(asked: &Asked) -> Self {
        let (source, host, login) = match &asked.source {
            Source::Told => ("told", None, None),
            Source::Line => ("line", None, None),
            Source::Git { host } => ("git", Some(host.to_string()), None),
            Source::Github { login, .. } => ("github", None, Some(login.to_string())),
            Source::Itself => ("orch", None, None),
        };
        Self {
            source,
            verified: asked.source.is_verified(),
            host,
            login,
            role: asked.role.as_ref().map(ToString::to_string),
            at: asked.at.as_ref().map(ToString::to_string),
            token: asked.token,
            overrides: asked.overrides,
        }
    }
}

/// The fact without the name of its type around it.
fn data(fact: &Fact) -> Value {
    let value = match fact {
        Fact::Flow(fact) => serde_json::to_value(fact),
        fact => serde_json::to_value(fact),
    };
    match value {
        Ok(Value::Object(outer)) => outer.into_iter().next().map_or(Value::Null, |(_, inner)| inner),
        Ok(other) => other,
        Err(_) => Value::Null,
    }
}
