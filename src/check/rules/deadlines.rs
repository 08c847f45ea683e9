//! A task that is due before one it waits for.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let deadlines: HashMap<_, _> = context
        .declared
        .tasks
        .iter()
        .filter_map(|task| {
            let deadline = task.value.deadline.as_ref()?;
            Some((&task.value.code.value, (task, deadline, deadline.0.as_ref().ok()?)))
        })
        .collect();
    for task in &context.declared.tasks {
        let Some((_, deadline, due)) = deadlines.get(&task.value.code.value) else { continue };
        for code in task.value.depends_on.iter().flat_map(|codes| codes.iter()) {
            let Some((other, later, other_due)) = deadlines.get(&code.value) else { continue };
            if due < other_due {
                let message = format!(
                    "{} is due before {}, which it waits for",
                    literal(task.value.code.as_str()),
                    literal(code.as_str())
                );
                let diagnostic =
                    Diagnostic::new(Issue::DeadlineBeforeDependency, &task.file, deadline.span, message)
                        .label(&other.file, later.span, format!("{} is due here", literal(code.as_str())))
                        .help("move one of the two deadlines");
                diagnostics.push(diagnostic);
            }
        }
    }
}
