//! A step that may take longer than its whole run: the limit of the run ends it first.

use crate::check::build::RUN_TIMEOUT;
use crate::check::flow::List;
use crate::diag::{Diagnostic, Diagnostics, Issue};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let of_run = view.item.value.raw.timeout.as_ref();
        let limit = match of_run.map(|limit| limit.0.as_ref()) {
            Some(Ok(limit)) => *limit,
            // It is told elsewhere.
            Some(Err(_)) => continue,
            None => RUN_TIMEOUT,
        };
        // What handles a failure or tidies up is not under the limit of the run.
        for step in view.steps.iter().filter(|step| step.list == List::Steps) {
            let Some(length) = &step.raw.keys.timeout else { continue };
            let Some(timeout) = length.0.as_ref().ok().filter(|timeout| **timeout > limit) else { continue };
            let message = format!("step may take {timeout}, but its run ends after {limit}");
            let mut diagnostic = Diagnostic::new(Issue::TimeoutBeyondRun, view.file(), length.span, message);
            if let Some(of_run) = of_run {
                diagnostic = diagnostic.label(view.file(), of_run.span, "all steps together");
            }
            let help = format!("give the step less, or the workflow more: `timeout: {timeout}`");
            diagnostics.push(diagnostic.help(help));
        }
    }
}
