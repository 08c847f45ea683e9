//! What an action is.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::expr::Sink;
use crate::forge::Workplace;
use crate::model::{Ask, Manifest, Permissions, RunId, Time};
use crate::ports::{Http, Workspace};

/// What an action works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// The state: it asks for something, and the planner decides.
    State,
    /// Files, other programs, the network.
    World,
}

/// A built-in action.
pub trait Action: Sync {
    /// As steps write it: `files.delete`.
    fn name(&self) -> &'static str;

    /// What it does, in one sentence.
    fn about(&self) -> &'static str;

    /// A step that uses it, as YAML without the leading `- `.
    fn example(&self) -> &'static str;

    fn kind(&self) -> ActionKind;

    /// The JSON Schema of its arguments.
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;

    /// Its outputs: name and meaning.
    fn outputs(&self) -> &'static [(&'static str, &'static str)];

    /// Reads arguments strictly, whether or not the templates in them are rendered.
    ///
    /// # Errors
    /// What is wrong, and where: the path of keys that leads to it.
    fn check(&self, args: &Value) -> Result<(), ArgsError>;

    /// How values in the text at `path` are quoted; [`Sink::Plain`] where nothing interprets it.
    /// In a plain text that is nothing but one `{{ … }}`, the value keeps its type.
    fn sink(&self, _args: &Value, _path: &[&str]) -> Sink {
        Sink::Plain
    }

    /// What it will touch, as far as its arguments tell (templates may stand in them).
    fn needs(&self, _args: &Value) -> Needs {
        Needs::default()
    }

    /// An action of the state: what it asks for. The requests are admitted in order, all or none.
    ///
    /// # Errors
    /// In words, when the arguments make no sense.
    fn ask(&self, _args: &Value) -> Result<Vec<Ask>, String> {
        Err("this action does not ask for anything; this is a bug in orch".into())
    }

    /// An action on files: exactly which it would change, without doing it. None: it has no such list.
    fn preview(&self, _args: &Value, _world: &World<'_>) -> Result<Option<Manifest>, Failure> {
        Ok(None)
    }

    /// An action of the world: does it, and gives its outputs. With a manifest it does exactly what
    /// that says, and leaves alone what has changed since.
    fn perform(
        &self,
        _args: &Value,
        _manifest: Option<&Manifest>,
        _world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        Err(Failure::last("this action does nothing in the world; this is a bug in orch"))
    }
}

impl std::fmt::Debug for dyn Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ArgsError {
    /// The keys and indexes that lead to it.
    pub path: Vec<String>,
    pub message: String,
}

/// What an action touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Paths or globs below the project's root, perhaps with templates in them.
    pub read: Vec<String>,
    pub write: Vec<String>,
    pub hosts: Vec<String>,
}

/// Why an action did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub message: String,
    /// Whether another attempt cannot help.
    pub is_final: bool,
    /// Whether it may have been done all the same: the answer was lost, or says nothing about that.
    pub is_unknown: bool,
    /// What it found out nevertheless, such as the files that it left alone.
    pub outputs: Map<String, Value>,
}

impl Failure {
    /// May go better next time.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_final: false, is_unknown: false, outputs: Map::new() }
    }

    /// Will not go better next time.
    pub fn last(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_final: true, is_unknown: false, outputs: Map::new() }
    }

    /// May have been done: what follows is a matter of the step's `on_lost`.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self { is_unknown: true, ..Self::passing(message) }
    }
}

/// What an action works with.
pub struct World<'a> {
    pub files: &'a dyn Workspace,
    pub http: &'a dyn Http,
    /// The repository on GitHub, or why there is none to work on.
    pub github: Result<&'a Workplace<'a>, &'a str>,
    /// The run that the step belongs to, and the step's key in it.
    pub run: &'a RunId,
    pub step: &'a str,
    pub now: Time,
    /// When the first attempt began, if this is a later one.
    pub begun: Option<Time>,
    /// The same at every attempt of the same effect: for `Idempotency-Key` and the like.
    pub key: &'a str,
    pub permissions: &'a Permissions,
    /// Prints a line, without its end: what `notify` says to a console.
    pub say: &'a (dyn Fn(&str) + Sync),
    /// The value of a declared secret, or why it is not given.
    pub secret: &'a (dyn Fn(&str) -> Result<String, String> + Sync),
}

impl World<'_> {
    /// When the files were chosen that the step does away with. A later attempt chooses them as of the first
    /// one: what has come or changed since then is not among them.
    pub fn chosen_at(&self) -> Time {
        self.begun.unwrap_or(self.now)
    }
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("key", &self.key).field("now", &self.now).finish_non_exhaustive()
    }
}
