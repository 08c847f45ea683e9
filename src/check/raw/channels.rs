//! `channels.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::Spanned;

use super::{HeaderNames, Keyed, RawName, Text};

/// Where messages go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawChannels {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// The channels.
    #[serde(default)]
    pub(crate) channels: Vec<Spanned<RawChannel>>,
}

/// A place for messages: its name, and exactly one of the other keys.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Channel")]
pub(crate) struct RawChannel {
    /// The name by which `notify` refers to this channel.
    pub(crate) name: Spanned<RawName>,
    /// The terminal, or the log of the tick.
    pub(crate) console: Option<Spanned<RawConsole>>,
    /// A POST of JSON to an address.
    pub(crate) webhook: Option<Spanned<RawHook>>,
}

/// Nothing more is to be said.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Console")]
pub(crate) struct RawConsole {}

/// An address that takes JSON.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Webhook")]
pub(crate) struct RawHook {
    /// The address. Secrets may stand here.
    pub(crate) url: Spanned<Text>,
    /// Headers by their names. Secrets may stand here.
    pub(crate) headers: Option<Keyed<Spanned<Text>, HeaderNames>>,
}
