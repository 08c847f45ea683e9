//! Exchanges with GitHub: one request, one answer, whatever its status.

use std::time::Duration;

use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::model::Time;

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

impl Method {
    /// As it stands in a request: `GET`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One request to GitHub's REST API.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: Method,
    /// Below the base URL, with its query: `/repos/o/r/pulls?per_page=100`.
    pub path: String,
    pub body: Option<Value>,
    /// The `etag` of an answer that is still at hand: if nothing has changed since, the answer is a 304
    /// without a body, and counts against no limit. Of reads only.
    pub known: Option<SmolStr>,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: None, known: None }
    }

    pub fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method, path: path.into(), body, known: None }
    }

    /// Whether it changes nothing, so that it may be sent as often as one likes.
    pub fn is_read(&self) -> bool {
        self.method == Method::Get
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// `Null` where there was none (204, 304, redirects). Of a failure that is not JSON, the beginning as text.
    pub body: Value,
    pub etag: Option<SmolStr>,
    /// The path of the next page, for [`Call::path`].
    pub next: Option<String>,
    pub quota: Option<Quota>,
    /// How long to send nothing more.
    pub retry_after: Option<Duration>,
    /// The permissions that the endpoint accepts, as GitHub writes them: `issues=write,pull_requests=read;contents=read`
    /// (`,` all of them, `;` or these).
    pub accepted: Option<String>,
    /// Where a redirect that was not followed leads (those of writes, and to other hosts), or what was created is.
    pub location: Option<String>,
}

/// What GitHub lets a token do within an hour; each resource (`core`, `graphql`, `search`) has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    pub resource: SmolStr,
    pub remaining: u32,
    pub limit: u32,
    /// When `remaining` is `limit` again.
    pub reset: Time,
}

/// Why there is no answer. No text of these holds the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    #[error("no token for GitHub; set ORCH_GITHUB_TOKEN, GITHUB_TOKEN or GH_TOKEN")]
    NoToken,
    /// Nothing was sent.
    #[error("{0}")]
    Invalid(String),
    /// Nothing was sent: there was no connection.
    #[error("cannot reach {host}: {why}")]
    Unreachable { host: String, why: String },
    /// The request may have arrived.
    #[error("no answer of GitHub within {0:?}")]
    TimedOut(Duration),
    /// The request may have arrived.
    #[error("the connection to GitHub ended without an answer: {0}")]
    Broken(String),
    /// The request has arrived.
    #[error("the answer of GitHub is larger than {0} bytes; ask for less at once")]
    TooLarge(usize),
    /// The request has arrived, at something that may not be GitHub.
    #[error("the answer (status {status}) is not JSON; is the base URL that of GitHub's API?")]
    NotJson { status: u16 },
    /// The request has arrived.
    #[error("the next page is said to be on {0}, which is not below the base URL; the answers are not taken")]
    Elsewhere(String),
}

impl ForgeError {
    /// Whether GitHub may have done what was asked.
    pub fn may_have_arrived(&self) -> bool {
        !matches!(self, Self::NoToken | Self::Invalid(_) | Self::Unreachable { .. })
    }
}

/// Sends requests to GitHub. Sends none twice, and follows redirects of reads only, to the same host only.
pub trait Forge: Sync {
    fn call(&self, call: &Call) -> Result<Answer, ForgeError>;

    /// A query or mutation. Its own errors are in the answer: `{"data": …, "errors": […]}`, status 200.
    fn graphql(&self, query: &str, variables: &Map<String, Value>) -> Result<Answer, ForgeError>;
}
