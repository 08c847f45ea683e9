//! One effect, from its beginning to its outcome.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{Mask, outputs};
use crate::actions::{self, Failure, Manifest, World};
use crate::expr::fill_secrets;
use crate::model::{Ended, OnLost, Outcome, Time};
use crate::plan::{Effect, EffectAct};
use crate::ports::{Cancel, Exit, Finished, Http, Process, Program, Scratch, Shell, Watch, Workspace};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(10);
/// What is kept of what a command printed, in bytes.
const TAIL: usize = 4096;

/// What effects are carried out with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub shell: &'a dyn Shell,
    pub files: &'a dyn Workspace,
    pub http: &'a dyn Http,
    pub scratch: &'a dyn Scratch,
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

/// Does what an effect says. `began` hears of its process, if it has one.
pub fn perform(
    tools: &Tools<'_>,
    effect: &Effect,
    now: Time,
    cancel: &Cancel,
    began: &mut (dyn FnMut(Process) + Send),
) -> Outcome {
    tools.reporter.started(effect);
    let mut outcome = match &effect.act {
        EffectAct::Run { argv, cwd, env } => run(tools, effect, argv, cwd.as_deref(), env, cancel, began),
        EffectAct::Call { action, args } => call(tools, effect, action, args, now),
    };
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
fn secret(tools: &Tools<'_>, effect: &Effect, name: &str) -> Result<String, String> {
    if effect.permissions.secrets.as_ref().is_some_and(|names| names.iter().all(|allowed| allowed != name)) {
        return Err(format!("secret `{name}` is not among `permissions.secrets` of the workflow"));
    }
    let found = tools.secrets.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        format!("secret `{name}` has no value: set the environment variable `{name}` where `orch` runs")
    })
}

fn failed(error: String, is_final: bool) -> Outcome {
    let mut outcome = Outcome::of(Ended::Failed);
    (outcome.error, outcome.is_final) = (Some(error), is_final);
    outcome
}

fn run(
    tools: &Tools<'_>,
    effect: &Effect,
    argv: &[String],
    cwd: Option<&str>,
    env: &[(String, String)],
    cancel: &Cancel,
    began: &mut (dyn FnMut(Process) + Send),
) -> Outcome {
    let filled: Result<Vec<_>, String> = env
        .iter()
        .map(|(name, value)| Ok((name.clone(), fill_secrets(value, &|name| secret(tools, effect, name))?)))
        .collect();
    let mut env = match filled {
        Ok(env) => env,
        Err(error) => return failed(error, true),
    };
    let cwd = match folder(tools.root, cwd) {
        Ok(cwd) => cwd,
        Err(error) => return failed(error, true),
    };
    let output = tools.scratch.path();
    env.push(("ORCH_OUTPUT".to_owned(), output.to_string_lossy().into_owned()));
    env.push(("ORCH_KEY".to_owned(), effect.key(tools.lineage).to_string()));
    let program = Program {
        argv: argv.to_vec(),
        cwd,
        env,
        without: tools.hidden.to_vec(),
        timeout: Duration::from_secs(effect.timeout.as_seconds()),
        grace: GRACE,
        tail: TAIL,
    };
    let mut lines = Lines { tools, effect, rest: Vec::new(), began };
    let finished = tools.shell.run(&program, &mut lines, cancel);
    lines.flush();
    let written = tools.scratch.take(&output, outputs::LIMIT);
    ended(effect, finished, written)
}

/// A folder of the project. Commands run as whoever runs `orch`, so this is no fence, but a slip is told.
fn folder(root: &std::path::Path, cwd: Option<&str>) -> Result<PathBuf, String> {
    let Some(cwd) = cwd else { return Ok(root.to_owned()) };
    let relative = std::path::Path::new(cwd);
    let plain = relative
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
    if plain {
        Ok(root.join(relative))
    } else {
        Err(format!("`cwd: {cwd}` is not below the project's folder"))
    }
}

fn ended(effect: &Effect, finished: Finished, written: Option<Vec<u8>>) -> Outcome {
    let mut outcome = Outcome::of(Ended::Succeeded);
    outcome.millis = finished.millis;
    outcome.tail = Some(finished.tail).filter(|tail| !tail.is_empty());
    let mut fail = |ended: Ended, error: String| (outcome.ended, outcome.error) = (ended, Some(error));
    // Who is stopped half-way may have done it. Where that must not happen twice, it is not for `retry` to say.
    let stopped = |ended| if effect.on_lost == OnLost::Retry { ended } else { Ended::Lost };
    match &finished.exit {
        Exit::Code(0) => {}
        Exit::Code(code) => fail(Ended::Failed, format!("exit code {code}")),
        Exit::Signal(signal) => fail(stopped(Ended::Failed), format!("killed by signal {signal}")),
        Exit::TimedOut => fail(stopped(Ended::TimedOut), format!("it took longer than {}", effect.timeout)),
        Exit::Cancelled => fail(Ended::Cancelled, "stopped".to_owned()),
        Exit::NotStarted(why) => fail(Ended::Failed, why.clone()),
    }
    if let Exit::Code(code) = finished.exit {
        outcome.exit_code = Some(code);
    }
    match written.map(|bytes| outputs::read(&bytes)) {
        Some(Ok(outputs)) => outcome.outputs = outputs,
        Some(Err(error)) if outcome.ended == Ended::Succeeded => {
            (outcome.ended, outcome.error, outcome.is_final) = (Ended::Failed, Some(error), true);
        }
        // Nothing was written, or the step has failed for a better reason.
        None | Some(Err(_)) => {}
    }
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
        now,
        begun: effect.begun,
        key: &key,
        permissions: &effect.permissions,
        say: &say,
        secret: &secret,
    })
}

fn call(tools: &Tools<'_>, effect: &Effect, name: &str, args: &Value, now: Time) -> Outcome {
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

/// Hands output on in whole lines, so that a secret is not cut in two.
struct Lines<'a, 'b> {
    tools: &'a Tools<'a>,
    effect: &'a Effect,
    rest: Vec<u8>,
    began: &'b mut (dyn FnMut(Process) + Send),
}

/// A line longer than this is handed on in parts.
const LONGEST: usize = 1 << 16;

impl Lines<'_, '_> {
    fn say(&mut self, end: usize) {
        let text: Vec<u8> = self.rest.drain(..end).collect();
        let text = String::from_utf8_lossy(&text);
        self.tools.reporter.printed(self.effect, &self.tools.mask.hide(&text));
    }

    fn flush(&mut self) {
        if !self.rest.is_empty() {
            self.rest.push(b'\n');
            self.say(self.rest.len());
        }
    }
}

impl Watch for Lines<'_, '_> {
    fn started(&mut self, process: Process) {
        (self.began)(process);
    }

    fn printed(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        match self.rest.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => self.say(end + 1),
            None if self.rest.len() > LONGEST => self.flush(),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Duration, OnLost, Origin, Permissions, RunId};

    fn effect(on_lost: OnLost) -> Effect {
        Effect {
            run: RunId("w#1".into()),
            step: "a".into(),
            attempt: 1,
            begun: None,
            act: EffectAct::Run { argv: Vec::new(), cwd: None, env: Vec::new() },
            timeout: Duration::from_seconds(1),
            on_lost,
            permissions: Permissions::default(),
            origin: Origin::new("w.yaml", 1, 1),
            manifest: None,
        }
    }

    #[test]
    fn who_is_stopped_half_way_may_have_done_it() {
        let how = |exit: Exit, on_lost| {
            let finished = Finished { exit, tail: String::new(), printed: 0, millis: 1 };
            ended(&effect(on_lost), finished, None).ended
        };
        for on_lost in [OnLost::Fail, OnLost::Ask] {
            assert_eq!(how(Exit::TimedOut, on_lost), Ended::Lost);
            assert_eq!(how(Exit::Signal(9), on_lost), Ended::Lost);
            // What it says itself is no guess.
            assert_eq!(how(Exit::Code(1), on_lost), Ended::Failed);
            assert_eq!(how(Exit::NotStarted("no".into()), on_lost), Ended::Failed);
            assert_eq!(how(Exit::Cancelled, on_lost), Ended::Cancelled);
        }
        assert_eq!(how(Exit::TimedOut, OnLost::Retry), Ended::TimedOut);
        assert_eq!(how(Exit::Signal(9), OnLost::Retry), Ended::Failed);
    }
}
