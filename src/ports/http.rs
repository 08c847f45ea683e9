//! Requests over HTTP, as actions and channels send them.

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub timeout: std::time::Duration,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
    pub is_cut: bool,
}

/// What is read of a reply.
pub const MAX_BODY: usize = 1 << 20;

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("{0}")]
    Invalid(String),
    #[error("cannot reach {host}: {why}")]
    Unreachable { host: String, why: String },
    #[error("no reply within {0:?}")]
    TimedOut(std::time::Duration),
    /// The request may have arrived.
    #[error("the connection ended without a reply: {0}")]
    Broken(String),
}

/// Sends requests. Never sends one twice by itself, and follows no redirect to another host.
pub trait Http: Sync {
    fn send(&self, request: &HttpRequest) -> Result<HttpReply, HttpError>;
}
