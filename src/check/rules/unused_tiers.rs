//! A task that names a review tier although nothing says that it must be reviewed.

use crate::check::build::{new_task, task_match};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    if declared.is_partial {
        return;
    }
    let required: Vec<_> =
        declared.required.iter().map(|item| task_match(item.value.matching.as_ref())).collect();
    for task in &declared.tasks {
        let Some(tier) = &task.value.tier else { continue };
        let Some(spec) = new_task(&task.value, &task.file) else { continue };
        if required.iter().any(|requirement| requirement.matches_new(&spec)) {
            continue;
        }
        let code = literal(task.value.code.as_str());
        let message = format!("tier has no effect: nothing requires that {code} is reviewed");
        let diagnostic = Diagnostic::new(Issue::TierWithoutReview, &task.file, tier.span, message)
            .help("add an entry for such tasks under `required:` in `reviews.yaml`, or remove the tier");
        diagnostics.push(diagnostic);
    }
}
