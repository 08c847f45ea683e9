//! What starts a workflow, in words.

use super::clean::one_line;
use super::plural::join_and;
use crate::model::{
    Change, Duration, FileWatch, GithubFilter, On, Threshold, Timing, Trigger, TriggerProblem, Workflow,
};

/// For a registry, in one line: `cron: 0 2 * * *`, `metric: disk above 80 for 15m; manual`.
pub fn triggers_in_short(workflow: &Workflow) -> String {
    let all: Vec<String> = workflow.triggers.iter().map(in_short).collect();
    if all.is_empty() { "manual".to_owned() } else { all.join("; ") }
}

fn in_short(trigger: &Trigger) -> String {
    let text = match &trigger.on {
        On::Schedule(schedule) => match &schedule.timing {
            Timing::Cron(cron) => format!("cron: {}", cron.text()),
            Timing::Every { interval, .. } => format!("every: {interval}"),
            Timing::At(times) => {
                format!("at: {}", times.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            }
        },
        On::Event { types, .. } => format!("event: {}", types.join(" ")),
        On::Metric(threshold) => format!("metric: {}", limit(threshold)),
        On::Files(watch) => format!("files: {}", watch.files.join(" ")),
        On::Webhook { name, .. } => format!("webhook: {name}"),
        On::Commits { branch, paths, .. } => match (branch, paths.as_slice()) {
            (Some(branch), _) => format!("commits: {branch}"),
            (None, []) => "commits".to_owned(),
            (None, paths) => format!("commits: {}", paths.join(" ")),
        },
        On::Github(filters) => {
            format!("github: {}", filters.iter().map(github).collect::<Vec<_>>().join(" "))
        }
        On::Manual => "manual".to_owned(),
    };
    one_line(&text).into_owned()
}

/// The key of a trigger as people write it: `schedule every 1h` for `schedule every 3600s`.
pub(super) fn key_in_words(key: &str) -> String {
    let Some(rest) = key.strip_prefix("schedule every ") else { return one_line(key).into_owned() };
    let word = |word: &str| match word.strip_suffix('s').and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => Duration::from_seconds(seconds).to_string(),
        None => word.to_owned(),
    };
    let words: Vec<String> = rest.split(' ').map(word).collect();
    one_line(&format!("schedule every {}", words.join(" "))).into_owned()
}

/// A trigger as a sentence: `every day at 02:00 Asia/Tokyo`, `when disk is above 80 for 15m`.
pub fn trigger_in_words(trigger: &Trigger, workflow: &Workflow) -> String {
    let text = match &trigger.on {
        On::Schedule(schedule) => schedule.in_words(),
        On::Event { .. } if workflow.activates.is_some() => {
            format!("when {} is activated", workflow.activates.as_deref().unwrap_or_default())
        }
        On::Event { types, workflows, .. } => {
            let of = match workflows.as_slice() {
                [] => String::new(),
                names => format!(" of {}", join_and(names)),
            };
            format!("when {}{of} happens", join_or(types))
        }
        On::Metric(threshold) => format!("when {}", limit(threshold).replacen(' ', " is ", 1)),
        On::Files(watch) => files(watch),
        On::Webhook { name, files, secret } => {
            let signed = if secret.is_some() { "signed " } else { "" };
            format!("when a {signed}payload of {name} comes in as {}", join_or(files))
        }
        On::Commits { branch, paths, authors, trailers } => {
            let on = branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            let some = |word: &str, list: &[smol_str::SmolStr]| match list {
                [] => String::new(),
                list => format!(" {word} {}", join_or(list)),
            };
            format!(
                "when a commit comes{on}{}{}{}",
                some("that touches", paths),
                some("by", authors),
                some("with the trailer", trailers)
            )
        }
        On::Github(filters) => {
            format!("when {} happens on GitHub", join_or(&filters.iter().map(github).collect::<Vec<_>>()))
        }
        On::Manual => format!("when asked for: `orch run {}`", workflow.id),
    };
    let only = match &trigger.condition {
        Some(condition) => format!(", if {}", condition.source()),
        None => String::new(),
    };
    one_line(&format!("{text}{only}")).into_owned()
}

/// Why a trigger made no run when it could have: `not started by task.created at …: workflows/x.yaml:4: …`.
pub fn trigger_problem(problem: &TriggerProblem) -> String {
    let TriggerProblem { at, event, place, message } = problem;
    one_line(&format!("not started by {event} at {at}: {place}: {message}")).into_owned()
}

/// `push`, `pull_request.opened/closed`.
fn github(filter: &GithubFilter) -> String {
    match filter.actions.as_slice() {
        [] => filter.event.to_string(),
        actions => format!("{}.{}", filter.event, actions.join("/")),
    }
}

/// `disk above 80 for 15m`.
fn limit(threshold: &Threshold) -> String {
    let mut words = threshold.metric.to_string();
    let mut sides = Vec::new();
    sides.extend(threshold.above.map(|limit| format!("above {limit}")));
    sides.extend(threshold.below.map(|limit| format!("below {limit}")));
    words = format!("{words} {}", sides.join(" or "));
    match threshold.held_for.as_seconds() {
        0 => words,
        _ => format!("{words} for {}", threshold.held_for),
    }
}

fn files(watch: &FileWatch) -> String {
    let changes: Vec<&str> = watch
        .changes
        .iter()
        .map(|change| match change {
            Change::Created => "created",
            Change::Changed => "changed",
            Change::Deleted => "deleted",
        })
        .collect();
    let changes = if changes.is_empty() { "touched".to_owned() } else { join_or(&changes) };
    let each = if watch.each { ", for each" } else { "" };
    format!("when files of {} are {changes}{each}", join_and(&watch.files))
}

/// `a`, `a or b`, `a, b or c`.
fn join_or<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [most @ .., last] if !most.is_empty() => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", most.join(", "), last.as_ref())
        }
        items => items.iter().map(AsRef::as_ref).collect(),
    }
}
