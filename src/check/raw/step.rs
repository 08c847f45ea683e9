//! `steps:`, `on_failure:` and `finally:`, what a workflow does.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;
use smol_str::SmolStr;

use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::OnLost;

use super::{
    Int, Keyed, RawApproval, RawCondition, RawDuration, RawItems, RawName, RawRunsOn, RawScalar, Text, Title,
    WithCalls,
};

/// A step: its own keys, and exactly one thing that it does.
pub(crate) type RawStep = WithCalls<RawStepKeys>;

/// What undoes a step.
pub(crate) type RawRollback = WithCalls<RawRollbackKeys>;

/// The environment of commands.
pub(crate) type RawEnv = Keyed<Spanned<RawScalar>>;

/// One step. It does exactly one thing: `run`, `wait`, `approve`, or one of the built-in actions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Step")]
pub(crate) struct RawStepKeys {
    /// The name by which other steps and expressions refer to this one. `step-3` and so on if absent.
    pub(crate) id: Option<Spanned<RawName>>,
    /// How people call it.
    pub(crate) name: Option<Title>,
    /// The steps of the same list that must have succeeded before; if one is skipped, so is this: one or a list.
    pub(crate) needs: Option<Spanned<OneOrMany<Spanned<RawName>>>>,
    /// The steps of the same list that must have ended before, skipped ones too: one or a list.
    pub(crate) after: Option<Spanned<OneOrMany<Spanned<RawName>>>>,
    /// What must hold for the step to be done; otherwise it is skipped.
    #[serde(rename = "if")]
    pub(crate) condition: Option<Spanned<RawCondition>>,
    /// Does the step for each item of a list: the list, or a template that gives one.
    pub(crate) for_each: Option<Spanned<ShortOr<Spanned<RawItems>, RawForEach>>>,

    /// A script for a shell. Every `{{ … }}` in it is quoted for that.
    pub(crate) run: Option<Spanned<Text>>,
    /// With `run`: `sh`, `bash`, `python`, or a program and its arguments, which get the script last.
    #[schemars(extend("default" = "sh"))]
    pub(crate) shell: Option<Spanned<RawShell>>,
    /// With `run`: the folder below the project's root to run in.
    pub(crate) cwd: Option<Spanned<Text>>,
    /// With `run`: more for the environment. Secrets may stand here.
    pub(crate) env: Option<Spanned<RawEnv>>,
    /// Waits: for a time, or until one.
    pub(crate) wait: Option<Spanned<ShortOr<Spanned<RawDuration>, RawUntil>>>,
    /// Waits for a person to say yes.
    pub(crate) approve: Option<Spanned<ShortOr<RawTrue, RawApproval>>>,

    /// After this long an attempt has failed.
    #[schemars(extend("default" = "30m"))]
    pub(crate) timeout: Option<Spanned<RawDuration>>,
    /// How often the step is tried, or more about it. Three times for what touches the world.
    pub(crate) retry: Option<Spanned<ShortOr<Attempts, RawRetry>>>,
    /// The run goes on if the step fails.
    #[schemars(extend("default" = false))]
    pub(crate) continue_on_error: Option<bool>,
    /// What to do if nobody knows how an attempt ended, because its tick died.
    pub(crate) on_lost: Option<RawOnLost>,
    /// Sends each attempt to a runner of its own, and takes what comes of it from the state's branch. Commands and
    /// actions on the world alone; an item of `for_each` each has one.
    pub(crate) runs_on: Option<Spanned<RawRunsOn>>,
    /// What undoes the step when a later one fails for good.
    pub(crate) rollback: Option<Spanned<RawRollback>>,
}

/// What undoes a step: exactly one of `run` and the built-in actions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rollback")]
pub(crate) struct RawRollbackKeys {
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
    /// How often it is tried, or more about it. Three times for what touches the world.
    pub(crate) retry: Option<Spanned<ShortOr<Attempts, RawRetry>>>,
}

/// How often something is tried in all.
pub(crate) type Attempts = Int<1, 100>;

/// A list to go through.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ForEach")]
pub(crate) struct RawForEach {
    /// The list, or a template that gives one.
    pub(crate) items: Spanned<RawItems>,
    /// The most items. With more, the step fails before anything is done.
    #[schemars(extend("default" = 1000))]
    pub(crate) limit: Option<Spanned<Int<1, 10_000>>>,
    /// The most items that are worked on at a time.
    #[schemars(extend("default" = 1))]
    pub(crate) max_parallel: Option<Int<1, 256>>,
}

/// The end of a wait.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Until")]
pub(crate) struct RawUntil {
    /// A point in time, or a template that gives one.
    pub(crate) until: Spanned<Text>,
}

/// When and how often a failed attempt is repeated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Retry")]
pub(crate) struct RawRetry {
    /// How often it is tried in all.
    #[schemars(extend("default" = 3))]
    pub(crate) attempts: Option<Attempts>,
    /// The longest wait before the second attempt. The actual one is drawn between nothing and this.
    #[schemars(extend("default" = "10s"))]
    pub(crate) delay: Option<Spanned<RawDuration>>,
    /// What the wait grows by with each attempt.
    #[schemars(extend("default" = 2))]
    pub(crate) factor: Option<Factor>,
    /// The longest wait there is.
    #[schemars(extend("default" = "5m"))]
    pub(crate) max_delay: Option<Spanned<RawDuration>>,
    /// The exit codes that are worth another attempt. All but 0 if absent.
    pub(crate) exit_codes: Option<Spanned<OneOrMany<ExitCode>>>,
    /// What must hold of `failure` for another attempt.
    #[serde(rename = "if")]
    pub(crate) condition: Option<Spanned<RawCondition>>,
}

/// What a program may end with.
pub(crate) type ExitCode = Int<0, 255>;

/// What a wait grows by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Factor(pub(crate) f64);

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let factor = f64::deserialize(deserializer)?;
        if (1.0..=10.0).contains(&factor) { Ok(Self(factor)) } else { Err(D::Error::custom("out of range")) }
    }
}

impl JsonSchema for Factor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Factor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 1, "maximum": 10 })
    }
}

/// The word `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawTrue;

impl<'de> Deserialize<'de> for RawTrue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? { Ok(Self) } else { Err(D::Error::custom("expected `true`")) }
    }
}

impl JsonSchema for RawTrue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "True".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean", "const": true })
    }
}

/// What to do about an attempt whose end nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "OnLost")]
pub(crate) enum RawOnLost {
    /// Try again, as after a failed attempt.
    Retry,
    /// The step has failed.
    Fail,
    /// Wait for a person to say.
    Ask,
}

impl RawOnLost {
    pub(crate) const fn to_model(self) -> OnLost {
        match self {
            Self::Retry => OnLost::Retry,
            Self::Fail => OnLost::Fail,
            Self::Ask => OnLost::Ask,
        }
    }
}

/// A shell by its name, or a program with arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RawShell {
    /// Stops at the first command that fails.
    Sh,
    /// Stops at the first command that fails, in pipes too, and at unset variables.
    Bash,
    Python,
    Program(Vec<SmolStr>),
}

impl RawShell {
    /// The program and its arguments; the script follows as the last.
    pub(crate) fn to_model(&self) -> Vec<SmolStr> {
        let words: &[&'static str] = match self {
            Self::Sh => &["sh", "-e", "-c"],
            Self::Bash => &["bash", "-euo", "pipefail", "-c"],
            Self::Python => &["python3", "-c"],
            Self::Program(words) => return words.clone(),
        };
        words.iter().map(|word| SmolStr::new_static(word)).collect()
    }

    /// The program, if it is none whose quoting is that of a POSIX shell.
    pub(crate) fn unquotable(&self) -> Option<&str> {
        const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ksh", "zsh", "ash"];
        match self {
            Self::Sh | Self::Bash => None,
            Self::Python => Some("python"),
            Self::Program(words) => {
                let program = words.first().map(SmolStr::as_str).unwrap_or_default();
                let name = program.rsplit('/').next().unwrap_or_default();
                (!SHELLS.contains(&name)).then_some(program)
            }
        }
    }
}

impl<'de> Deserialize<'de> for RawShell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || D::Error::custom("expected a shell");
        match Value::deserialize(deserializer)? {
            Value::String(word) => match word.as_str() {
                "sh" => Ok(Self::Sh),
                "bash" => Ok(Self::Bash),
                "python" => Ok(Self::Python),
                _ => Err(wrong()),
            },
            Value::Array(words) => {
                let words = words.iter().map(|word| word.as_str().map(SmolStr::from));
                words.collect::<Option<_>>().map(Self::Program).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

impl JsonSchema for RawShell {
    fn schema_name() -> Cow<'static, str> {
        "Shell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": ["sh", "bash", "python"] },
                { "type": "array", "items": { "type": "string" } }
            ],
            "description": "`sh` runs `sh -e -c`, `bash` runs `bash -euo pipefail -c`, `python` runs `python3 -c`; a list names any other program with its arguments. The script follows as the last argument."
        })
    }
}
