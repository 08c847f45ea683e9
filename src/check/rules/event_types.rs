//! Types of events that triggers name must exist.

use crate::check::raw::Text;
use crate::diag::{Diagnostic, Diagnostics, Issue, did_you_mean, literal};
use crate::load::{ShortOr, Spanned};
use crate::model::{Fact, FlowFact};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for trigger in view.item.value.raw.on.iter().filter_map(|trigger| trigger.long()) {
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
