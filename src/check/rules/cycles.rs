//! Tasks that wait for each other in a circle never start.

use std::collections::HashMap;

use crate::check::declared::Item;
use crate::check::raw::RawTask;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::model::Code;

use super::Context;

/// Paths longer than this are shown in part.
const SHOWN: usize = 20;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let graph = Graph::new(&context.declared.tasks);
    for cycle in graph.cycles() {
        diagnostics.push(graph.diagnostic(&cycle));
    }
}

/// One task waits for another; where that is written.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: usize,
    span: Span,
}

struct Graph<'a> {
    tasks: &'a [Item<RawTask>],
    edges: Vec<Vec<Edge>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the path that is being walked.
    Open,
    Done,
    /// Part of a cycle that was found.
    Found,
}

impl<'a> Graph<'a> {
    fn new(tasks: &'a [Item<RawTask>]) -> Self {
        let mut index: HashMap<&Code, usize> = HashMap::new();
        for (at, task) in tasks.iter().enumerate() {
            index.entry(&task.value.code.value).or_insert(at);
        }
        let edges_of = |task: &Item<RawTask>| {
            let codes = task.value.depends_on.iter().flat_map(|codes| codes.iter());
            codes.filter_map(|code| Some(Edge { to: *index.get(&code.value)?, span: code.span })).collect()
        };
        Self { tasks, edges: tasks.iter().map(edges_of).collect() }
    }

    /// Cycles without a task in common, each as the tasks on it with their edge to the next.
    ///
    /// A depth-first walk with a stack of its own: a chain of tasks may be long.
    fn cycles(&self) -> Vec<Vec<(usize, Edge)>> {
        let mut marks = vec![Mark::New; self.tasks.len()];
        let mut cycles = Vec::new();
        for start in 0..self.tasks.len() {
            if marks[start] != Mark::New {
                continue;
            }
            marks[start] = Mark::Open;
            let mut path = vec![(start, 0)];
            while let Some((at, next)) = path.last_mut() {
                let (at, edge) = (*at, self.edges[*at].get(*next).copied());
                *next += 1;
                match edge {
                    None => {
                        path.pop();
                        if marks[at] == Mark::Open {
                            marks[at] = Mark::Done;
                        }
                    }
                    Some(edge) if marks[edge.to] == Mark::New => {
                        marks[edge.to] = Mark::Open;
                        path.push((edge.to, 0));
                    }
                    Some(edge) if marks[edge.to] == Mark::Open && marks[at] == Mark::Open => {
                        cycles.push(self.close(&path, edge.to, &mut marks));
                    }
                    Some(_) => {}
                }
            }
        }
        cycles
    }

    /// The part of the path from `first` on, which leads back to it.
    fn close(&self, path: &[(usize, usize)], first: usize, marks: &mut [Mark]) -> Vec<(usize, Edge)> {
        let begin = path.iter().rposition(|(at, _)| *at == first).unwrap_or_default();
        let cycle: Vec<(usize, Edge)> =
            path[begin..].iter().map(|(at, next)| (*at, self.edges[*at][next - 1])).collect();
        for (at, _) in &cycle {
            marks[*at] = Mark::Found;
        }
        cycle
    }

    fn diagnostic(&self, cycle: &[(usize, Edge)]) -> Diagnostic {
        let code = |at: usize| literal(self.tasks[at].value.code.as_str());
        let mut path: Vec<String> = cycle.iter().take(SHOWN).map(|(at, _)| code(*at)).collect();
        if cycle.len() > SHOWN {
            path.push(format!("{} more", cycle.len() - SHOWN));
        }
        path.push(code(cycle[0].0));
        let message = match cycle {
            [(at, _)] => format!("{} waits for itself", code(*at)),
            _ => format!("tasks wait for each other: {}", path.join(" → ")),
        };
        let (first, edge) = cycle[0];
        let file = &self.tasks[first].file;
        let diagnostic = Diagnostic::new(Issue::DependencyCycle, file, edge.span, message)
            .help("remove one of these dependencies");
        cycle.iter().skip(1).take(SHOWN).fold(diagnostic, |diagnostic, (at, edge)| {
            let text = format!("{} waits for {}", code(*at), code(edge.to));
            diagnostic.label(&self.tasks[*at].file, edge.span, text)
        })
    }
}
