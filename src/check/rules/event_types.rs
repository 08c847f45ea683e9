//! Types of events that triggers name must exist, in `orch` or on GitHub.

use std::sync::Arc;

use crate::check::raw::{RawGithub, Text};
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, did_you_mean, literal};
use crate::load::{ShortOr, Spanned};
use crate::model::{Fact, FlowFact, GITHUB_EVENTS, github_actions};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for trigger in view.item.value.raw.on.iter().filter_map(|trigger| trigger.long()) {
            if let Some(github) = &trigger.github {
                on_github(view.file(), github, diagnostics);
            }
            let Some(event) = &trigger.event else { continue };
            let types = match &event.value {
                ShortOr::Short(types) => types,
                ShortOr::Long(events) => &events.types.value,
            };
            for one in types.iter().filter(|one| !exists(&one.value.0)) {
                let diagnostic =
                    Diagnostic::new(Issue::UnknownEventType, view.file(), one.span, message(one));
                diagnostics.push(diagnostic.help(help(&one.value.0)));
            }
        }
    }
}

fn on_github(file: &Arc<str>, github: &Spanned<RawGithub>, diagnostics: &mut Diagnostics) {
    match &github.value {
        ShortOr::Short(events) => {
            for event in events.iter().filter(|event| github_actions(&event.value.0).is_none()) {
                diagnostics.push(unknown_event(file, &event.value.0, event.span));
            }
        }
        ShortOr::Long(events) => {
            for (event, actions) in events.iter() {
                let Some(known) = github_actions(event) else {
                    diagnostics.push(unknown_event(file, event, actions.span));
                    continue;
                };
                // Those that somebody else chooses: a dispatch, or none at all.
                let is_any = known.is_empty();
                for action in
                    actions.value.iter().filter(|one| !is_any && !known.contains(&one.value.0.as_str()))
                {
                    let message =
                        format!("{} of GitHub has no action {}", literal(event), literal(&action.value.0));
                    let help = did_you_mean(&action.value.0, known.iter().copied()).unwrap_or_else(|| {
                        let known: Vec<String> = known.iter().map(|one| literal(one)).collect();
                        format!("there are {}", known.join(", "))
                    });
                    let diagnostic = Diagnostic::new(Issue::UnknownGithubAction, file, action.span, message);
                    diagnostics.push(diagnostic.help(help));
                }
            }
        }
    }
}

fn unknown_event(file: &Arc<str>, event: &str, at: Span) -> Diagnostic {
    // `pull_request.opened` is how reports write it.
    let help = match event.split_once('.') {
        Some((name, action)) if github_actions(name).is_some() => {
            format!("write `github: {{ {name}: {action} }}`")
        }
        _ => did_you_mean(event, GITHUB_EVENTS.iter().map(|(name, _)| *name)).unwrap_or_else(|| {
            "write an event such as `pull_request`, `issues`, `push` or `workflow_run`".to_owned()
        }),
    };
    let message = format!("GitHub has no event {}", literal(event));
    Diagnostic::new(Issue::UnknownEventType, file, at, message).help(help)
}

fn types() -> impl Iterator<Item = &'static str> + Clone {
    Fact::TYPES.into_iter().chain(FlowFact::TYPES)
}

fn exists(name: &str) -> bool {
    match name.strip_suffix('*') {
        Some(start) => {
            (start.ends_with('.') || start.is_empty()) && types().any(|one| one.starts_with(start))
        }
        None => types().any(|one| one == name),
    }
}

fn message(name: &Spanned<Text>) -> String {
    format!("there is no event {}", literal(&name.value.0))
}

fn help(name: &str) -> String {
    if let Some(start) = name.strip_suffix(".*").or_else(|| name.strip_suffix('*')) {
        let groups = types().filter_map(|one| one.split('.').next());
        return did_you_mean(start, groups.clone()).map_or_else(
            || {
                let mut groups: Vec<String> = groups.map(|group| format!("`{group}.*`")).collect();
                groups.dedup();
                format!("there are {}", groups.join(", "))
            },
            |near| near.replace("`?", ".*`?"),
        );
    }
    // What it is about will be right: `task.finished` does not mean `run.finished`.
    let group = name.split('.').next().unwrap_or_default();
    let same: Vec<&str> = types().filter(|one| one.split('.').next() == Some(group)).collect();
    if same.is_empty() {
        return did_you_mean(name, types()).unwrap_or_else(|| {
            "write a type such as `task.completed`, `review.completed` or `sla.*`".to_owned()
        });
    }
    did_you_mean(name, same.iter().copied()).unwrap_or_else(|| {
        let same: Vec<String> = same.iter().map(|one| literal(one)).collect();
        format!("there are {}", same.join(", "))
    })
}
