//! What a plan does to the world, in words: each step of each run with what it is, and what comes after.

use serde_json::Value;

use super::clean::{one_line, shorten};
use super::whereabouts::is_sending;
use crate::actions::Manifest;
use crate::expr::show_secrets;
use crate::model::{Config, Name, Phase, Run, RunId, RunsOn, StepStatus};
use crate::plan::{Effect, EffectAct};
use crate::state::State;

/// The most characters of an argument.
const ARGUMENT: usize = 80;

/// What an effect does, in one line: ``run `make test` ``, `notify channel: ops, text: Done`.
pub fn effect_in_words(effect: &Effect) -> String {
    match (&effect.act, &effect.manifest) {
        (EffectAct::Call { action, .. }, Some(manifest)) => format!("{action}: {}", totals(manifest)),
        (EffectAct::Call { args, .. }, None) if is_sending(&effect.step) => sending(&effect.step, args),
        (EffectAct::Call { action, args }, None) => match arguments(action, args) {
            words if words.is_empty() => (*action).to_owned(),
            words => format!("{action} {words}"),
        },
        (EffectAct::Run { argv, cwd, .. }, _) => {
            let script = argv.last().map(String::as_str).unwrap_or_default();
            let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = shorten(&shown(lines.next().unwrap_or_default()), ARGUMENT).into_owned();
            let more = match lines.count() {
                0 => String::new(),
                more => format!(" and {more} more {}", if more == 1 { "line" } else { "lines" }),
            };
            let place = cwd.as_deref().map(|cwd| format!(" in {}", shown(cwd))).unwrap_or_default();
            format!("run `{first}`{more}{place}")
        }
    }
}

/// `sends build to github-actions (orch-work.yml)`, `sends 40 items of build to github-actions (orch-work.yml)`.
fn sending(key: &str, args: &Value) -> String {
    let runs =
        args["inputs"]["runs"].as_str().and_then(|runs| serde_json::from_str::<Vec<String>>(runs).ok());
    let runs = runs.unwrap_or_default();
    let step = one_line(key.split(':').next().unwrap_or_default());
    let what = match runs.as_slice() {
        [run] if !run.ends_with(']') => step.into_owned(),
        [run] => one_line(run.rsplit('/').next().unwrap_or_default()).into_owned(),
        runs => format!("{} items of {step}", runs.len()),
    };
    let file = shown(args["workflow"].as_str().unwrap_or_default());
    let at = args["ref"].as_str().map(|git_ref| format!(" on {}", shown(git_ref))).unwrap_or_default();
    format!("sends {what} to {} ({file}{at})", RunsOn::PLACE)
}

/// The environment that a command gets, beyond what `orch` itself tells it.
pub fn environment(effect: &Effect) -> Vec<String> {
    let EffectAct::Run { env, .. } = &effect.act else { return Vec::new() };
    let own = env.iter().filter(|(name, _)| !name.starts_with("ORCH_"));
    own.map(|(name, value)| format!("{}={}", one_line(name), shorten(&shown(value), ARGUMENT))).collect()
}

/// The lines of a script; none of anything else.
pub fn script(effect: &Effect) -> Vec<String> {
    let EffectAct::Run { argv, .. } = &effect.act else { return Vec::new() };
    let script = argv.last().map(|script| show_secrets(script)).unwrap_or_default();
    super::clean::lines(&script).map(std::borrow::Cow::into_owned).collect()
}

fn shown(text: &str) -> String {
    one_line(&show_secrets(text)).into_owned()
}

fn arguments(action: &str, args: &Value) -> String {
    let Value::Object(fields) = args else { return String::new() };
    // `to` is the address of the channel, which is named already.
    let told = fields.iter().filter(|(key, value)| !value.is_null() && (action != "notify" || *key != "to"));
    let words: Vec<String> =
        told.map(|(key, value)| format!("{}: {}", one_line(key), argument(value))).collect();
    words.join(", ")
}

fn argument(value: &Value) -> String {
    let text = match value {
        Value::String(text) => shown(text),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(argument).collect::<Vec<_>>().join(" ")
        }
        other => shown(&other.to_string()),
    };
    shorten(&text, ARGUMENT).into_owned()
}

/// `delete 3 files, 1.2 MB`.
pub fn totals(manifest: &Manifest) -> String {
    let bytes = super::bytes(manifest.files.iter().map(|file| file.bytes).sum());
    format!("{} {}, {bytes}", one_line(&manifest.verb), super::plural(manifest.files.len(), "file"))
}

/// The steps of a run that come after those of a plan, in the order of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    pub run: RunId,
    pub steps: Vec<Name>,
}

/// What comes after the effects of a plan, as far as it is known: a step may still be skipped.
pub fn then(config: &Config, state: &State, effects: &[Effect]) -> Vec<Then> {
    let mut runs: Vec<&RunId> = effects.iter().map(|effect| &effect.run).collect();
    runs.dedup();
    let later = |id: &RunId| {
        let run = state.run(&id.0).filter(|run| run.phase == Phase::Steps)?;
        let workflow = config.workflows.get(&run.workflow)?;
        let is_later =
            |id: &Name| !is_over(run, id) && !effects.iter().any(|e| e.run == run.id && is_of(&e.step, id));
        let steps = workflow.steps.iter().map(|step| step.id.clone()).filter(is_later).collect();
        Some(Then { run: run.id.clone(), steps })
    };
    runs.into_iter().filter_map(later).filter(|then| !then.steps.is_empty()).collect()
}

fn is_over(run: &Run, step: &str) -> bool {
    run.steps.get(step).is_some_and(|record| {
        record.status.is_finished()
            || record.child.is_some()
            || matches!(record.status, StepStatus::Running | StepStatus::Expanded)
    })
}

/// Whether a key is that of a step, or of one of its items.
fn is_of(key: &str, step: &str) -> bool {
    key.strip_prefix(step).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}
