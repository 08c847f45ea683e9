//! Steps that wait for each other in a circle never start.

use crate::check::flow::View;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;
use super::graph::{Edge, cycles, shown};

/// Paths longer than this are shown in part.
const SHOWN: usize = 20;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        if view.steps.iter().any(|step| !step.needs.is_empty()) {
            diagnostics.extend(cycles(&edges(view)).iter().map(|cycle| diagnostic(view, cycle)));
        }
    }
}

fn edges(view: &View<'_>) -> Vec<Vec<Edge>> {
    let needs = view.steps.iter().map(|step| &step.needs);
    needs
        .map(|needs| needs.iter().filter_map(|need| Some(Edge { to: need.to?, span: need.span })).collect())
        .collect()
}

fn diagnostic(view: &View<'_>, cycle: &[(usize, Edge)]) -> Diagnostic {
    let id = |at: usize| literal(&view.steps[at].id);
    let message = match cycle {
        [(at, _)] => format!("step {} waits for itself", id(*at)),
        _ => format!("steps wait for each other: {}", shown(cycle, SHOWN, id)),
    };
    let diagnostic = Diagnostic::new(Issue::StepCycle, view.file(), cycle[0].1.span, message)
        .help("remove one of these from `needs` or `after`");
    cycle.iter().skip(1).take(SHOWN).fold(diagnostic, |diagnostic, (at, edge)| {
        let text = format!("{} waits for {}", id(*at), id(edge.to));
        diagnostic.label(view.file(), edge.span, text)
    })
}
