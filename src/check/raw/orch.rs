//! `orch.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};
use crate::model::Criticality;

use super::{Identifier, RawGithubProject, RawName, RawTime, Text, Title};

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
