//! A command, on this side of the shell: the program that it is, before; its output and outcome, after.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::outputs;
use super::perform::{Tools, failed, finish, secret};
use crate::expr::fill_secrets;
use crate::model::{Ended, OnLost, Outcome};
use crate::plan::{Effect, EffectAct};
use crate::ports::{Exit, Finished, Program};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(10);
/// What is kept of what a command printed, in bytes.
const TAIL: usize = 4096;
/// A line longer than this is handed on in parts.
const LONGEST: usize = 1 << 16;

/// A command that goes on.
#[derive(Debug)]
pub struct Command {
    /// Where it writes its outputs.
    outputs: PathBuf,
    /// What it printed since the last end of a line, so that a secret is not cut in two.
    rest: Vec<u8>,
}

impl Command {
    /// The program that is to be run, unless it is clear already how that ends.
    #[expect(clippy::result_large_err, reason = "it is handed on as it is, once")]
    pub fn begin(tools: &Tools<'_>, effect: &Effect) -> Result<(Self, Program), Outcome> {
        tools.reporter.started(effect);
        let outputs = tools.scratch.path();
        match program(tools, effect, &outputs) {
            Ok(program) => Ok((Self { outputs, rest: Vec::new() }, program)),
            Err(error) => Err(finish(tools, effect, failed(error, true))),
        }
    }

    /// Hands on what it printed, in whole lines.
    pub fn printed(&mut self, tools: &Tools<'_>, effect: &Effect, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        match self.rest.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => self.say(tools, effect, end + 1),
            None if self.rest.len() > LONGEST => self.flush(tools, effect),
            None => {}
        }
    }

    /// What came of it.
    pub fn end(mut self, tools: &Tools<'_>, effect: &Effect, finished: Finished) -> Outcome {
        self.flush(tools, effect);
        let written = tools.scratch.take(&self.outputs, outputs::LIMIT);
        finish(tools, effect, ended(effect, finished, written))
    }

    fn say(&mut self, tools: &Tools<'_>, effect: &Effect, end: usize) {
        let text: Vec<u8> = self.rest.drain(..end).collect();
        let text = String::from_utf8_lossy(&text);
        tools.reporter.printed(effect, &tools.mask.hide(&text));
    }

    fn flush(&mut self, tools: &Tools<'_>, effect: &Effect) {
        if !self.rest.is_empty() {
            self.rest.push(b'\n');
            self.say(tools, effect, self.rest.len());
        }
    }
}

fn program(tools: &Tools<'_>, effect: &Effect, outputs: &Path) -> Result<Program, String> {
    let EffectAct::Run { argv, cwd, env } = &effect.act else {
        return Err("the call of an action is no command; this is a bug in orch".to_owned());
    };
    let fill = |value: &str| fill_secrets(value, &|name| secret(tools, effect, name));
    let declared = env.iter().map(|(name, value)| Ok((name.clone(), fill(value)?)));
    let own = [
        ("ORCH_OUTPUT".to_owned(), outputs.to_string_lossy().into_owned()),
        ("ORCH_KEY".to_owned(), effect.key(tools.lineage).to_string()),
    ];
    Ok(Program {
        argv: argv.clone(),
        env: declared.chain(own.map(Ok)).collect::<Result<_, String>>()?,
        cwd: folder(tools.root, cwd.as_deref())?,
        without: tools.hidden.to_vec(),
        timeout: Duration::from_secs(effect.timeout.as_seconds()),
        grace: GRACE,
        tail: TAIL,
    })
}

/// A folder of the project. Commands run as whoever runs `orch`, so this is no fence, but a slip is told.
fn folder(root: &Path, cwd: Option<&str>) -> Result<PathBuf, String> {
    let Some(cwd) = cwd else { return Ok(root.to_owned()) };
    let relative = Path::new(cwd);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
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
