//! Tasks that wait for each other in a circle never start.

use std::collections::HashMap;

use crate::check::declared::Item;
use crate::check::raw::RawTask;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::model::Code;

use super::Context;
use super::graph::{Edge, cycles, shown};

/// Paths longer than this are shown in part.
const SHOWN: usize = 20;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let tasks = &context.declared.tasks;
    for cycle in cycles(&edges(tasks)) {
        diagnostics.push(diagnostic(tasks, &cycle));
    }
}

fn edges(tasks: &[Item<RawTask>]) -> Vec<Vec<Edge>> {
    let mut index: HashMap<&Code, usize> = HashMap::new();
    for (at, task) in tasks.iter().enumerate() {
        index.entry(&task.value.code.value).or_insert(at);
    }
    let edges_of = |task: &Item<RawTask>| {
        let codes = task.value.depends_on.iter().flat_map(|codes| codes.iter());
        codes.filter_map(|code| Some(Edge { to: *index.get(&code.value)?, span: code.span })).collect()
    };
    tasks.iter().map(edges_of).collect()
}

fn diagnostic(tasks: &[Item<RawTask>], cycle: &[(usize, Edge)]) -> Diagnostic {
    let code = |at: usize| literal(tasks[at].value.code.as_str());
    let message = match cycle {
        [(at, _)] => format!("{} waits for itself", code(*at)),
        _ => format!("tasks wait for each other: {}", shown(cycle, SHOWN, code)),
    };
    let (first, edge) = cycle[0];
    let diagnostic = Diagnostic::new(Issue::DependencyCycle, &tasks[first].file, edge.span, message)
        .help("remove one of these dependencies");
    cycle.iter().skip(1).take(SHOWN).fold(diagnostic, |diagnostic, (at, edge)| {
        let text = format!("{} waits for {}", code(*at), code(edge.to));
        diagnostic.label(&tasks[*at].file, edge.span, text)
    })
}
