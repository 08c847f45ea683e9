//! Levels of escalation follow one another in time.

use crate::check::build::after;
use crate::diag::{Diagnostic, Diagnostics, Issue};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for objective in &context.declared.objectives {
        for pair in objective.value.escalate.windows(2) {
            let [earlier, later] = pair else { continue };
            let (Some(first), Some(second)) = (after(earlier), after(later)) else { continue };
            if first < second {
                continue;
            }
            let place = |level: &crate::load::Spanned<crate::check::raw::RawLevel>| {
                level.value.after.as_ref().map_or(level.span, |after| after.span)
            };
            let message = format!("level after `{second}` is not later than the one before, after `{first}`");
            let diagnostic = Diagnostic::new(Issue::EscalationOrder, &objective.file, place(later), message)
                .label(&objective.file, place(earlier), "the level before")
                .help("put the levels in ascending order of `after`");
            diagnostics.push(diagnostic);
        }
    }
}
