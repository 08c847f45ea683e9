//! A declared task that no route takes, where there is no fallback either.

use crate::check::build::{new_task, task_match};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    if declared.is_partial || declared.fallback.is_some() {
        return;
    }
    let routes: Vec<_> =
        declared.routes.iter().map(|route| task_match(route.value.matching.as_ref())).collect();
    for task in &declared.tasks {
        let Some(spec) = new_task(&task.value, &task.file) else { continue };
        if routes.iter().any(|route| route.matches_new(&spec)) {
            continue;
        }
        let code = &task.value.code;
        let message = format!("no route takes {}, and there is no fallback", literal(code.as_str()));
        let diagnostic = Diagnostic::new(Issue::NobodyForTask, &task.file, code.span, message)
            .help("add a route for it or a `fallback:` in `routing.yaml`, or assign it by hand");
        diagnostics.push(diagnostic);
    }
}
