//! Tasks that other tasks wait for must be declared, or exist in the state.

use crate::diag::{Diagnostic, Diagnostics, Issue, did_you_mean, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let codes = &context.declared.codes;
    for task in &context.declared.tasks {
        for code in task.value.depends_on.iter().flat_map(|codes| codes.iter()) {
            let is_known = context.known.is_some_and(|known| known(code));
            if is_known || codes.has(code.as_str()) {
                continue;
            }
            let message = format!("task {} does not exist", literal(code.as_str()));
            let help = did_you_mean(code.as_str(), codes.iter())
                .unwrap_or_else(|| "declare it in `tasks/`, or remove it here".to_owned());
            diagnostics.push(Diagnostic::new(Issue::UnknownTask, &task.file, code.span, message).help(help));
        }
    }
}
