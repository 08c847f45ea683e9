//! `state.set`: a value that outlives the run.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Failure;
use super::asking::{Asks, name};
use super::fields::Templated;
use super::words::{Formed, Identifier};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StateSet {
    /// Its name.
    key: Templated<Formed<Identifier>>,

    /// Any value. A text that is nothing but one `{{ … }}` keeps the type of what it gives.
    value: Value,
}

impl Asks for StateSet {
    const NAME: &'static str = "state.set";
    const ABOUT: &'static str = "Keeps a value for later runs: expressions read it as `values.KEY`.";
    const EXAMPLE: &'static str =
        "state.set: { key: last_release, value: \"{{ steps.release.outputs.version }}\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Flow(FlowAsk::SetValue { key: name(&self.key)?, value: self.value.clone() }))
    }
}
