//! Queries and mutations, with the errors that GraphQL tells in a successful answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::client::Client;
use super::error::{ClientError, Refused, RefusedKind, shorten};
use super::pulls::Account;
use crate::ports::{Answer, Call, Method, Quota};

/// What a query brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Queried {
    /// Its `data`, which is not `null`.
    pub data: Value,
    /// What could not be read of it, and is `null` there.
    pub warnings: Vec<String>,
}

impl Client<'_> {
    /// Asks something; tried again as reads are.
    pub fn query(&self, query: &str, variables: &Map<String, Value>) -> Result<Queried, ClientError> {
        let call = named(query);
        let send = || {
            let mut answer = self.forge.graphql(query, variables)?;
            answer.quota = answer.quota.take().or_else(|| quota(&answer.body));
            if answer.status == 200 && has_failed_inside(&answer.body) {
                answer.status = 502; // what GitHub says of the same with less to do
                answer.body = first_message(&answer.body);
            }
            Ok(answer)
        };
        let answer = self.retried(&call, "graphql", &send)?;
        unwrap(&call, answer)
    }

    /// Changes something; sent once, as writes are.
    pub fn mutate(&self, query: &str, variables: &Map<String, Value>) -> Result<Queried, ClientError> {
        let call = named(query);
        let answer = self.once(&call, "graphql", &|| self.forge.graphql(query, variables))?;
        if has_failed_inside(&answer.body) {
            let why = first_message(&answer.body).as_str().unwrap_or_default().to_owned();
            return Err(ClientError::Unknown { call: super::error::name(&call), why });
        }
        unwrap(&call, answer)
    }
}

/// `POST graphql Pulls`, for messages.
fn named(query: &str) -> Call {
    let mut words =
        query.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let is_kind = |word: &&str| matches!(*word, "query" | "mutation");
    let name = words.find(is_kind).and_then(|_| words.next()).unwrap_or_default();
    let name = name.split(['(', '{']).next().unwrap_or_default();
    Call::new(Method::Post, format!("graphql {name}"), None)
}

/// A time-out within GitHub comes as status 200, without data and without a type of error.
fn has_failed_inside(body: &Value) -> bool {
    let errors = body.get("errors").and_then(Value::as_array);
    let is_untyped = |error: &Value| error.get("type").is_none() && error.get("extensions").is_none();
    let is_empty = body.get("data").is_none_or(Value::is_null);
    let is_inside = |error: &Value| {
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        message.starts_with("Something went wrong")
            || message.contains("timedout")
            || message.contains("timeout")
    };
    is_empty && errors.is_some_and(|errors| errors.iter().any(|error| is_untyped(error) && is_inside(error)))
}

/// What the answer itself says, for servers that send no headers about it.
fn quota(body: &Value) -> Option<Quota> {
    let told = body.pointer("/data/rateLimit")?;
    let count = |name: &str| u32::try_from(told.get(name)?.as_u64()?).ok();
    Some(Quota {
        resource: "graphql".into(),
        remaining: count("remaining")?,
        limit: count("limit")?,
        reset: told.get("resetAt")?.as_str()?.parse().ok()?,
    })
}

fn first_message(body: &Value) -> Value {
    messages(body).into_iter().next().map_or(Value::Null, Value::String)
}

fn messages(body: &Value) -> Vec<String> {
    let errors = body.get("errors").and_then(Value::as_array);
    let text =
        |error: &Value| shorten(error.get("message").and_then(Value::as_str).unwrap_or("no reason given"));
    errors.into_iter().flatten().take(10).map(text).collect()
}

fn unwrap(call: &Call, answer: Answer) -> Result<Queried, ClientError> {
    let warnings = messages(&answer.body);
    let types = answer.body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let types: Vec<&str> = types.filter_map(|error| error.get("type")?.as_str()).collect();
    let data = answer.body.get("data").filter(|data| !data.is_null());
    // Nothing at its top is there: what was asked about is not, or is not to be seen.
    let is_hollow = |data: &Value| {
        let fields = data.as_object().into_iter().flatten();
        let mut asked =
            fields.filter(|(name, _)| !matches!(name.as_str(), "rateLimit" | "viewer")).peekable();
        asked.peek().is_some() && asked.all(|(_, value)| value.is_null())
    };
    match data {
        Some(data) if !is_hollow(data) => Ok(Queried { data: data.clone(), warnings }),
        None if warnings.is_empty() => Err(ClientError::Strange {
            call: super::error::name(call),
            why: "neither data nor errors".into(),
        }),
        _ => {
            let kind = match types.first() {
                Some(&"NOT_FOUND") => RefusedKind::NotFound,
                Some(&("FORBIDDEN" | "INSUFFICIENT_SCOPES")) => RefusedKind::Permission,
                Some(&"UNPROCESSABLE") => RefusedKind::Invalid,
                None if warnings.is_empty() => RefusedKind::NotFound,
                _ => RefusedKind::Other,
            };
            let mut rest = warnings.into_iter();
            let message = rest.next().unwrap_or_else(|| "it is not there".to_owned());
            let call = super::error::name(call);
            let refused = Refused {
                kind,
                status: answer.status,
                call,
                message,
                details: rest.collect(),
                permissions: None,
            };
            Err(ClientError::Refused(Box::new(refused)))
        }
    }
}

/// A list, of which single items may be withheld (`null`), or the whole of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection<T> {
    #[serde(default)]
    page_info: PageInfo,
    nodes: Option<Vec<Option<T>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    end_cursor: Option<String>,
}

impl<T> Connection<T> {
    pub(super) fn next(&self) -> Option<String> {
        self.page_info.end_cursor.clone().filter(|_| self.page_info.has_next_page)
    }

    pub(super) fn is_cut(&self) -> bool {
        self.page_info.has_next_page || self.page_info.has_previous_page
    }

    pub(super) fn items(self) -> impl Iterator<Item = T> {
        self.nodes.into_iter().flatten().flatten()
    }
}

pub(super) fn items<T>(list: Option<Connection<T>>) -> impl Iterator<Item = T> {
    list.into_iter().flat_map(Connection::items)
}

/// An account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Actor {
    login: SmolStr,
    database_id: Option<u64>,
}

impl From<Actor> for Account {
    fn from(actor: Actor) -> Self {
        Self { login: actor.login, id: actor.database_id }
    }
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: SmolStr,
}

/// What a query brought, read as it is documented.
pub(super) fn parse<T: DeserializeOwned>(query: &str, data: Value) -> Result<T, ClientError> {
    serde_path_to_error::deserialize(data).map_err(|error| strange(query, error.to_string()))
}

pub(super) fn strange(query: &str, why: String) -> ClientError {
    ClientError::Strange { call: format!("POST graphql {query}"), why }
}
