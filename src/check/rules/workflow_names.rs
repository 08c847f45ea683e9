//! Workflows have names of their own, and those that triggers, freezes and steps name must exist.

use crate::check::raw::RawName;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::load::{Kind, ShortOr};

use super::Context;
use super::context::{Reference, unknown};

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let reference = Reference { issue: Issue::UnknownWorkflow, what: "workflow", kind: Kind::Workflows };
    let names = &declared.workflow_names;
    for view in &context.views {
        let id = &view.item.value.id;
        if view.item.value.activates.is_none() && !RawName::accepts(id) {
            let message =
                format!("{} is not a name in kebab-case, and the file's name is the workflow's", literal(id));
            let diagnostic = Diagnostic::new(Issue::NotAName, view.file(), Span::default(), message).help(
                "rename the file; use small letters, digits and single dashes, such as `clean-logs.yaml`",
            );
            diagnostics.push(diagnostic);
        }
        for trigger in view.item.value.raw.on.iter().filter_map(|trigger| trigger.long()) {
            let Some(ShortOr::Long(events)) = trigger.event.as_ref().map(|event| &event.value) else {
                continue;
            };
            for name in events.workflows.iter().flat_map(|workflows| workflows.iter()) {
                diagnostics.extend(unknown(reference, names, name, view.file(), name.span));
            }
        }
        for (text, span) in view.literals("workflow.run", "workflow") {
            diagnostics.extend(unknown(reference, names, text, view.file(), span));
        }
    }
    let Some(project) = &declared.project else { return };
    for freeze in &project.value.freezes {
        for name in freeze.workflows.iter().flat_map(|workflows| workflows.iter()) {
            diagnostics.extend(unknown(reference, names, name, &project.file, name.span));
        }
    }
}
