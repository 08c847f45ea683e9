//! Deadlines, the times of schedules and those of freezes must be points in time.

use std::sync::Arc;

use crate::check::raw::RawTime;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::Spanned;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for task in &context.declared.tasks {
        diagnostics.extend(task.value.deadline.as_ref().and_then(|deadline| invalid(&task.file, deadline)));
    }
    for view in &context.views {
        for trigger in view.item.value.raw.on.iter().filter_map(|trigger| trigger.long()) {
            let at = trigger.schedule.as_ref().and_then(|schedule| schedule.at.as_ref());
            let times = at.iter().flat_map(|at| at.iter());
            diagnostics.extend(times.filter_map(|time| invalid(view.file(), time)));
        }
    }
    if let Some(project) = &context.declared.project {
        let times = project.value.freezes.iter().flat_map(|freeze| [&freeze.from, &freeze.to]);
        diagnostics.extend(times.filter_map(|time| invalid(&project.file, time)));
    }
}

fn invalid(file: &Arc<str>, time: &Spanned<RawTime>) -> Option<Diagnostic> {
    let error = time.0.as_ref().err()?;
    let message = format!("{} is not a point in time", literal(&error.0));
    let diagnostic = Diagnostic::new(Issue::NotATime, file, time.span, message)
        .help("write date, time and offset, such as `2026-01-09T18:00:00+09:00`");
    Some(diagnostic)
}
