//! Things that wait for each other, and the circles among them.

use crate::diag::Span;

/// One thing waits for another; where that is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) to: usize,
    pub(super) span: Span,
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

/// Cycles without a thing in common, each as the things on it with their edge to the next.
///
/// A depth-first walk with a stack of its own: a chain may be long.
pub(super) fn cycles(edges: &[Vec<Edge>]) -> Vec<Vec<(usize, Edge)>> {
    let mut marks = vec![Mark::New; edges.len()];
    let mut cycles = Vec::new();
    for start in 0..edges.len() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let (at, edge) = (*at, edges[*at].get(*next).copied());
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
                    cycles.push(close(edges, &path, edge.to, &mut marks));
                }
                Some(_) => {}
            }
        }
    }
    cycles
}

/// The part of the path from `first` on, which leads back to it.
fn close(
    edges: &[Vec<Edge>],
    path: &[(usize, usize)],
    first: usize,
    marks: &mut [Mark],
) -> Vec<(usize, Edge)> {
    let begin = path.iter().rposition(|(at, _)| *at == first).unwrap_or_default();
    let cycle: Vec<(usize, Edge)> =
        path[begin..].iter().map(|(at, next)| (*at, edges[*at][next - 1])).collect();
    for (at, _) in &cycle {
        marks[*at] = Mark::Found;
    }
    cycle
}

/// `a → b → a`; paths longer than `most` are shown in part.
pub(super) fn shown(cycle: &[(usize, Edge)], most: usize, name: impl Fn(usize) -> String) -> String {
    let mut path: Vec<String> = cycle.iter().take(most).map(|(at, _)| name(*at)).collect();
    if cycle.len() > most {
        path.push(format!("{} more", cycle.len() - most));
    }
    path.push(name(cycle[0].0));
    path.join(" → ")
}
