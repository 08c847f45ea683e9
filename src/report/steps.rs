//! The steps of a workflow in words, as they are declared.

use serde_json::Value;

use super::clean::{one_line, shorten};
use super::plural::join_and;
use crate::model::{Act, Compensation, OnLost, Retry, RetryOn, RunsOn, Step};

/// The most characters of an argument.
const ARGUMENT: usize = 80;

/// What a step does: ``run `make test` ``, `files.delete in: logs, match: **/*.log`.
pub fn act_in_words(act: &Act) -> String {
    match act {
        Act::Run(command) => {
            let mut lines = command.script.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = shorten(&one_line(lines.next().unwrap_or_default()), ARGUMENT).into_owned();
            let more = if lines.next().is_some() { " …" } else { "" };
            let place = command.cwd.as_deref().map(|cwd| format!(" in {}", one_line(cwd)));
            format!("run `{first}{more}`{}", place.unwrap_or_default())
        }
        Act::Call { action, args } => match arguments(args) {
            words if words.is_empty() => (*action).to_owned(),
            words => format!("{action} {words}"),
        },
        Act::Wait { length: Some(length), .. } => format!("wait {length}"),
        Act::Wait { until, .. } => format!("wait until {}", one_line(until.as_deref().unwrap_or("later"))),
        Act::Approve(approval) if approval.roles.is_empty() => "ask for approval".to_owned(),
        Act::Approve(approval) => format!("ask for approval by {}", join_and(&approval.roles)),
    }
}

fn arguments(args: &Value) -> String {
    let Value::Object(fields) = args else { return String::new() };
    let told = fields.iter().filter(|(_, value)| !value.is_null());
    let words: Vec<_> = told.map(|(key, value)| format!("{}: {}", one_line(key), argument(value))).collect();
    words.join(", ")
}

fn argument(value: &Value) -> String {
    match value {
        Value::String(text) => shorten(&one_line(text), ARGUMENT).into_owned(),
        other => shorten(&one_line(&other.to_string()), ARGUMENT).into_owned(),
    }
}

/// Everything that holds for a step beyond what it does: `after fetch`, `if …`, `3 attempts`.
pub fn terms(step: &Step) -> Vec<String> {
    let mut terms = Vec::new();
    if !step.needs.is_empty() {
        terms.push(format!("needs {}", join_and(&step.needs)));
    }
    let after: Vec<_> = step.after.iter().filter(|id| !step.needs.contains(id)).collect();
    if !after.is_empty() {
        terms.push(format!("after {}", join_and(&after)));
    }
    if let Some(condition) = &step.condition {
        terms.push(format!("if {}", one_line(condition.source())));
    }
    if let Some(each) = &step.for_each {
        let items = argument(&each.items);
        terms.push(format!("for each of {items} ({} at most, {} at a time)", each.limit, each.max_parallel));
    }
    terms.extend(retry_in_words(&step.retry));
    if step.continue_on_error {
        terms.push("its failure does not fail the run".to_owned());
    }
    if let Some(place) = &step.runs_on {
        let at = place.git_ref.as_deref().map(|git_ref| format!(" on {}", one_line(git_ref)));
        let at = at.unwrap_or_default();
        terms.push(format!("on a runner of {} ({}{at})", RunsOn::PLACE, one_line(&place.workflow)));
    }
    match step.on_lost {
        OnLost::Retry => {}
        OnLost::Fail => terms.push("when lost: fails".to_owned()),
        OnLost::Ask => terms.push("when lost: asks a person".to_owned()),
    }
    terms.extend(step.rollback.as_ref().map(|rollback| format!("undone by: {}", undo_in_words(rollback))));
    terms
}

/// What undoes a step.
pub fn undo_in_words(rollback: &Compensation) -> String {
    act_in_words(&rollback.act)
}

/// `3 attempts, up to 10s apart, growing to 5m`; none if there is one attempt only.
fn retry_in_words(retry: &Retry) -> Option<String> {
    if retry.attempts < 2 {
        return None;
    }
    let on = match &retry.on {
        None => String::new(),
        Some(RetryOn::ExitCodes(codes)) => {
            let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
            format!(" on exit code {}", codes.join(", "))
        }
        Some(RetryOn::Condition(condition)) => format!(" if {}", one_line(condition.source())),
    };
    Some(format!(
        "{} attempts{on}, up to {} apart, growing to {}",
        retry.attempts, retry.delay, retry.max_delay
    ))
}
