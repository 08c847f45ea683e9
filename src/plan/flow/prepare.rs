//! A step becomes what is done: every template rendered, every value quoted for where it goes.

use serde_json::{Map, Value, json};

use super::activation::task_in;
use super::scope::Scope;
use crate::actions::{self, ActionKind};
use crate::expr::{ExprError, Sink, Template};
use crate::model::{Act, Ask, ChannelKind, Command};
use crate::plan::EffectAct;

/// A step with everything filled in.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// To be done in the world.
    Effect(EffectAct),
    /// To be asked of the state, and its outputs.
    Asks(Vec<Ask>),
}

/// Renders what a step does.
///
/// # Errors
/// In words, when a template fails or an argument makes no sense once it is filled in.
pub(crate) fn prepare(scope: &Scope<'_>, act: &Act) -> Result<Prepared, String> {
    match act {
        Act::Run(command) => {
            run(scope, command).map(Prepared::Effect).map_err(|error| in_words(scope, &error))
        }
        Act::Call { action, args } => call(scope, action, args),
        Act::Wait { .. } | Act::Approve(_) => Err("this step is not prepared; this is a bug in orch".into()),
    }
}

/// What went wrong, as the run tells it.
fn in_words(scope: &Scope<'_>, error: &ExprError) -> String {
    if scope.started.by == "manual" && error.message.starts_with("`event` has no ") {
        return format!("{error}; this run was asked for by hand, and no event started it");
    }
    error.to_string()
}

/// A text rendered for a place.
pub(crate) fn rendered(scope: &Scope<'_>, text: &str, sink: Sink) -> Result<String, ExprError> {
    if !text.contains('{') {
        return Ok(text.to_owned());
    }
    let template = Template::parse(text, sink)?;
    template.render(&scope.of(&template.references())?)
}

fn run(scope: &Scope<'_>, command: &Command) -> Result<EffectAct, ExprError> {
    // Only a POSIX shell reads the quotes; to other programs values go by the environment.
    let script = rendered(scope, &command.script, Sink::Shell)?;
    let mut argv: Vec<String> = command.shell.iter().map(ToString::to_string).collect();
    argv.push(script);
    let cwd = command.cwd.as_ref().map(|cwd| rendered(scope, cwd, Sink::Plain)).transpose()?;
    let declared = scope.workflow.env.iter().chain(&command.env);
    let mut env = declared
        .map(|(name, value)| Ok((name.to_string(), rendered(scope, value, Sink::Plain)?)))
        .collect::<Result<Vec<_>, ExprError>>()?;
    env.push(("ORCH_WORKFLOW".to_owned(), scope.workflow.id.to_string()));
    env.push(("ORCH_RUN".to_owned(), scope.run.map(|run| run.id.to_string()).unwrap_or_default()));
    if let Some(agent) = &scope.workflow.activates {
        // What the agent asks of `orch`, it asks for itself.
        env.push(("ORCH_ACTOR".to_owned(), agent.to_string()));
        let task = task_in(scope.started).map(|task| task.to_string());
        env.push(("ORCH_TASK".to_owned(), task.unwrap_or_default()));
    }
    Ok(EffectAct::Run { argv, cwd, env })
}

fn call(scope: &Scope<'_>, name: &'static str, args: &Value) -> Result<Prepared, String> {
    let action = actions::find(name).ok_or_else(|| format!("action `{name}` does not exist"))?;
    let mut path = Vec::new();
    let mut filled = fill(scope, action, args, args, &mut path).map_err(|error| in_words(scope, &error))?;
    action.check(&filled).map_err(|error| error.to_string())?;
    if name == "notify" {
        address(scope, &mut filled)?;
    }
    match action.kind() {
        ActionKind::World => Ok(Prepared::Effect(EffectAct::Call { action: action.name(), args: filled })),
        ActionKind::State => action.ask(&filled).map(Prepared::Asks),
    }
}

/// The same arguments with every template in them rendered.
fn fill<'v>(
    scope: &Scope<'_>,
    action: &dyn actions::Action,
    args: &Value,
    value: &'v Value,
    path: &mut Vec<&'v str>,
) -> Result<Value, ExprError> {
    Ok(match value {
        Value::String(text) if text.contains('{') => {
            let sink = action.sink(args, path);
            let template = Template::parse(text, sink)?;
            let seen = scope.of(&template.references())?;
            if sink == Sink::Plain { template.value(&seen)? } else { Value::String(template.render(&seen)?) }
        }
        Value::Array(items) => {
            items.iter().map(|item| fill(scope, action, args, item, path)).collect::<Result<_, _>>()?
        }
        Value::Object(fields) => {
            let mut filled = Map::new();
            for (key, value) in fields {
                path.push(key);
                filled.insert(key.clone(), fill(scope, action, args, value, path)?);
                path.pop();
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

/// Puts the channel's address into the arguments of `notify`: who sends reads no configuration.
fn address(scope: &Scope<'_>, args: &mut Value) -> Result<(), String> {
    let name = args["channel"].as_str().unwrap_or_default();
    let channels = &scope.cx.config.channels;
    let channel = channels.get(name);
    let to = match channel.map(|channel| &channel.kind) {
        Some(ChannelKind::Console) => json!({"kind": "console"}),
        Some(ChannelKind::Webhook { url, headers }) => {
            let render = |text: &str| rendered(scope, text, Sink::Plain).map_err(|error| error.to_string());
            let headers = headers.iter().map(|(name, value)| Ok((name.clone(), render(value)?.into())));
            let headers = headers.collect::<Result<Map<_, _>, String>>()?;
            json!({"kind": "webhook", "url": render(url)?, "headers": headers})
        }
        // What is always there: the terminal, or the log of the tick.
        None if name == "console" => json!({"kind": "console"}),
        None => return Err(format!("channel `{name}` is not declared in channels.yaml")),
    };
    args["to"] = to;
    Ok(())
}
