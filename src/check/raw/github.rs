//! `github:` in `orch.yaml`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use smol_str::SmolStr;

use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::{Code, GithubResult};

use super::{RawPriority, Tag, Text, TierNumber, Title};

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
    /// Issues that become tasks, by their labels: the first entry that fits. The state of the task is shown on the
    /// issue, and closing either closes both.
    pub(crate) tasks: Option<Spanned<OneOrMany<Spanned<RawIssueTasks>>>>,
    /// What delivers the task that it names: a merged pull request, a run of GitHub Actions that succeeded. Pull requests
    /// if absent and issues become tasks.
    pub(crate) results: Option<Spanned<OneOrMany<Spanned<GithubResult>>>>,
    /// Whether it is watched that agents keep to their `branches`, and that no two pull requests change the same files.
    /// It is too where a workflow waits for `github.isolation_broken`.
    #[schemars(extend("default" = false))]
    pub(crate) isolation: Option<RawIsolation>,
}

/// Whether, or with what is left out.
pub(crate) type RawIsolation = ShortOr<bool, RawIsolationKeys>;

/// What is left out of the isolation of branches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Isolation")]
pub(crate) struct RawIsolationKeys {
    /// The files that everybody changes, such as `CHANGELOG.md`: one pattern or a list.
    pub(crate) shared: Option<Spanned<OneOrMany<Spanned<Text>>>>,
}

/// Issues with a label become tasks. A label such as `P1` or `tier-2` says more than is said here, and every other label
/// that is one word is a label of the task.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IssueTasks")]
pub(crate) struct RawIssueTasks {
    /// The label. Who may give labels decides what becomes a task.
    pub(crate) label: Spanned<Title>,
    /// The beginning of their codes; the number of the issue follows. Nothing else may have codes that begin so.
    #[schemars(extend("default" = "ISSUE"))]
    pub(crate) prefix: Option<Spanned<Prefix>>,
    /// What kind of task it is. Routes, reviews and objectives match on it.
    #[serde(rename = "type")]
    pub(crate) kind: Tag,
    /// What kind of content it makes.
    pub(crate) content_type: Option<Tag>,
    /// How urgent it is.
    #[schemars(extend("default" = "P2"))]
    pub(crate) priority: Option<RawPriority>,
    /// The review tier, where it differs from the default.
    pub(crate) tier: Option<Spanned<TierNumber>>,
}

impl RawIssueTasks {
    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_ref().map_or("ISSUE", |prefix| &prefix.value.0)
    }
}

/// What stands before the number in a task's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix(pub(crate) SmolStr);

impl Prefix {
    const PATTERN: &'static str = "^[A-Z][A-Z0-9]{0,31}$";
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if Code::new(&text, 1).is_ok() { Ok(Self(text)) } else { Err(D::Error::custom("no prefix of codes")) }
    }
}

impl JsonSchema for Prefix {
    fn schema_name() -> Cow<'static, str> {
        "Prefix".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": Self::PATTERN,
            "not": { "const": "REVIEW" },
            "description": "What stands before the number in the codes of tasks, such as `DEV`."
        })
    }
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
