//! `roles.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};
use crate::model::Right;

use super::{RawName, Text, Title};

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
    /// Names of agents and addresses of people: one or a list.
    pub(crate) members: Spanned<OneOrMany<Spanned<Text>>>,
    /// What its members may do: one or a list.
    pub(crate) may: Spanned<OneOrMany<Spanned<Right>>>,
}
