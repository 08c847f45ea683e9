//! Workflows that run each other in a circle: none of these runs could ever end, so that the last is refused.

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;
use super::graph::{Edge, cycles, shown};

/// Paths longer than this are shown in part.
const SHOWN: usize = 20;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let edges = edges(context);
    if edges.iter().any(|edges| !edges.is_empty()) {
        diagnostics.extend(cycles(&edges).iter().map(|cycle| diagnostic(context, cycle)));
    }
}

/// Which workflow runs which, as far as steps name them without a template.
fn edges(context: &Context<'_>) -> Vec<Vec<Edge>> {
    let ids: std::collections::HashMap<&str, usize> =
        context.views.iter().enumerate().map(|(at, view)| (view.item.value.id.as_str(), at)).collect();
    let of = context.views.iter().map(|view| view.literals("workflow.run", "workflow"));
    of.map(|named| {
        named.into_iter().filter_map(|(name, span)| Some(Edge { to: *ids.get(name)?, span })).collect()
    })
    .collect()
}

fn diagnostic(context: &Context<'_>, cycle: &[(usize, Edge)]) -> Diagnostic {
    let id = |at: usize| literal(&context.views[at].item.value.id);
    let file = |at: usize| context.views[at].file();
    let message = match cycle {
        [(at, _)] => format!("workflow {} runs itself", id(*at)),
        _ => format!("workflows run each other: {}", shown(cycle, SHOWN, id)),
    };
    let (first, edge) = cycle[0];
    let diagnostic = Diagnostic::new(Issue::StepCycle, file(first), edge.span, message)
        .help("let one of them do without the other, or start it by an event of the other");
    cycle.iter().skip(1).take(SHOWN).fold(diagnostic, |diagnostic, (at, edge)| {
        diagnostic.label(file(*at), edge.span, format!("{} runs {}", id(*at), id(edge.to)))
    })
}
