//! Roles that approvals name must be declared, and be allowed to approve; members of roles must be such that
//! somebody can be them, and what roles are limited to must exist.

use std::sync::Arc;

use crate::check::declared::Item;
use crate::check::raw::{RawApproval, RawRole};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::{Kind, ShortOr};
use crate::model::{Actor, Right};

use super::Context;
use super::context::{Reference, unknown};

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for role in context.declared.roles.iter().flatten() {
        members(role, diagnostics);
        limits(context, role, diagnostics);
    }
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

fn members(role: &Item<RawRole>, diagnostics: &mut Diagnostics) {
    for member in role.value.members.iter() {
        let account = member.value.strip_prefix(Actor::GITHUB);
        let is_number = |id: &str| id.parse::<u64>().is_ok_and(|number| number.to_string() == id);
        let message = match account {
            Some(id) if is_number(id) => continue,
            Some(_) => format!("{} names no account of GitHub", literal(&member.value)),
            None if role.value.verified == Some(true) => {
                format!("nobody can vouch for {}, and the role asks for that", literal(&member.value))
            }
            None => continue,
        };
        let diagnostic = Diagnostic::new(Issue::NobodyByThatName, &role.file, member.span, message)
            .help("write `github:` and the number of the account; `gh api users/LOGIN --jq .id` tells it");
        diagnostics.push(diagnostic);
    }
}

/// Workflows that a role is limited to must exist; a pattern may wait for one.
fn limits(context: &Context<'_>, role: &Item<RawRole>, diagnostics: &mut Diagnostics) {
    let reference = Reference { issue: Issue::UnknownWorkflow, what: "workflow", kind: Kind::Workflows };
    let names = &context.declared.workflow_names;
    let limits = role.value.on.as_ref().and_then(|on| on.workflows.as_ref());
    for name in limits.iter().flat_map(|names| names.iter()).filter(|name| !name.value.contains('*')) {
        diagnostics.extend(unknown(reference, names, &name.value, &role.file, name.span));
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
