//! `activate:` of an agent. It is read twice: into these types, which say what may stand there, and as the
//! workflow that it stands for.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::Criticality;

use super::step::{Attempts, RawShell};
use super::trigger::RawSchedule;
use super::workflow::{RawApproval, RawBreaker, RawPermissions};
use super::{
    RawCondition, RawDuration, RawEnv, RawName, RawOnLost, RawRetry, RawRunsOn, Text, Title, WithCalls,
};

/// How an agent is called. It is a workflow, `activate-` and the name of the agent: `orch runs` shows its runs,
/// `orch pause` and `orch workflow disable` stop it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Activate")]
#[expect(dead_code, reason = "all but `when` is read as the workflow that it stands for")]
pub(crate) struct RawActivate {
    /// The ways to call it, in this order: each one is tried only if those before it failed.
    #[serde(rename = "with")]
    pub(crate) backends: Spanned<Vec<Spanned<RawBackend>>>,
    /// Whether it is called as soon as it has a task to begin, or only by `on` and by `orch agent activate`.
    #[schemars(extend("default" = "work"))]
    pub(crate) when: Option<RawOnWork>,
    /// The times at which it is called to all the tasks that it holds: one schedule or a list.
    pub(crate) on: Option<Spanned<OneOrMany<Spanned<RawClock>>>>,
    /// What it is told, a template: `vars.brief` in `with`. A brief in Markdown if absent, with the task, what it
    /// builds on, and what reviews said of it.
    pub(crate) brief: Option<Spanned<Text>>,
    /// The environment of its commands. Secrets may stand here.
    pub(crate) env: Option<Spanned<RawEnv>>,
    /// What the ways to call it may touch. What is not declared is not limited.
    pub(crate) permissions: Option<Spanned<RawPermissions>>,
    /// Whether a person must agree before it is called, or more about it.
    #[schemars(extend("default" = false))]
    pub(crate) approval: Option<Spanned<ShortOr<bool, RawApproval>>>,
    /// A call that takes longer in all has failed.
    #[schemars(extend("default" = "6h"))]
    pub(crate) timeout: Option<Spanned<RawDuration>>,
    /// When it is not called any more, because calls keep failing; `false`: never.
    pub(crate) breaker: Option<Spanned<ShortOr<bool, RawBreaker>>>,
    /// The agent or role that hears of it when calls keep failing.
    pub(crate) owner: Option<Spanned<RawName>>,
    /// How bad it is if a call fails.
    #[schemars(extend("default" = "medium"))]
    pub(crate) criticality: Option<Criticality>,
}

/// When an agent is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "When")]
pub(crate) enum RawOnWork {
    /// As soon as it has a task to begin, once each time that it is given to it.
    #[default]
    Work,
    /// Only by the clock, or by hand.
    Asked,
}

/// Times.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Clock")]
#[expect(dead_code, reason = "it is read as a trigger of the workflow")]
pub(crate) struct RawClock {
    /// The clock: a cron line, an interval, or points in time.
    pub(crate) schedule: Spanned<RawSchedule>,
}

/// A way to call an agent.
pub(crate) type RawBackend = WithCalls<RawBackendKeys>;

/// One way to call an agent: exactly one of `run` and the built-in actions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Backend")]
#[expect(dead_code, reason = "it is read as a step of the workflow")]
pub(crate) struct RawBackendKeys {
    /// The name by which runs and messages call it. What it does if absent.
    pub(crate) id: Option<Spanned<RawName>>,
    /// How people call it.
    pub(crate) name: Option<Title>,
    /// What must hold for it to be tried; otherwise the next one is.
    #[serde(rename = "if")]
    pub(crate) condition: Option<Spanned<RawCondition>>,
    /// A script for a shell. Every `{{ … }}` in it is quoted for that.
    pub(crate) run: Option<Spanned<Text>>,
    /// With `run`: `sh`, `bash`, `python`, or a program and its arguments, which get the script last.
    #[schemars(extend("default" = "sh"))]
    pub(crate) shell: Option<Spanned<RawShell>>,
    /// With `run`: the folder below the project's root to run in.
    pub(crate) cwd: Option<Spanned<Text>>,
    /// With `run`: more for the environment. Secrets may stand here.
    pub(crate) env: Option<Spanned<RawEnv>>,
    /// After this long an attempt has failed.
    #[schemars(extend("default" = "30m"))]
    pub(crate) timeout: Option<Spanned<RawDuration>>,
    /// How often it is tried before the next one is, or more about it.
    #[schemars(extend("default" = 3))]
    pub(crate) retry: Option<Spanned<ShortOr<Attempts, RawRetry>>>,
    /// What to do if nobody knows how an attempt ended, because its tick died.
    pub(crate) on_lost: Option<RawOnLost>,
    /// Sends each attempt to a runner of its own, and takes what comes of it from the state's branch.
    pub(crate) runs_on: Option<Spanned<RawRunsOn>>,
}
