//! Issues that become tasks: each label once, a task for each issue, and codes that nothing else takes.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    labels(context, diagnostics);
    codes(context, diagnostics);
    let mut first = HashMap::new();
    for task in &context.declared.tasks {
        let Some(issue) = &task.value.issue else { continue };
        let (file, span) = *first.entry(issue.get()).or_insert((&task.file, issue.span));
        if span != issue.span || file != &task.file {
            let message = format!("issue {} stands for two tasks", issue.get());
            let diagnostic = Diagnostic::new(Issue::IssueOfTwoTasks, &task.file, issue.span, message)
                .label(file, span, "first named here")
                .help("its state can be shown for one task alone: remove one of the two");
            diagnostics.push(diagnostic);
        }
    }
}

/// The first entry that fits counts.
fn labels(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first = HashMap::new();
    for (project, tasks) in context.issue_tasks() {
        let label = &tasks.value.label;
        let span = *first.entry(label.0.to_lowercase()).or_insert(label.span);
        if span != label.span {
            let message = format!("label {} is there twice", literal(&label.0));
            let diagnostic = Diagnostic::new(Issue::RepeatedEntry, &project.file, label.span, message)
                .label(&project.file, span, "first named here")
                .help("the first entry that fits counts: remove one of the two");
            diagnostics.push(diagnostic);
        }
    }
}

/// The number of an issue is that of its task.
fn codes(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (_, tasks) in context.issue_tasks() {
        let prefix = tasks.value.prefix();
        let taken = context.declared.tasks.iter().filter(|task| task.value.code.prefix() == prefix);
        for task in taken {
            let code = &task.value.code;
            let message = format!("{} would be the code of issue {}", literal(code.as_str()), code.number());
            let diagnostic = Diagnostic::new(Issue::IssueOfTwoTasks, &task.file, code.span, message).help(
                "give the task another prefix, or let issues have one of their own: `prefix:` in `orch.yaml`",
            );
            diagnostics.push(diagnostic);
        }
    }
}
