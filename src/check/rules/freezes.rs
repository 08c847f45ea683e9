//! Freezes must begin before they end.

use crate::diag::{Diagnostic, Diagnostics, Issue};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let Some(project) = &context.declared.project else { return };
    for freeze in &project.value.freezes {
        let (Ok(from), Ok(to)) = (&freeze.from.0, &freeze.to.0) else { continue };
        if from >= to {
            let message = "the freeze ends before it begins";
            let diagnostic = Diagnostic::new(Issue::EmptyWindow, &project.file, freeze.to.span, message)
                .label(&project.file, freeze.from.span, "it begins here")
                .help("exchange `from` and `to`, or correct one of them");
            diagnostics.push(diagnostic);
        }
    }
}
