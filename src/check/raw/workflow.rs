//! `workflows/*.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::{Criticality, Overlap};

use super::trigger::{RawManualWord, RawTrigger};
use super::{Identifier, Int, Keyed, RawCondition, RawDuration, RawEnv, RawJson, RawName, RawSize, RawStep};
use super::{Text, Title};

/// An automation: what starts it, what it does, and how its failure is handled.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWorkflow {
    /// The address of this file's JSON Schema, for editors.
    #[serde(rename = "$schema")]
    #[expect(dead_code, reason = "only editors read it")]
    schema: Option<String>,

    /// How people call it. The name of the file is what commands and other workflows call it.
    pub(crate) name: Title,
    /// What it is for, in Markdown.
    pub(crate) description: Option<String>,
    /// Whether its triggers count.
    #[schemars(extend("default" = true))]
    pub(crate) enabled: Option<bool>,
    /// What starts it: one trigger or a list.
    pub(crate) on: Spanned<OneOrMany<Spanned<ShortOr<RawManualWord, RawTrigger>>>>,
    /// What `orch run` and `workflow.run` may give it, by name.
    pub(crate) inputs: Option<Keyed<Spanned<RawInput>>>,
    /// What must hold for a run to be made, whatever triggered it.
    #[serde(rename = "if")]
    pub(crate) condition: Option<Spanned<RawCondition>>,
    /// Values for its expressions and templates, by name. Texts among them are templates.
    pub(crate) vars: Option<Spanned<Keyed<Spanned<RawJson>>>>,
    /// The environment of its commands. Secrets may stand here.
    pub(crate) env: Option<Spanned<RawEnv>>,
    /// What to do with a new run while another is going on, or more about it.
    #[schemars(extend("default" = "queue"))]
    pub(crate) concurrency: Option<ShortOr<Overlap, RawConcurrency>>,
    /// The agent or role that answers for it.
    pub(crate) owner: Option<Spanned<RawName>>,
    /// How bad it is if it fails.
    #[schemars(extend("default" = "medium"))]
    pub(crate) criticality: Option<Criticality>,
    /// Whether a person must agree before each run, or more about it.
    #[schemars(extend("default" = false))]
    pub(crate) approval: Option<Spanned<ShortOr<bool, RawApproval>>>,
    /// What its steps may touch. What is not declared is not limited.
    pub(crate) permissions: Option<Spanned<RawPermissions>>,
    /// When a workflow that keeps failing is paused; `false`: never.
    pub(crate) breaker: Option<Spanned<ShortOr<bool, RawBreaker>>>,
    /// How long a run takes as a rule.
    pub(crate) expected_duration: Option<Spanned<RawDuration>>,
    /// A run whose steps take longer in all has failed. Time in which none of them is being done does not
    /// count: waits, approvals, pauses, the time between two ticks.
    #[schemars(extend("default" = "6h"))]
    pub(crate) timeout: Option<Spanned<RawDuration>>,
    /// Where more is written about it: an address or a path.
    pub(crate) documentation: Option<Text>,
    /// The minutes of manual work that a run saves.
    pub(crate) saves: Option<Int<0, 1_000_000>>,
    /// What it does, in parallel as far as `needs` allows.
    pub(crate) steps: Spanned<Vec<Spanned<RawStep>>>,
    /// Done when a step has failed for good, one after the other.
    #[serde(default)]
    pub(crate) on_failure: Vec<Spanned<RawStep>>,
    /// Done at the end, whatever happened, also when the run is cancelled.
    #[serde(default)]
    pub(crate) finally: Vec<Spanned<RawStep>>,
}

/// A value that may be given to a run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Input")]
pub(crate) struct RawInput {
    /// What kind of value it is.
    #[serde(rename = "type")]
    #[schemars(extend("default" = "text"))]
    pub(crate) kind: Option<RawInputKind>,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// Whether it must be given.
    #[schemars(extend("default" = false))]
    pub(crate) required: Option<Spanned<bool>>,
    /// What it is if it is not given.
    pub(crate) default: Option<Spanned<RawJson>>,
    /// With `type: choice`: the words to choose from.
    pub(crate) choices: Option<Spanned<Vec<Spanned<Text>>>>,
}

/// The kind of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "InputKind")]
pub(crate) enum RawInputKind {
    #[default]
    Text,
    Number,
    Boolean,
    Choice,
}

/// How runs and steps get in each other's way.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Concurrency")]
pub(crate) struct RawConcurrency {
    /// What to do with a new run while another is going on.
    #[schemars(extend("default" = "queue"))]
    pub(crate) overlap: Option<Overlap>,
    /// The most steps of a run that are done at a time.
    #[schemars(extend("default" = 4))]
    pub(crate) max_parallel: Option<Int<1, 256>>,
}

/// A person must say yes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Approval")]
pub(crate) struct RawApproval {
    /// The roles, any of which may say yes. Every role that may approve if absent.
    pub(crate) roles: Option<Spanned<OneOrMany<Spanned<RawName>>>>,
    /// What it is for, shown to those who are asked.
    pub(crate) purpose: Option<String>,
    /// What may go wrong, shown to those who are asked.
    pub(crate) risk: Option<String>,
    /// How long a request stands before it counts as denied.
    #[schemars(extend("default" = "7d"))]
    pub(crate) expires: Option<Spanned<RawDuration>>,
}

/// What steps may touch. What is not declared is not limited.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Permissions")]
pub(crate) struct RawPermissions {
    /// Patterns below the project's root that may be read.
    pub(crate) read: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// Patterns below the project's root that may be written.
    pub(crate) write: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// Hosts that may be talked to, such as `api.example.com` or `*.example.com`.
    pub(crate) hosts: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// The programs that `run` may start first. An empty list forbids `run`.
    pub(crate) commands: Option<Spanned<OneOrMany<Spanned<Text>>>>,
    /// The secrets that may be used.
    pub(crate) secrets: Option<Spanned<OneOrMany<Spanned<Identifier>>>>,
    /// The most files that one step may change or delete.
    pub(crate) max_files: Option<Int<0, 1_000_000_000>>,
    /// The same in bytes, such as `1GB`.
    pub(crate) max_bytes: Option<RawSize>,
}

/// When a workflow is paused because it keeps failing.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Breaker")]
pub(crate) struct RawBreaker {
    /// That many failed runs.
    #[schemars(extend("default" = 3))]
    pub(crate) failures: Option<Int<1, 1000>>,
    /// Within this time.
    #[schemars(extend("default" = "1d"))]
    pub(crate) within: Option<Spanned<RawDuration>>,
}
