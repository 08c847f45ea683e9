//! `orch.yaml`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use smol_str::SmolStr;

use crate::load::{OneOrMany, Spanned};
use crate::model::Criticality;

use super::{Identifier, RawName, RawTime, Text, Title};

/// The project: its name, and where its state lives.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOrch {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The name of the project, in kebab-case.
    pub(crate) name: RawName,

    /// The git branch that holds the state. Nothing else is ever written to it.
    #[schemars(extend("default" = "orch/state"))]
    pub(crate) state_branch: Option<Spanned<Title>>,

    /// The git remote that the state is pushed to.
    #[schemars(extend("default" = "origin"))]
    pub(crate) remote: Option<Spanned<Title>>,

    /// The project on GitHub.
    pub(crate) github: Option<RawGithubProject>,

    /// The time zone of schedules that name none, such as `Asia/Tokyo`.
    #[schemars(extend("default" = "UTC"))]
    pub(crate) timezone: Option<Spanned<Text>>,

    /// The names of secrets. Each is a variable in the environment of `orch`.
    #[serde(default)]
    pub(crate) secrets: Vec<Spanned<Identifier>>,

    /// When no workflow starts by itself.
    #[serde(default)]
    pub(crate) freezes: Vec<Spanned<RawFreeze>>,
}

/// A project on GitHub.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GithubProject")]
pub(crate) struct RawGithubProject {
    /// The repository, `owner/name`. That of the job or of the remote if absent.
    pub(crate) repository: Option<RepositoryName>,
    /// Whether comments such as `/orch approve deploy#4` count, from accounts that a role of `roles.yaml` names.
    #[schemars(extend("default" = false))]
    pub(crate) commands: Option<bool>,
}

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepositoryName(pub(crate) SmolStr);

impl RepositoryName {
    pub(crate) const PATTERN: &'static str = "^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$";
}

impl<'de> Deserialize<'de> for RepositoryName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let is_name = |name: &str| (1..=100).contains(&name.len()) && name.bytes().all(is_letter);
        let fits = text.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name));
        if fits { Ok(Self(text)) } else { Err(D::Error::custom("no `owner/name`")) }
    }
}

impl JsonSchema for RepositoryName {
    fn schema_name() -> Cow<'static, str> {
        "RepositoryName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "description": "A repository on GitHub, such as `octo-org/hello`."
        })
    }
}

/// A time in which no workflow starts by itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Freeze")]
pub(crate) struct RawFreeze {
    /// When it begins.
    pub(crate) from: Spanned<RawTime>,
    /// When it is over.
    pub(crate) to: Spanned<RawTime>,
    /// Why, for those who wonder.
    pub(crate) reason: Option<Title>,
    /// The workflows this holds for: one or a list. All if absent.
    pub(crate) workflows: Option<Spanned<OneOrMany<Spanned<RawName>>>>,
    /// Workflows at least this critical run nevertheless.
    pub(crate) except: Option<Criticality>,
}
