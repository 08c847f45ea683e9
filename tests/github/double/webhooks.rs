//! Payloads of webhooks as GitHub sends them, from `@octokit/webhooks-examples`.

use serde_json::Value;

use super::tools::Tools;

/// One example.
#[derive(Debug, Clone)]
pub struct Example {
    /// As in `X-GitHub-Event`.
    pub event: String,
    pub action: Option<String>,
    pub payload: Value,
}

/// All of them, for github.com.
pub fn examples(tools: &Tools) -> Vec<Example> {
    let text =
        std::fs::read_to_string(tools.file("@octokit/webhooks-examples/api.github.com/index.json")).unwrap();
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut found = Vec::new();
    for event in events {
        let name = event["name"].as_str().unwrap();
        for payload in event["examples"].as_array().unwrap() {
            let action = payload["action"].as_str().map(str::to_owned);
            found.push(Example { event: name.to_owned(), action, payload: payload.clone() });
        }
    }
    found
}
