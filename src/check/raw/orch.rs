//! `orch.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::Spanned;

use super::{RawName, Title};

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
}
