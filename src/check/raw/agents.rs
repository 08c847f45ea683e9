//! `agents.yaml`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use smol_str::SmolStr;

use crate::load::{OneOrMany, Spanned};
use crate::model::AgentKind;

use super::{Int, RawActivate, RawName, Text, Title};

/// Who works: AI agents and people.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAgents {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// All who do tasks and reviews.
    #[serde(default)]
    pub(crate) agents: Vec<Spanned<RawAgent>>,
}

/// One who does tasks and reviews.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Agent")]
pub(crate) struct RawAgent {
    /// The name by which routes, reviews and objectives refer to this agent.
    pub(crate) name: Spanned<RawName>,

    /// How people call it. The name if absent.
    pub(crate) title: Option<Title>,

    /// What it does, in a few words.
    pub(crate) role: Option<Title>,

    /// Whether this is an AI agent or a person.
    #[schemars(extend("default" = "agent"))]
    pub(crate) kind: Option<AgentKind>,

    /// The most tasks it holds at once, pending or in progress. 0: it gets none.
    #[schemars(extend("default" = 3))]
    pub(crate) max_active: Option<Spanned<Int<0, 1_000_000>>>,

    /// Its account on GitHub, by the login: whose pull requests, reviews and comments are its own.
    pub(crate) github: Option<Spanned<GithubLogin>>,

    /// The branches that it works on, and nobody else, such as `writer/**`: one or a list. `*` stays between
    /// two `/`, `**` does not; those that begin with `!` exclude.
    pub(crate) branches: Option<Spanned<OneOrMany<Spanned<Text>>>>,

    /// How it is called when it has work. Nothing calls it if absent: it looks for itself.
    pub(crate) activate: Option<Spanned<RawActivate>>,
}

/// The login of an account on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GithubLogin(pub(crate) SmolStr);

impl GithubLogin {
    pub(crate) const PATTERN: &'static str = "^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\\[bot\\])?$";
}

impl<'de> Deserialize<'de> for GithubLogin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        let name = text.strip_suffix("[bot]").unwrap_or(&text);
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let fits =
            (1..=100).contains(&name.len()) && name.bytes().all(is_letter) && !name.starts_with(['_', '-']);
        if fits { Ok(Self(text)) } else { Err(D::Error::custom("no login")) }
    }
}

impl JsonSchema for GithubLogin {
    fn schema_name() -> Cow<'static, str> {
        "GithubLogin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "description": "The login of an account on GitHub, such as `octocat`, or of an app, such as `dependabot[bot]`."
        })
    }
}
