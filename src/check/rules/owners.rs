//! Owners of workflows that look like a slip of the pen. A name that nothing comes near is somebody outside.

use crate::diag::{Diagnostic, Diagnostics, Issue, did_you_mean, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let (agents, roles) = (&context.declared.agent_names, &context.declared.role_names);
    for view in &context.views {
        let Some(owner) = &view.item.value.raw.owner else { continue };
        if agents.has(&owner.value) || roles.has(&owner.value) || is_member(context, &owner.value) {
            continue;
        }
        let Some(help) = did_you_mean(&owner.value, agents.iter().chain(roles.iter())) else { continue };
        let message = format!("owner {} is neither an agent nor a role", literal(&owner.value));
        let diagnostic = Diagnostic::new(Issue::UnknownOwner, view.file(), owner.span, message).help(help);
        diagnostics.push(diagnostic);
    }
}

fn is_member(context: &Context<'_>, name: &str) -> bool {
    let roles = context.declared.roles.iter().flatten();
    roles.flat_map(|role| role.value.members.iter()).any(|member| member.value.0 == *name)
}
