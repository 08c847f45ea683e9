//! A review type that no tier asks for.

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;
use super::context::uses;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    if declared.is_partial {
        return;
    }
    for one in &declared.types {
        let name = &one.value.name;
        if declared.tiers.iter().any(|tier| uses(&tier.value, &name.value)) {
            continue;
        }
        let message = format!("no tier asks for review {}", literal(&name.value));
        let diagnostic = Diagnostic::new(Issue::UnusedReviewType, &one.file, name.span, message)
            .help("add it to a stage of a tier, or remove it");
        diagnostics.push(diagnostic);
    }
}
