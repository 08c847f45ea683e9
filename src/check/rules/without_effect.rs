//! Keys that mean nothing where they stand.

use crate::check::raw::RawSubject;
use crate::diag::{Diagnostic, Diagnostics, Issue};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for objective in &context.declared.objectives {
        let raw = &objective.value;
        let mut tell = |span, message: &str, help: &str| {
            let diagnostic = Diagnostic::new(Issue::KeyWithoutEffect, &objective.file, span, message);
            diagnostics.push(diagnostic.help(help));
        };
        if let Some(review) = raw.review.as_ref().filter(|_| raw.subject != RawSubject::Review) {
            let message = "`review` has no effect without `for: review`";
            tell(review.span, message, "write `for: review`, or remove `review`");
        }
        let has_names = matches!(raw.subject, RawSubject::Build | RawSubject::Check | RawSubject::Deployment);
        if let Some(named) = raw.named.as_ref().filter(|_| !has_names) {
            let message = "`named` has no effect without `for: build`, `for: check` or `for: deployment`";
            tell(named.span, message, "write one of these, or remove `named`");
        }
        let is_on_github = has_names || raw.subject == RawSubject::PullReview;
        if raw.matching.is_some() && is_on_github {
            let message = "`match` is about tasks, and has no effect on what happens on GitHub";
            tell(objective.span, message, "remove `match`");
        }
    }
}
