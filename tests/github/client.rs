//! A client for the tests of the double: one request at a time, never again by itself.

use std::time::Duration;

use serde_json::Value;

use super::double::{BOT, GitHub, token};

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Client {
    http: reqwest::blocking::Client,
    base: String,
    graphql: String,
}

impl Client {
    /// For those who are not answered.
    pub(crate) fn impatient(github: &GitHub) -> Self {
        Self::waiting(github, Duration::from_millis(1_500))
    }

    /// Waits as long as it takes on a machine that has other things to do.
    pub(crate) fn patient(github: &GitHub) -> Self {
        Self::waiting(github, Duration::from_mins(1))
    }

    fn waiting(github: &GitHub, time: Duration) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder()
            .user_agent("orch-test")
            .timeout(time)
            .retry(reqwest::retry::never())
            .build()
            .unwrap();
        Self { http, base: github.url(), graphql: github.graphql_url() }
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: Value) -> Result<Answer, String> {
        self.with(method, &format!("{}{path}", self.base), body, &[])
    }

    pub(crate) fn graphql(&self, query: &str, variables: Value) -> Answer {
        let body = serde_json::json!({ "query": query, "variables": variables });
        self.with("POST", &self.graphql, body, &[]).unwrap()
    }

    pub(crate) fn with(
        &self,
        method: &str,
        url: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let mut request = self.http.request(method.parse().unwrap(), url);
        if headers.iter().all(|(name, _)| *name != "authorization") {
            request = request.bearer_auth(token(BOT));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().map_err(kind)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().map_err(kind)?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, headers, body })
    }
}

/// What a client can tell of a failure.
fn kind(error: reqwest::Error) -> String {
    let mut causes = String::new();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        causes = cause.to_string();
        source = cause.source();
    }
    if error.is_timeout() { "time-out".to_owned() } else { causes }
}
