//! Agents that routes, the fallback, review types and escalations name must be declared.

use crate::check::raw::RawName;
use crate::diag::{Diagnostics, Issue};
use crate::load::{Kind, Spanned};

use super::Context;
use super::context::{Reference, unknown};

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let reference = Reference { issue: Issue::UnknownAgent, what: "agent", kind: Kind::Agents };
    let mut check = |file, name: &Spanned<RawName>| {
        diagnostics.extend(unknown(reference, &declared.agent_names, name, file, name.span));
    };
    for route in &declared.routes {
        route.value.to.iter().for_each(|name| check(&route.file, name));
    }
    for one in &declared.types {
        one.value.reviewers.iter().for_each(|name| check(&one.file, name));
    }
    for objective in &declared.objectives {
        for level in &objective.value.escalate {
            level.to.iter().for_each(|name| check(&objective.file, name));
        }
    }
    if let Some(fallback) = &declared.fallback {
        let unknown =
            unknown(reference, &declared.agent_names, &fallback.value, &fallback.file, fallback.span);
        diagnostics.extend(unknown);
    }
}
