//! Durations whose form is right but whose sense is not: out of order, too long, or nothing.

use std::sync::Arc;

use crate::check::raw::RawDuration;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::Spanned;
use crate::model::{Duration, InvalidDuration};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for objective in &context.declared.objectives {
        let within = &objective.value.within;
        diagnostics.extend(invalid(&objective.file, within));
        if within.0 == Ok(Duration::ZERO) {
            let message = "objective allows no time at all";
            let diagnostic = Diagnostic::new(Issue::ZeroDuration, &objective.file, within.span, message)
                .help("write how long it may take, such as `2h`");
            diagnostics.push(diagnostic);
        }
        for after in objective.value.escalate.iter().filter_map(|level| level.after.as_ref()) {
            diagnostics.extend(invalid(&objective.file, after));
        }
    }
    for view in &context.views {
        for (length, nothing) in view.durations() {
            diagnostics.extend(invalid(view.file(), length));
            let Some(message) = nothing.filter(|_| length.0 == Ok(Duration::ZERO)) else { continue };
            let diagnostic = Diagnostic::new(Issue::NoTime, view.file(), length.span, message)
                .help("write a length of time such as `15m`, or remove the key");
            diagnostics.push(diagnostic);
        }
    }
}

fn invalid(file: &Arc<str>, duration: &Spanned<RawDuration>) -> Option<Diagnostic> {
    match duration.0.as_ref().err()? {
        InvalidDuration::Syntax(text) => {
            let message = format!("{} is not a duration", literal(text));
            let help = "write each unit once, the larger before the smaller, such as `2h30m`";
            Some(Diagnostic::new(Issue::NotADuration, file, duration.span, message).help(help))
        }
        InvalidDuration::TooLong(text) => {
            let message = format!("{} is longer than 100 years", literal(text));
            let help = "write what was meant, at most `36525d`";
            Some(Diagnostic::new(Issue::DurationTooLong, file, duration.span, message).help(help))
        }
    }
}
