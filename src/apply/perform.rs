//! What effects are carried out with, and those that are calls of an action, from beginning to outcome.

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{Mask, outputs};
use crate::actions::{self, Failure, Manifest, World};
use crate::forge::Workplace;
use crate::model::{Ended, Outcome, Time};
use crate::plan::{Effect, EffectAct};
use crate::ports::{Clock, Http, Scratch, Workspace};

/// What effects are carried out with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub files: &'a dyn Workspace,
    pub http: &'a dyn Http,
    /// The repository on GitHub, or why there is none to work on.
    pub github: Result<&'a Workplace<'a>, &'a str>,
    pub scratch: &'a dyn Scratch,
    pub clock: &'a dyn Clock,
    /// The project's root.
    pub root: &'a std::path::Path,
    /// The declared secrets that the environment holds, by name.
    pub secrets: &'a [(SmolStr, String)],
    /// The names of all declared secrets: commands do not inherit them.
    pub hidden: &'a [String],
    pub mask: &'a Mask,
    pub lineage: &'a str,
    pub reporter: &'a dyn Reporter,
}

impl std::fmt::Debug for Tools<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tools").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Hears what happens while it happens.
pub trait Reporter: Sync {
    fn started(&self, effect: &Effect);

    /// Some of its output, secrets masked: whole lines, each with its end.
    fn printed(&self, effect: &Effect, text: &str);

    fn finished(&self, effect: &Effect, outcome: &Outcome);
}

/// Calls the action that an effect names.
pub fn call(tools: &Tools<'_>, effect: &Effect, now: Time) -> Outcome {
    tools.reporter.started(effect);
    let began = tools.clock.elapsed();
    let mut outcome = outcome_of_call(tools, effect, now);
    let took = tools.clock.elapsed().saturating_sub(began);
    outcome.millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    finish(tools, effect, outcome)
}

/// What is left to do once it is known how an effect ended.
pub(super) fn finish(tools: &Tools<'_>, effect: &Effect, mut outcome: Outcome) -> Outcome {
    outcome.outputs.values_mut().for_each(|value| tools.mask.hide_in(value));
    outcome.error = outcome.error.map(|error| tools.mask.hide(&error).into_owned());
    outcome.tail = outcome.tail.map(|tail| tools.mask.hide(&tail).into_owned());
    tools.reporter.finished(effect, &outcome);
    outcome
}

/// The value of a secret.
///
/// # Errors
/// Why there is none, in words; whoever gets it can do nothing with the name alone.
pub(super) fn secret(tools: &Tools<'_>, effect: &Effect, name: &str) -> Result<String, String> {
    if effect.permissions.secrets.as_ref().is_some_and(|names| names.iter().all(|allowed| allowed != name)) {
        return Err(format!("secret `{name}` is not among `permissions.secrets` of the workflow"));
    }
    let found = tools.secrets.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        format!("secret `{name}` has no value: set the environment variable `{name}` where `orch` runs")
    })
}

pub(super) fn failed(error: String, is_final: bool) -> Outcome {
    let mut outcome = Outcome::of(Ended::Failed);
    (outcome.error, outcome.is_final) = (Some(error), is_final);
    outcome
}

/// Exactly which files an effect would change, if it is one that changes files.
///
/// # Errors
/// When it would fail.
pub fn survey(tools: &Tools<'_>, effect: &Effect, now: Time) -> Result<Option<Manifest>, Failure> {
    let EffectAct::Call { action, args } = &effect.act else { return Ok(None) };
    let Some(action) = actions::find(action) else { return Ok(None) };
    in_world(tools, effect, now, |world| action.preview(args, world))
}

fn in_world<R>(tools: &Tools<'_>, effect: &Effect, now: Time, act: impl FnOnce(&World<'_>) -> R) -> R {
    let key = effect.key(tools.lineage);
    let say = |line: &str| tools.reporter.printed(effect, &format!("{}\n", tools.mask.hide(line)));
    let secret = |name: &str| secret(tools, effect, name);
    act(&World {
        files: tools.files,
        http: tools.http,
        github: tools.github,
        run: &effect.run,
        step: &effect.step,
        now,
        begun: effect.begun,
        key: &key,
        permissions: &effect.permissions,
        say: &say,
        secret: &secret,
    })
}

fn outcome_of_call(tools: &Tools<'_>, effect: &Effect, now: Time) -> Outcome {
    let EffectAct::Call { action: name, args } = &effect.act else {
        return failed("a command is no action; this is a bug in orch".to_owned(), true);
    };
    let Some(action) = actions::find(name) else {
        return failed(format!("action `{name}` does not exist"), true);
    };
    let done = in_world(tools, effect, now, |world| action.perform(args, effect.manifest.as_ref(), world));
    match done {
        Ok(outputs) => {
            let mut outcome = Outcome::of(Ended::Succeeded);
            outcome.outputs = capped(outputs);
            outcome
        }
        Err(failure) => {
            let mut outcome = failed(failure.message, failure.is_final);
            if failure.is_unknown {
                outcome.ended = Ended::Lost;
            }
            outcome.outputs = capped(failure.outputs);
            outcome
        }
    }
}

/// An action caps its outputs itself; this is for the one that forgets.
fn capped(outputs: Map<String, Value>) -> Map<String, Value> {
    let bytes = serde_json::to_string(&outputs).map_or(0, |text| text.len());
    if bytes <= outputs::LIMIT {
        return outputs;
    }
    let mut cut = Map::new();
    cut.insert("cut".to_owned(), format!("the outputs held {bytes} bytes and were left out").into());
    cut
}
