//! Steps that others wait for must exist in the same list, and names of steps must tell them apart.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Diagnostics, Issue, did_you_mean, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let mut first = HashMap::new();
        for step in &view.steps {
            let earlier = *first.entry(&step.id).or_insert(step);
            if !std::ptr::eq(earlier, step) {
                let message = format!("step {} is declared twice", literal(&step.id));
                let diagnostic = Diagnostic::new(Issue::DuplicateName, view.file(), step.span, message)
                    .label(view.file(), earlier.span, "first declared here")
                    .help("rename one of the two");
                diagnostics.push(diagnostic);
            }
            for need in step.needs.iter().filter(|need| need.to.is_none()) {
                let other = view.step(need.name);
                let message = match other {
                    Some(other) => {
                        format!("step {} is one of `{}`", literal(need.name), view.steps[other].list.key().0)
                    }
                    None => format!("step {} does not exist", literal(need.name)),
                };
                let ids = view.steps.iter().filter(|other| other.list == step.list && other.id != step.id);
                let help = match other {
                    Some(_) => {
                        "remove it: lists are done one after the other, and `needs` is for the same list"
                            .to_owned()
                    }
                    None => did_you_mean(need.name, ids.map(|step| step.id.as_str())).unwrap_or_else(|| {
                        "give the step that is meant this `id`, or remove it here".to_owned()
                    }),
                };
                diagnostics
                    .push(Diagnostic::new(Issue::UnknownStep, view.file(), need.span, message).help(help));
            }
        }
    }
}
