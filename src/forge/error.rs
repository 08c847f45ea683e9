//! What GitHub refused, and what the user can do about it.

use std::fmt;

use serde_json::Value;

use super::budget::PutOff;
use crate::ports::{Answer, Call, ForgeError};

/// Why a call brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Nothing was done; a later tick does it.
    #[error("{0}")]
    PutOff(PutOff),
    /// Nothing was done; the same call will be refused again.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// Of a read: there was no answer, however often it was tried. Of a write: it surely did not arrive.
    #[error(transparent)]
    Unsent(#[from] ForgeError),
    /// Of a read: GitHub failed, however often it was tried.
    #[error("`{call}` failed with status {status}: {message}; the next tick tries again")]
    Failed { call: String, status: u16, message: String },
    /// Of a write: nobody knows whether it was done. Look before it is sent again.
    #[error("it is not known whether `{call}` was done: {why}; the next tick looks before it tries again")]
    Unknown { call: String, why: String },
    /// An answer without what was asked for.
    #[error("the answer to `{call}` is not what GitHub's documentation says: {why}")]
    Strange { call: String, why: String },
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub kind: RefusedKind,
    pub status: u16,
    /// `POST /repos/o/r/issues`, without its query.
    pub call: String,
    /// What GitHub says.
    pub message: String,
    /// What it says of single fields.
    pub details: Vec<String>,
    /// The permissions that would do, as a workflow's `permissions:` names them: `issues: write`.
    pub permissions: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedKind {
    /// 401: the token is none, or no longer.
    Token,
    /// 403: the token may not.
    Permission,
    /// 404: it is not there, or the token may not see it.
    NotFound,
    /// 410: it was there, or the feature is switched off.
    Gone,
    /// 409: something else was done in between.
    Conflict,
    /// 422, 400: what was sent is not right.
    Invalid,
    /// 301 and the like: the repository has another name.
    Moved,
    Other,
}

/// What is shown of a message.
const LONGEST: usize = 500;

impl Refused {
    pub(super) fn new(call: &Call, answer: &Answer) -> Self {
        let message = answer.body.get("message").or(Some(&answer.body)).and_then(Value::as_str);
        let mut message = shorten(message.unwrap_or("no reason given"));
        if let (300..400, Some(place)) = (answer.status, &answer.location) {
            message = format!("moved to {}", shorten(place));
        }
        let kind = match answer.status {
            401 => RefusedKind::Token,
            403 => RefusedKind::Permission,
            404 => RefusedKind::NotFound,
            409 => RefusedKind::Conflict,
            410 => RefusedKind::Gone,
            400 | 422 => RefusedKind::Invalid,
            300..400 => RefusedKind::Moved,
            _ => RefusedKind::Other,
        };
        // GitHub sends the header with everything; only here it says what is missing.
        let may_be_hidden = matches!(kind, RefusedKind::Permission | RefusedKind::NotFound);
        let permissions = answer.accepted.as_deref().filter(|_| may_be_hidden).and_then(permissions);
        let errors = answer.body.get("errors").and_then(Value::as_array);
        let details = errors.into_iter().flatten().take(10).map(detail).collect();
        Self { kind, status: answer.status, call: name(call), message, details, permissions }
    }

    /// Whether another try may bring what this one did not: something else came first.
    pub const fn may_pass(&self) -> bool {
        matches!(self.kind, RefusedKind::Conflict)
    }

    /// What the user can do, where one can tell.
    fn hint(&self) -> Option<String> {
        let missing = self.permissions.as_ref();
        Some(match self.kind {
            RefusedKind::Token => {
                "the token is not valid (any more); set another in ORCH_GITHUB_TOKEN or GITHUB_TOKEN"
                    .to_owned()
            }
            RefusedKind::Permission => match missing {
                Some(which) => format!("give the token {which} (in a workflow under `permissions:`)"),
                None => {
                    "the token may not do this; see `permissions:` of the workflow, or the token's scopes"
                        .into()
                }
            },
            RefusedKind::NotFound => match missing {
                Some(which) => format!("it is not there, or the token may not see it; reading takes {which}"),
                None => "it is not there, or the token may not see it".to_owned(),
            },
            RefusedKind::Gone => {
                "it is not there any more, or is switched off in the repository's settings".into()
            }
            RefusedKind::Conflict => "something else came first; the next tick looks again".to_owned(),
            RefusedKind::Moved => "name the repository as it is called now".to_owned(),
            RefusedKind::Invalid | RefusedKind::Other => return None,
        })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHub refused `{}` with status {}: {}", self.call, self.status, self.message)?;
        if !self.details.is_empty() {
            write!(f, " ({})", self.details.join("; "))?;
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// `GET /repos/o/r/issues`: the query holds nothing that helps.
pub(super) fn name(call: &Call) -> String {
    let path = call.path.split('?').next().unwrap_or_default();
    format!("{} {path}", call.method.name())
}

pub(super) fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST).chain(['…']).collect() }
}

fn detail(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str);
    let said = match (error.as_str(), text("message"), text("field")) {
        (Some(said), _, _) | (None, Some(said), None) => said.to_owned(),
        (None, Some(said), Some(field)) => format!("`{field}`: {said}"),
        (None, None, Some(field)) => format!("`{field}`: {}", text("code").unwrap_or("wrong")),
        (None, None, None) => error.to_string(),
    };
    shorten(&said)
}

/// `issues=write,pull_requests=read; contents=read` as `issues: write` and `pull-requests: read`, or …
fn permissions(accepted: &str) -> Option<String> {
    let one = |pair: &str| {
        let (name, level) = pair.trim().split_once('=')?;
        let is_word =
            |text: &str| !text.is_empty() && text.bytes().all(|c| c == b'_' || c.is_ascii_lowercase());
        (is_word(name) && is_word(level)).then(|| format!("`{}: {level}`", name.replace('_', "-")))
    };
    let set =
        |pairs: &str| pairs.split(',').map(one).collect::<Option<Vec<_>>>().map(|all| all.join(" and "));
    let sets: Vec<String> = accepted.split(';').filter_map(set).collect();
    (!sets.is_empty()).then(|| sets.join(", or "))
}
