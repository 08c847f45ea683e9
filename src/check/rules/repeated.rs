//! Lists that name the same thing twice.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::load::Spanned;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    for route in &declared.routes {
        let names = route.value.to.iter().map(text);
        twice(&route.file, names, "agent", diagnostics);
    }
    for one in &declared.types {
        twice(&one.file, one.value.reviewers.iter().map(text), "agent", diagnostics);
    }
    for tier in &declared.tiers {
        let names = tier.value.stages.iter().flat_map(|stage| stage.iter().map(text));
        twice(&tier.file, names, "review type", diagnostics);
    }
    for objective in &declared.objectives {
        let names = objective.value.review.iter().flat_map(|review| review.iter().map(text));
        twice(&objective.file, names, "review type", diagnostics);
        for level in &objective.value.escalate {
            twice(&objective.file, level.to.iter().map(text), "agent", diagnostics);
        }
    }
    for view in &context.views {
        for step in &view.steps {
            let needs = step.needs.iter().map(|need| (need.name, need.span));
            twice(view.file(), needs, "step", diagnostics);
        }
    }
    if let Some(project) = &declared.project {
        let secrets = project.value.secrets.iter().map(|name| (name.0.as_str(), name.span));
        twice(&project.file, secrets, "secret", diagnostics);
    }
    for task in &declared.tasks {
        let labels = task.value.labels.iter().flat_map(|labels| labels.iter());
        twice(&task.file, labels.map(|label| (label.0.as_str(), label.span)), "label", diagnostics);
        let codes = task.value.depends_on.iter().flat_map(|codes| codes.iter());
        twice(&task.file, codes.map(|code| (code.as_str(), code.span)), "task", diagnostics);
    }
}

fn text(name: &Spanned<crate::check::raw::RawName>) -> (&str, Span) {
    (name.as_str(), name.span)
}

fn twice<'a, T: Eq + Hash + Copy + AsRef<str> + 'a>(
    file: &Arc<str>,
    entries: impl Iterator<Item = (T, Span)>,
    what: &str,
    diagnostics: &mut Diagnostics,
) {
    let mut first: HashMap<T, Span> = HashMap::new();
    for (entry, span) in entries {
        if let Some(earlier) = first.get(&entry) {
            let message = format!("{what} {} is named twice", literal(entry.as_ref()));
            let diagnostic = Diagnostic::new(Issue::RepeatedEntry, file, span, message)
                .label(file, *earlier, "first named here")
                .help("remove one of the two");
            diagnostics.push(diagnostic);
        } else {
            first.insert(entry, span);
        }
    }
}
