//! `runs_on:`, where a step is done if not where the tick is.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use smol_str::SmolStr;

use crate::load::{ShortOr, Spanned};

use super::RawDuration;

/// The place alone, or more about it.
pub(crate) type RawRunsOn = ShortOr<RawPlace, RawRunners>;

/// The word for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "RunnerPlace")]
pub(crate) enum RawPlace {
    #[serde(rename = "github-actions")]
    GithubActions,
}

/// A place, and what is dispatched there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RunsOn")]
pub(crate) struct RawRunners {
    /// A runner of GitHub Actions.
    #[serde(rename = "github-actions")]
    pub(crate) github_actions: RawGithubRunner,
}

/// What is dispatched on GitHub.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GithubRunner")]
pub(crate) struct RawGithubRunner {
    /// The name of the file in `.github/workflows`; `orch init --github` writes the usual one.
    #[schemars(extend("default" = "orch-work.yml"))]
    pub(crate) workflow: Option<WorkflowFile>,
    /// The branch or tag that it runs on. The default branch if absent.
    #[serde(rename = "ref")]
    pub(crate) git_ref: Option<GitRef>,
    /// When no runner has begun by then, the attempt has failed.
    #[schemars(extend("default" = "30m"))]
    pub(crate) start_within: Option<Spanned<RawDuration>>,
}

/// The name of a file of GitHub's workflows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkflowFile(pub(crate) SmolStr);

impl<'de> Deserialize<'de> for WorkflowFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        let stem = text.strip_suffix(".yml").or_else(|| text.strip_suffix(".yaml")).unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if stem.is_empty() || !stem.bytes().all(is_plain) {
            return Err(D::Error::custom("not the name of a file of workflows"));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for WorkflowFile {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WorkflowFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9._-]+\\.ya?ml$" })
    }
}

/// A branch or tag, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitRef(pub(crate) SmolStr);

impl<'de> Deserialize<'de> for GitRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if text.is_empty() || text.chars().any(|c| c <= ' ' || "~^:?*[\\\u{7f}".contains(c)) {
            return Err(D::Error::custom("not the name of a branch or tag"));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for GitRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "GitRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[^\\u0000-\\u0020~^:?*\\[\\\\\\u007f]+$" })
    }
}
