//! What the front was asked, and what became of it.

use serde_json::Value;

use super::faults::Fault;

/// One request.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Counted from 0, whatever was forgotten.
    pub number: usize,
    pub method: String,
    /// With its query, and without the prefix of GitHub Enterprise; `/graphql` for GraphQL everywhere.
    pub path: String,
    /// Whose token it was.
    pub login: Option<String>,
    /// Names in lower case; without the token.
    pub headers: Vec<(String, String)>,
    pub body: Sent,
    /// Whether it was done, whatever the client was told. A refusal is not.
    pub is_done: bool,
    /// What the client was told; None: nothing.
    pub status: Option<u16>,
    pub fault: Option<Fault>,
    /// What GraphQL's schema says against the query.
    pub invalid: Vec<String>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    Nothing,
    Json(Value),
    NotJson,
}

impl Sent {
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self::Nothing,
            _ => serde_json::from_slice(bytes).map_or(Self::NotJson, Self::Json),
        }
    }

    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }
}

impl Recorded {
    /// The path without its query.
    pub fn place(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn is_write(&self) -> bool {
        self.method != "GET" && self.place() != "/graphql"
    }
}
