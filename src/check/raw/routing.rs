//! `routing.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, Spanned};
use crate::model::Strategy;

use super::{RawMatch, RawName};

/// Which task goes to whom. The first route that matches a task counts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRouting {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The routes, in the order in which they are tried.
    #[serde(default)]
    pub(crate) routes: Vec<Spanned<RawRoute>>,

    /// The agent that gets what no route takes. Without one, such tasks wait.
    pub(crate) fallback: Option<Spanned<RawName>>,
}

/// Tasks that match go to one of the candidates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Route")]
pub(crate) struct RawRoute {
    /// The name of the route, which every decision by it cites.
    pub(crate) name: Spanned<RawName>,

    /// The tasks that take this route. All if absent.
    #[serde(rename = "match")]
    pub(crate) matching: Option<RawMatch>,

    /// The candidates: one agent or a list, in order of preference.
    pub(crate) to: Spanned<OneOrMany<Spanned<RawName>>>,

    /// How one of several candidates is chosen.
    #[schemars(extend("default" = "first-available"))]
    pub(crate) strategy: Option<Strategy>,
}
