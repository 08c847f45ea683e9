//! A route, or the fallback, whose only agents may hold no task at all.

use crate::check::declared::Item;
use crate::check::raw::{RawAgent, RawName};
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for route in &context.declared.routes {
        let full: Option<Vec<_>> = route.value.to.iter().map(|name| without_room(context, name)).collect();
        let Some(full) = full.filter(|full| !full.is_empty()) else { continue };
        let name = literal(&route.value.name.value);
        let message = match full.as_slice() {
            [(agent, _)] => {
                let agent = literal(&agent.value.name.value);
                format!("route {name} gives tasks to {agent} alone, who may hold none")
            }
            _ => format!("no candidate of route {name} may hold a task"),
        };
        report(
            Diagnostic::new(Issue::NoCapacity, &route.file, route.value.to.span, message),
            &full,
            diagnostics,
        );
    }
    let Some(fallback) = &context.declared.fallback else { return };
    if let Some(full) = without_room(context, &fallback.value) {
        let message = format!("fallback {} may hold no task", literal(&fallback.value));
        let diagnostic = Diagnostic::new(Issue::NoCapacity, &fallback.file, fallback.span, message);
        report(diagnostic, &[full], diagnostics);
    }
}

fn report(diagnostic: Diagnostic, full: &[(&Item<RawAgent>, Span)], diagnostics: &mut Diagnostics) {
    let labelled = full.iter().fold(diagnostic, |diagnostic, (agent, span)| {
        diagnostic.label(&agent.file, *span, "no room for any task")
    });
    diagnostics.push(labelled.help("raise `max_active`, or name another agent"));
}

/// An agent with `max_active: 0`, and where that is written.
fn without_room<'a>(context: &'a Context<'_>, name: &RawName) -> Option<(&'a Item<RawAgent>, Span)> {
    let agent = context.agent(name)?;
    let most = agent.value.max_active.as_ref()?;
    (most.get() == 0).then_some((agent, most.span))
}
