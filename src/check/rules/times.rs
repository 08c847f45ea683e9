//! Deadlines must be points in time.

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for task in &context.declared.tasks {
        let Some(deadline) = &task.value.deadline else { continue };
        let Err(error) = &deadline.0 else { continue };
        let message = format!("{} is not a point in time", literal(&error.0));
        let diagnostic = Diagnostic::new(Issue::NotATime, &task.file, deadline.span, message)
            .help("write date, time and offset, such as `2026-01-09T18:00:00+09:00`");
        diagnostics.push(diagnostic);
    }
}
