//! One step of a workflow: what it does, when, and what follows if it fails.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use crate::expr::Expr;
use crate::model::{Approval, Duration, Name, Origin};

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Unique among all steps of the workflow.
    pub id: Name,
    pub title: Option<String>,
    /// Steps of the same list that must have succeeded before; a skipped one makes this one skipped too.
    pub needs: Vec<Name>,
    /// Steps of the same list that must have ended before, however they ended.
    pub after: Vec<Name>,
    pub condition: Option<Expr>,
    pub for_each: Option<ForEach>,
    pub act: Act,
    pub timeout: Duration,
    pub retry: Retry,
    /// Its failure is noted, and does not fail the run.
    pub continue_on_error: bool,
    pub on_lost: OnLost,
    /// Where it is done; none: where the tick is.
    pub runs_on: Option<RunsOn>,
    /// What undoes it when a later step fails.
    pub rollback: Option<Compensation>,
    pub origin: Origin,
}

/// A runner of GitHub Actions for each attempt of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsOn {
    /// What is dispatched: a file in `.github/workflows`.
    pub workflow: SmolStr,
    /// The branch or tag that it runs on; none: the default branch.
    pub git_ref: Option<String>,
    /// When no runner has begun by then, the attempt has failed.
    pub start_within: Duration,
}

impl RunsOn {
    /// Where that is, in the words of the file.
    pub const PLACE: &str = "github-actions";
}

/// What undoes a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Compensation {
    pub act: Act,
    pub timeout: Duration,
    pub retry: Retry,
    pub origin: Origin,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Run(Command),
    /// A built-in action of the table in `actions`. Texts in `args` are templates.
    Call {
        action: &'static str,
        args: Value,
    },
    /// Waits: for a time, or until one (a template that gives a time).
    Wait {
        length: Option<Duration>,
        until: Option<String>,
    },
    /// Waits for a person.
    Approve(Approval),
}

/// A script for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// A template, in which every value is quoted for the shell.
    pub script: String,
    /// The program and arguments that the script follows as the last one: `sh -c`, `bash -euo pipefail -c`.
    pub shell: Vec<SmolStr>,
    /// Below the project's root: a template.
    pub cwd: Option<String>,
    /// Templates; secrets may stand in them.
    pub env: IndexMap<SmolStr, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForEach {
    /// A template that gives a list, or the list itself.
    pub items: Value,
    /// The most items; more fail the step before anything is done.
    pub limit: u32,
    pub max_parallel: u32,
}

/// When a failed attempt is repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How often it is tried in all, from 1.
    pub attempts: u32,
    /// The longest wait before the second attempt; the actual one is drawn between nothing and this
    /// (full jitter: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
    pub delay: Duration,
    /// What the wait grows by with each attempt.
    pub factor: f64,
    pub max_delay: Duration,
    pub on: Option<RetryOn>,
}

/// Which failures are worth another attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum RetryOn {
    ExitCodes(Vec<i32>),
    /// Over `failure` (`exit_code`, `message`, `result`, `attempt`).
    Condition(Expr),
}

/// What to do about an attempt whose outcome nobody knows, because its tick died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLost {
    /// Is repeated. That its tick ended does not count as a failure of the step, ten times long.
    #[default]
    Retry,
    Fail,
    /// Waits for a person to say.
    Ask,
}
