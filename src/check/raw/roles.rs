//! `roles.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};
use crate::model::Right;

use super::{RawMatch, RawName, Text, Title};

/// Who may do what. Without this file, everybody may do everything.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRoles {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The roles.
    #[serde(default)]
    pub(crate) roles: Vec<Spanned<RawRole>>,
}

/// People and agents who may do the same.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Role")]
pub(crate) struct RawRole {
    /// The name by which approvals refer to this role.
    pub(crate) name: Spanned<RawName>,
    /// How people call it. The name if absent.
    pub(crate) title: Option<Title>,
    /// Names of agents, addresses of people, and accounts of GitHub by their numbers (`github:583231`; `gh api
    /// users/LOGIN --jq .id` tells it): one or a list. Names count to the letter.
    pub(crate) members: Spanned<OneOrMany<Spanned<Text>>>,
    /// What its members may do: one or a list.
    pub(crate) may: Spanned<OneOrMany<Spanned<Right>>>,
    /// Only for these. Everything if absent.
    pub(crate) on: Option<RawScope>,
    /// Whether only accounts count that GitHub vouches for. Names that are merely said, and the identity that
    /// git is configured with, give no right then.
    #[schemars(extend("default" = false))]
    pub(crate) verified: Option<bool>,
}

/// What a role is limited to: a kind that is not named is none of its business.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RoleScope")]
pub(crate) struct RawScope {
    /// Names of workflows, in which `*` stands for any text: one or a list.
    pub(crate) workflows: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// The tasks that match.
    pub(crate) tasks: Option<RawMatch>,
}
