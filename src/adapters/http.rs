//! Requests over HTTP/1.1, as actions and channels send them.
//!
//! A request is sent once, on a connection of its own: one that was kept from before may be dead, and
//! then nobody knows whether the request arrived. Proxies are those of the environment (`HTTP_PROXY`,
//! `HTTPS_PROXY`, `NO_PROXY`), roots of certificates those of the system (`SSL_CERT_FILE` and
//! `SSL_CERT_DIR` name others).

#[cfg(test)]
pub(super) mod server;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Method, Url};

use crate::ports::{Http, HttpError, HttpReply, HttpRequest, MAX_BODY};

/// How long a connection may take. What fails before it stands has surely not arrived.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// How many redirects are followed.
const REDIRECTS: usize = 10;

/// What belongs to the connection and not to whoever sends a request over it.
const OURS: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The network. Nothing is set up before the first request.
#[derive(Debug, Default)]
pub struct HttpClient {
    /// For `http`: reading the system's roots costs 30 ms, and fails where there are none.
    plain: OnceLock<Result<Client, String>>,
    /// For `https`.
    secure: OnceLock<Result<Client, String>>,
    /// Uses no proxy, whatever the environment says.
    is_direct: bool,
}

impl Http for HttpClient {
    fn send(&self, request: &HttpRequest) -> Result<HttpReply, HttpError> {
        let url = read_url(&request.url)?;
        let method =
            Method::from_bytes(request.method.as_bytes()).ok().filter(|method| method != Method::CONNECT);
        let method =
            method.ok_or_else(|| invalid(format!("`{}` is not a method", request.method.escape_debug())))?;
        let headers = read_headers(&request.headers)?;
        let host = host_of(&url);
        let client = self.client(&url).map_err(|why| HttpError::Unreachable { host: host.clone(), why })?;
        let asked = client.request(method, url).headers(headers).timeout(request.timeout);
        let sent = asked.body(request.body.clone()).send();
        let response = sent.map_err(|error| classify(error, host, request.timeout))?;
        read_reply(response, request.timeout)
    }
}

impl HttpClient {
    fn client(&self, url: &Url) -> Result<Client, String> {
        let is_secure = url.scheme() == "https";
        let client = if is_secure { &self.secure } else { &self.plain };
        client.get_or_init(|| build(is_secure, self.is_direct)).clone()
    }
}

/// A client of the same kind, for exchanges that are not one request of an action.
pub(super) fn client(is_secure: bool) -> Result<Client, String> {
    build(is_secure, false)
}

fn build(is_secure: bool, is_direct: bool) -> Result<Client, String> {
    // Without one, reqwest panics. If another part of the process has chosen one, that will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("orch/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::custom(follow))
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .timeout(None);
    let builder = if is_direct { builder.no_proxy() } else { builder };
    if !is_secure {
        return builder.tls_certs_only([]).build().map_err(|error| reason(&error));
    }
    builder.build().map_err(|error| unbuilt(&error))
}

/// Why there is no client.
pub(super) fn unbuilt(error: &reqwest::Error) -> String {
    let why = reason(error);
    let hint = "install `ca-certificates` or set SSL_CERT_FILE";
    if why.contains("No CA certificates") {
        format!("this machine has no roots of certificates; {hint}")
    } else {
        why
    }
}

/// Headers may hold a secret, which is for the place that it was sent to.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let place = |url: &Url| (url.scheme().to_owned(), host_of(url));
    let is_same = attempt.previous().last().is_some_and(|last| place(last) == place(attempt.url()));
    // The redirect itself is the reply then.
    if is_same && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// Host and port, as errors and redirects compare and show them.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn read_url(text: &str) -> Result<Url, HttpError> {
    // The URL itself is not shown: those of webhooks are secrets.
    let url = Url::parse(text).map_err(|error| invalid(format!("not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid(format!("`{}` is not a scheme for requests; use `https`", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("a URL with a user or password in it; send an `authorization` header instead"));
    }
    Ok(url)
}

fn read_headers(headers: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let mut read = HeaderMap::new();
    for (name, value) in headers {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid(format!("`{}` is not the name of a header", name.escape_debug())))?;
        if OURS.contains(&key.as_str()) {
            return Err(invalid(format!("the header `{key}` belongs to the connection; leave it out")));
        }
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| invalid(format!("the value of the header `{key}` holds a control character")))?;
        read.append(key, value);
    }
    Ok(read)
}

fn read_reply(response: Response, timeout: Duration) -> Result<HttpReply, HttpError> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    let read = response.take(MAX_BODY as u64 + 1).read_to_end(&mut body);
    let is_cut = body.len() > MAX_BODY;
    if let Err(error) = read {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
        let is_late =
            error.kind() == std::io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout);
        let broken = || HttpError::Broken(format!("status {status}, then {}", deepest(&error)));
        return Err(if is_late { HttpError::TimedOut(timeout) } else { broken() });
    }
    body.truncate(MAX_BODY);
    Ok(HttpReply { status, headers, body, is_cut })
}

/// What became of a request without a reply.
fn classify(error: reqwest::Error, host: String, timeout: Duration) -> HttpError {
    let why = reason(&error);
    if error.is_builder() {
        HttpError::Invalid(why)
    } else if error.is_connect() {
        // A connection that does not come about in time, too: nothing was sent.
        HttpError::Unreachable { host, why }
    } else if error.is_timeout() {
        HttpError::TimedOut(timeout)
    } else {
        HttpError::Broken(why)
    }
}

fn invalid(words: impl Into<String>) -> HttpError {
    HttpError::Invalid(words.into())
}

/// What is at the bottom of an error; the layers above say only that something went wrong, and where to.
pub(super) fn reason(error: &reqwest::Error) -> String {
    error.source().map_or_else(|| "the request cannot be made".to_owned(), deepest)
}

pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
