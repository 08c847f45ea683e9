//! What a plan does to the world, as JSON: complete, since `orch apply FILE` does exactly this.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actions::{self, Manifest};
use crate::model::{Duration, OnLost, Origin, Permissions, RunId, Time};
use crate::plan::{Effect, EffectAct};

/// One attempt of one step. Secrets stand in it by name, never by value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectV1 {
    pub run: String,
    pub step: String,
    /// From 1.
    pub attempt: u32,
    /// What it does, in one line. Cosmetic.
    pub text: String,
    /// The command; null if it is an action.
    pub command: Option<CommandV1>,
    /// The action; null if it is a command.
    pub call: Option<CallV1>,
    pub timeout_seconds: u64,
    /// `retry`, `fail` or `ask`.
    #[schemars(with = "String")]
    pub on_lost: OnLost,
    pub permissions: PermissionsV1,
    pub origin: OriginV1,
    /// When the first attempt began, if this is a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Time>,
    /// Exactly which files it changes; null where there is no such list.
    #[schemars(with = "Option<ManifestV1>")]
    pub manifest: Option<Manifest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandV1 {
    pub argv: Vec<String>,
    pub cwd: Option<String>,
    /// Pairs of name and value, in order.
    pub env: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallV1 {
    pub action: String,
    pub args: Value,
}

/// What its workflow may touch; null: not declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionsV1 {
    pub read: Option<Vec<String>>,
    pub write: Option<Vec<String>>,
    pub hosts: Option<Vec<String>>,
    pub commands: Option<Vec<String>>,
    pub secrets: Option<Vec<String>>,
    pub max_files: Option<u32>,
    pub max_bytes: Option<u64>,
}

/// Where it is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginV1 {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// The shape of a manifest.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it only documents how a manifest is written")]
struct ManifestV1 {
    /// What is done with each file: `delete`, `compress`.
    verb: String,
    files: Vec<ManifestFileV1>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "it only documents how a manifest is written")]
struct ManifestFileV1 {
    /// Where something else is done to it than to the others; may be absent.
    verb: Option<String>,
    path: String,
    bytes: u64,
    modified: Time,
    to: Option<String>,
    mark: String,
}

fn texts<A: AsRef<str>>(list: Option<&Vec<A>>) -> Option<Vec<String>> {
    list.map(|list| list.iter().map(|text| text.as_ref().to_owned()).collect())
}

fn names(list: Option<Vec<String>>) -> Option<Vec<smol_str::SmolStr>> {
    list.map(|list| list.into_iter().map(Into::into).collect())
}

impl From<&Permissions> for PermissionsV1 {
    fn from(permissions: &Permissions) -> Self {
        Self {
            read: texts(permissions.read.as_ref()),
            write: texts(permissions.write.as_ref()),
            hosts: texts(permissions.hosts.as_ref()),
            commands: texts(permissions.commands.as_ref()),
            secrets: texts(permissions.secrets.as_ref()),
            max_files: permissions.max_files,
            max_bytes: permissions.max_bytes,
        }
    }
}

impl From<PermissionsV1> for Permissions {
    fn from(permissions: PermissionsV1) -> Self {
        Self {
            read: names(permissions.read),
            write: names(permissions.write),
            hosts: names(permissions.hosts),
            commands: names(permissions.commands),
            secrets: names(permissions.secrets),
            max_files: permissions.max_files,
            max_bytes: permissions.max_bytes,
        }
    }
}

impl From<&Effect> for EffectV1 {
    fn from(effect: &Effect) -> Self {
        let (command, call) = match &effect.act {
            EffectAct::Run { argv, cwd, env } => {
                (Some(CommandV1 { argv: argv.clone(), cwd: cwd.clone(), env: env.clone() }), None)
            }
            EffectAct::Call { action, args } => {
                (None, Some(CallV1 { action: (*action).to_owned(), args: args.clone() }))
            }
        };
        let Origin { file, line, column } = &effect.origin;
        Self {
            run: effect.run.to_string(),
            step: effect.step.to_string(),
            attempt: effect.attempt,
            text: crate::report::effect_in_words(effect),
            command,
            call,
            timeout_seconds: effect.timeout.as_seconds(),
            on_lost: effect.on_lost,
            permissions: PermissionsV1::from(&effect.permissions),
            origin: OriginV1 { file: file.to_string(), line: *line, column: *column },
            begun: effect.begun,
            manifest: effect.manifest.clone(),
        }
    }
}

impl EffectV1 {
    /// The effect to be done.
    ///
    /// # Errors
    /// In words, if it is neither a command nor an action that there is.
    pub fn into_effect(self) -> Result<Effect, String> {
        let act = match (self.command, self.call) {
            (Some(CommandV1 { argv, cwd, env }), None) if !argv.is_empty() => {
                EffectAct::Run { argv, cwd, env }
            }
            (None, Some(CallV1 { action, args })) => {
                let known = actions::find(&action).ok_or_else(|| format!("unknown action `{action}`"))?;
                EffectAct::Call { action: known.name(), args }
            }
            _ => return Err(format!("step `{}` is neither a command nor an action", self.step)),
        };
        Ok(Effect {
            run: RunId(self.run.into()),
            step: self.step.into(),
            attempt: self.attempt,
            begun: self.begun,
            act,
            timeout: Duration::from_seconds(self.timeout_seconds),
            on_lost: self.on_lost,
            permissions: self.permissions.into(),
            origin: Origin::new(self.origin.file, self.origin.line, self.origin.column),
            manifest: self.manifest,
        })
    }
}
