//! Keys that mean nothing where they stand.

use crate::check::raw::RawSubject;
use crate::diag::{Diagnostic, Diagnostics, Issue};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for objective in &context.declared.objectives {
        let Some(review) = &objective.value.review else { continue };
        if objective.value.subject == RawSubject::Review {
            continue;
        }
        let message = "`review` has no effect without `for: review`";
        let diagnostic = Diagnostic::new(Issue::KeyWithoutEffect, &objective.file, review.span, message)
            .help("write `for: review`, or remove `review`");
        diagnostics.push(diagnostic);
    }
}
