//! Roles that approvals name must be declared, and be allowed to approve.

use std::sync::Arc;

use crate::check::raw::RawApproval;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::{Kind, ShortOr};
use crate::model::Right;

use super::Context;
use super::context::{Reference, unknown};

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        if let Some(ShortOr::Long(approval)) =
            view.item.value.raw.approval.as_ref().map(|approval| &approval.value)
        {
            check(context, view.file(), approval, diagnostics);
        }
        for step in &view.steps {
            if let Some(ShortOr::Long(approval)) =
                step.raw.keys.approve.as_ref().map(|approval| &approval.value)
            {
                check(context, view.file(), approval, diagnostics);
            }
        }
    }
}

fn check(context: &Context<'_>, file: &Arc<str>, approval: &RawApproval, diagnostics: &mut Diagnostics) {
    let reference = Reference { issue: Issue::UnknownRole, what: "role", kind: Kind::Roles };
    for name in approval.roles.iter().flat_map(|roles| roles.iter()) {
        diagnostics.extend(unknown(reference, &context.declared.role_names, name, file, name.span));
        let roles = context.declared.roles.iter().flatten();
        let Some(role) = roles
            .filter(|role| role.value.name.value == name.value)
            .find(|role| role.value.may.iter().all(|right| right.value != Right::Approve))
        else {
            continue;
        };
        let message = format!("role {} may not approve", literal(&name.value));
        let diagnostic = Diagnostic::new(Issue::RoleWithoutRight, file, name.span, message)
            .label(&role.file, role.value.may.span, "what it may do")
            .help("add `approve` to what it `may` do, or name another role");
        diagnostics.push(diagnostic);
    }
}
