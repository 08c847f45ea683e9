//! Cycles in what tasks wait for.

use rustc_hash::FxHashSet;

use crate::model::Code;

/// The shortest way back to `start` through `depends_on`, as `A → B → A`; nothing if there is none.
pub(super) fn cycle<'a, D>(start: &Code, depends_on: D) -> Option<Vec<Code>>
where
    D: Fn(&Code) -> Option<&'a [Code]>,
{
    let mut seen = FxHashSet::default();
    // Breadth first, each step with the step it came from.
    let mut steps: Vec<(Code, usize)> = vec![(start.clone(), 0)];
    let mut next = 0;
    while next < steps.len() {
        for dependency in depends_on(&steps[next].0).unwrap_or_default() {
            if dependency == start {
                return Some(path(&steps, next, start));
            }
            if seen.insert(dependency.clone()) {
                steps.push((dependency.clone(), next));
            }
        }
        next += 1;
    }
    None
}

fn path(steps: &[(Code, usize)], mut at: usize, start: &Code) -> Vec<Code> {
    let mut path = vec![start.clone()];
    while at != 0 {
        path.push(steps[at].0.clone());
        at = steps[at].1;
    }
    path.push(start.clone());
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_shortest_way_round() {
        let code = |text: &str| text.parse::<Code>().unwrap();
        let graph = [
            (code("A-1"), vec![code("B-1"), code("C-1")]),
            (code("B-1"), vec![code("C-1")]),
            (code("C-1"), vec![code("A-1")]),
        ];
        let edges = |of: &Code| graph.iter().find(|(from, _)| from == of).map(|(_, to)| to.as_slice());
        let path = cycle(&code("A-1"), edges).unwrap();
        assert_eq!(path.iter().map(Code::as_str).collect::<Vec<_>>(), ["A-1", "C-1", "A-1"]);
        assert_eq!(cycle(&code("A-2"), edges), None);
    }
}
