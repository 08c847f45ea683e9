//! GitHub's API, by octocrab: its authentication and its transport, and nothing of its models.
//!
//! A request is sent once, on a connection of its own. Octocrab's retries are not compiled in: they send a
//! write again after a 502 or a lost connection, when it may have arrived. Proxies and roots of certificates are
//! those of `adapters/http.rs`. Nothing is set up before the first request: no thread, no runtime, no roots.

mod headers;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, USER_AGENT};
use reqwest::{Response, Url};
use serde_json::{Map, Value};

use super::http::{CONNECT, deepest, host_of, unbuilt};
use crate::ports::{Answer, Call, Forge, ForgeError, Method};

/// The whole of a request, from the connection to the end of the answer. GitHub itself gives up after 10 s.
const WHOLE: Duration = Duration::from_secs(45);
/// What is read of an answer.
const MAX_BODY: usize = 32 << 20;
/// How many redirects of a read are followed.
const REDIRECTS: usize = 5;
/// What is kept of a failure that is not JSON.
const EXCERPT: usize = 300;

pub const DEFAULT_BASE: &str = "https://api.github.com";

/// GitHub, or one that behaves as GitHub does.
pub struct GithubForge {
    /// Without a slash at its end.
    base: String,
    graphql: String,
    token: Option<String>,
    /// Uses no proxy, whatever the environment says.
    is_direct: bool,
    limits: Limits,
    ready: OnceLock<Result<Ready, ForgeError>>,
}

#[derive(Clone, Copy)]
struct Limits {
    connect: Duration,
    whole: Duration,
}

/// What is set up at the first request.
struct Ready {
    runtime: tokio::runtime::Runtime,
    octocrab: Octocrab,
    base: Url,
    graphql: Url,
}

impl fmt::Debug for GithubForge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = if self.token.is_some() { "***" } else { "none" };
        write!(f, "GithubForge({}, {}, token {token})", self.base, self.graphql)
    }
}

impl GithubForge {
    /// `base` is [`DEFAULT_BASE`], or `https://HOST/api/v3` of an Enterprise Server. Where `graphql` is not given, it
    /// follows from the base.
    pub fn new(base: &str, graphql: Option<&str>, token: Option<&str>) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        let derived = || match base.strip_suffix("/v3") {
            Some(api) if api.ends_with("/api") => format!("{api}/graphql"),
            _ => format!("{base}/graphql"),
        };
        let graphql = graphql.map_or_else(derived, |url| url.trim_end_matches('/').to_owned());
        let token = token.map(str::trim).filter(|token| !token.is_empty()).map(str::to_owned);
        let limits = Limits { connect: CONNECT, whole: WHOLE };
        Self { base, graphql, token, is_direct: false, limits, ready: OnceLock::new() }
    }

    /// How long a request may take as a whole, with its connection and its answer.
    pub fn within(mut self, whole: Duration) -> Self {
        self.limits = Limits { connect: CONNECT.min(whole), whole };
        self
    }

    fn ready(&self) -> Result<&Ready, ForgeError> {
        self.ready.get_or_init(|| self.set_up()).as_ref().map_err(Clone::clone)
    }

    fn set_up(&self) -> Result<Ready, ForgeError> {
        let token = self.token.as_deref().ok_or(ForgeError::NoToken)?;
        let auth = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut auth =
            auth.map_err(|_| invalid("the token for GitHub holds a character that no token has"))?;
        auth.set_sensitive(true);
        let base = read_url(&self.base, "the base URL of GitHub's API")?;
        let graphql = read_url(&self.graphql, "the URL of GitHub's GraphQL API")?;
        let unreachable = |why| ForgeError::Unreachable { host: host_of(&base), why };
        let needs_roots = base.scheme() == "https" || graphql.scheme() == "https";
        let client = self.client(needs_roots).map_err(unreachable)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(error.to_string()))?;
        let inside = runtime.enter(); // octocrab puts a worker on it
        let uri = |url: &Url| {
            url.as_str().parse().map_err(|_| invalid(format!("`{url}` is not a URL for requests")))
        };
        let own = std::sync::Arc::new(own_headers());
        let built = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(client))
            .with_layer(&ExtraHeadersLayer::new(own))
            .with_layer(&AuthHeaderLayer::new(Some(auth), uri(&base)?, uri(&graphql)?))
            .with_auth(AuthState::None)
            .build();
        let octocrab = built.unwrap_or_else(|never| match never {});
        drop(inside);
        Ok(Ready { runtime, octocrab, base, graphql })
    }

    fn client(&self, needs_roots: bool) -> Result<reqwest::Client, String> {
        // Without one, reqwest panics. If another part of the process has chosen one, that will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A connection that was kept may be dead, and then nobody knows whether a write arrived.
            .pool_max_idle_per_host(0)
            .connect_timeout(self.limits.connect)
            .timeout(self.limits.whole);
        let builder = if self.is_direct { builder.no_proxy() } else { builder };
        let builder = if needs_roots { builder } else { builder.tls_certs_only([]) };
        builder.build().map_err(|error| unbuilt(&error))
    }

    /// Sends once.
    fn exchange(&self, ready: &Ready, url: &Url, call: &Call) -> Result<Answer, ForgeError> {
        ready.runtime.block_on(async {
            let uri = url.as_str();
            let (octocrab, body) = (&ready.octocrab, call.body.as_ref());
            let sent = match call.method {
                Method::Get => octocrab._get_with_headers(uri, conditions(call)?).await,
                Method::Post => octocrab._post(uri, body).await,
                Method::Patch => octocrab._patch(uri, body).await,
                Method::Put => octocrab._put(uri, body).await,
                Method::Delete => octocrab._delete(uri, body).await,
            };
            let response = sent.map_err(|error| self.classify(&error, url))?;
            self.read(Response::from(response.map(reqwest::Body::wrap)), ready, url).await
        })
    }

    async fn read(&self, mut response: Response, ready: &Ready, url: &Url) -> Result<Answer, ForgeError> {
        let status = response.status().as_u16();
        let mut answer = headers::read(status, response.headers(), &ready.base)?;
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.classify(&error, url))? {
            if bytes.len() + piece.len() > MAX_BODY {
                return Err(ForgeError::TooLarge(MAX_BODY));
            }
            bytes.extend_from_slice(&piece);
        }
        answer.body = self.parse(status, &bytes)?;
        Ok(answer)
    }

    fn parse(&self, status: u16, bytes: &[u8]) -> Result<Value, ForgeError> {
        let text = String::from_utf8_lossy(bytes);
        let text = self.hide(text.trim());
        let is_good = (200..300).contains(&status);
        if text.is_empty() || (300..400).contains(&status) {
            return Ok(Value::Null);
        }
        match serde_json::from_str(&text) {
            Ok(value) => Ok(value),
            Err(_) if is_good => Err(ForgeError::NotJson { status }),
            Err(_) => Ok(Value::String(text.chars().take(EXCERPT).collect())),
        }
    }

    /// What became of a request without an answer.
    fn classify(&self, error: &(dyn Error + 'static), url: &Url) -> ForgeError {
        let why = self.hide(&deepest(error));
        let mut below = Some(error);
        let mut of_client = None;
        while let Some(error) = below {
            // The innermost: the layers around it know less.
            of_client = error.downcast_ref::<reqwest::Error>().or(of_client);
            below = error.source();
        }
        match of_client {
            Some(error) if error.is_builder() => ForgeError::Invalid(why),
            // A connection that does not come about in time, too: nothing was sent.
            Some(error) if error.is_connect() => ForgeError::Unreachable { host: host_of(url), why },
            Some(error) if error.is_timeout() => ForgeError::TimedOut(self.limits.whole),
            _ => ForgeError::Broken(why),
        }
    }

    fn hide(&self, text: &str) -> String {
        self.token.as_deref().map_or_else(|| text.to_owned(), |token| text.replace(token, "***"))
    }
}

impl Forge for GithubForge {
    fn call(&self, call: &Call) -> Result<Answer, ForgeError> {
        let ready = self.ready()?;
        let mut url = below(&self.base, &call.path)?;
        for _ in 0..REDIRECTS {
            let answer = self.exchange(ready, &url, call)?;
            let is_redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let place = answer.location.as_deref().filter(|_| is_redirect && call.is_read());
            let place = place.and_then(|place| url.join(place).ok());
            match place {
                Some(place) if place.origin() == url.origin() => url = place,
                _ => return Ok(answer),
            }
        }
        Err(ForgeError::Broken(format!("more than {REDIRECTS} redirects")))
    }

    fn graphql(&self, query: &str, variables: &Map<String, Value>) -> Result<Answer, ForgeError> {
        let ready = self.ready()?;
        let body = serde_json::json!({ "query": query, "variables": variables });
        let call = Call::new(Method::Post, String::new(), Some(body));
        self.exchange(ready, &ready.graphql, &call)
    }
}

fn conditions(call: &Call) -> Result<Option<HeaderMap>, ForgeError> {
    let Some(etag) = &call.known else { return Ok(None) };
    let value = HeaderValue::from_str(etag).map_err(|_| invalid("the etag holds a control character"))?;
    Ok(Some(HeaderMap::from_iter([(IF_NONE_MATCH, value)])))
}

fn own_headers() -> Vec<(HeaderName, HeaderValue)> {
    let version = HeaderName::from_static("x-github-api-version");
    vec![
        (USER_AGENT, HeaderValue::from_static(concat!("orch/", env!("CARGO_PKG_VERSION")))),
        (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
        (version, HeaderValue::from_static("2022-11-28")),
    ]
}

fn read_url(text: &str, what: &str) -> Result<Url, ForgeError> {
    // What is wrong is not shown: it may hold a password.
    let url = Url::parse(text).map_err(|error| invalid(format!("{what} is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(invalid(format!("{what} does not begin with `https://`")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(format!("{what} has a user or password in it; set GITHUB_TOKEN instead")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(format!("{what} has a `?` or `#` in it")));
    }
    Ok(url)
}

/// The URL of a path, which does not leave the base: names of branches and labels come from anybody.
fn below(base: &str, path: &str) -> Result<Url, ForgeError> {
    let names = path.split(['?', '#']).next().unwrap_or_default();
    let climbs = |name: &str| matches!(name.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '#');
    if !path.starts_with('/') || names.split('/').any(climbs) || path.contains(is_odd) {
        return Err(invalid(format!("`{}` is not a path of GitHub's API", path.escape_debug())));
    }
    Url::parse(&format!("{base}{path}")).map_err(|error| invalid(format!("not a URL: {error}")))
}

fn invalid(words: impl Into<String>) -> ForgeError {
    ForgeError::Invalid(words.into())
}
