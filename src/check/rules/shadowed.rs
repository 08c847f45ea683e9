//! Routes, objectives and review requirements are tried in order: one that comes after others
//! which take all it would take never has a turn.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::build::{names, task_match};
use crate::check::raw::RawSubject;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::model::{Name, Priority, TaskMatch};

use super::Context;

/// More kinds of tasks than this are not looked at one by one.
const MAX_CASES: usize = 1000;
/// Nor are more pairs than this compared in a list.
const MAX_COMPARISONS: usize = 5_000_000;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let routes = declared.routes.iter().map(|item| Candidate {
        file: &item.file,
        span: item.value.name.span,
        name: Some(format!("route {}", literal(&item.value.name.value))),
        shape: Shape {
            subject: None,
            reviews: Vec::new(),
            matching: task_match(item.value.matching.as_ref()),
        },
    });
    report(&routes.collect::<Vec<_>>(), Issue::RouteNeverMatches, diagnostics);
    let objectives = declared.objectives.iter().map(|item| Candidate {
        file: &item.file,
        span: item.value.name.span,
        name: Some(format!("objective {}", literal(&item.value.name.value))),
        shape: Shape {
            subject: Some(item.value.subject),
            reviews: item.value.review.as_ref().map(|review| names(review)).unwrap_or_default(),
            matching: task_match(item.value.matching.as_ref()),
        },
    });
    report(&objectives.collect::<Vec<_>>(), Issue::ObjectiveNeverMatches, diagnostics);
    let required = declared.required.iter().map(|item| Candidate {
        file: &item.file,
        span: item.span,
        name: None,
        shape: Shape {
            subject: None,
            reviews: Vec::new(),
            matching: task_match(item.value.matching.as_ref()),
        },
    });
    report(&required.collect::<Vec<_>>(), Issue::RequirementNeverMatches, diagnostics);
}

struct Candidate<'a> {
    file: &'a Arc<str>,
    span: Span,
    /// What it is called; requirements have no names.
    name: Option<String>,
    shape: Shape,
}

/// What something takes.
#[derive(Clone)]
struct Shape {
    subject: Option<RawSubject>,
    reviews: Vec<Name>,
    matching: TaskMatch,
}

impl Shape {
    fn covers(&self, other: &Self) -> bool {
        let reviews = self.reviews.is_empty()
            || (!other.reviews.is_empty() && other.reviews.iter().all(|name| self.reviews.contains(name)));
        self.subject == other.subject && reviews && self.matching.covers(&other.matching)
    }

    /// The shape cut into pieces that have at most one value in each list; together they take the
    /// same. Only itself if there would be too many.
    fn cases(&self) -> Vec<Self> {
        let lists = &self.matching;
        let priorities = if lists.priorities.is_empty() { &Priority::ALL[..] } else { &lists.priorities };
        let count = [lists.types.len(), lists.content_types.len(), lists.tiers.len(), self.reviews.len()]
            .into_iter()
            .fold(priorities.len(), |count, length| count.saturating_mul(length.max(1)));
        if count > MAX_CASES {
            return vec![self.clone()];
        }
        let mut cases = vec![self.clone()];
        cases = split(cases, &lists.types, |case, one| case.matching.types = one);
        cases = split(cases, &lists.content_types, |case, one| case.matching.content_types = one);
        cases = split(cases, &lists.tiers, |case, one| case.matching.tiers = one);
        cases = split(cases, &self.reviews, |case, one| case.reviews = one);
        split(cases, priorities, |case, one| case.matching.priorities = one)
    }
}

fn split<T: Clone>(cases: Vec<Shape>, values: &[T], set: impl Fn(&mut Shape, Vec<T>)) -> Vec<Shape> {
    if values.is_empty() {
        return cases;
    }
    let narrowed = |case: &Shape, value: &T| {
        let mut case = case.clone();
        set(&mut case, vec![value.clone()]);
        case
    };
    cases.iter().flat_map(|case| values.iter().map(move |value| narrowed(case, value))).collect()
}

fn report(candidates: &[Candidate<'_>], issue: Issue, diagnostics: &mut Diagnostics) {
    let mut earlier = Earlier::default();
    for (index, candidate) in candidates.iter().enumerate() {
        if let Some(takers) = earlier.takers(candidates, &candidate.shape) {
            diagnostics.push(never(candidate, &takers, issue));
        }
        earlier.add(index, &candidate.shape);
    }
}

fn never(candidate: &Candidate<'_>, takers: &[&Candidate<'_>], issue: Issue) -> Diagnostic {
    let name = candidate.name.as_deref().unwrap_or("requirement");
    let message = match takers {
        [only] => {
            let taker = only.name.as_deref().unwrap_or("an earlier one");
            format!("{name} never has a turn: {taker} takes all it would")
        }
        _ => format!("{name} never has a turn: earlier ones together take all it would"),
    };
    let diagnostic = Diagnostic::new(issue, candidate.file, candidate.span, message)
        .help("put the narrower before the wider, or remove it");
    takers
        .iter()
        .fold(diagnostic, |diagnostic, taker| diagnostic.label(taker.file, taker.span, "comes first"))
}

/// Those that were tried before, by each task type that they name: what takes a type must name it,
/// or name none at all.
struct Earlier {
    by_type: HashMap<Option<Name>, Vec<usize>>,
    /// How many more comparisons to make in all. Nobody writes thousands of routes that differ in
    /// nothing but labels, and a file of them must not stop everything else.
    left: usize,
}

impl Default for Earlier {
    fn default() -> Self {
        Self { by_type: HashMap::new(), left: MAX_COMPARISONS }
    }
}

impl Earlier {
    fn add(&mut self, index: usize, shape: &Shape) {
        let types = &shape.matching.types;
        if types.is_empty() {
            self.by_type.entry(None).or_default().push(index);
        }
        for name in types {
            self.by_type.entry(Some(name.clone())).or_default().push(index);
        }
    }

    /// Those that leave nothing of a shape, if they do.
    fn takers<'a, 'f>(
        &mut self,
        candidates: &'a [Candidate<'f>],
        shape: &Shape,
    ) -> Option<Vec<&'a Candidate<'f>>> {
        if let Some(one) = self.taker(candidates, shape) {
            return Some(vec![&candidates[one]]);
        }
        let cases = shape.cases();
        let mut takers: Vec<usize> =
            cases.iter().map(|case| self.taker(candidates, case)).collect::<Option<_>>()?;
        takers.sort_unstable();
        takers.dedup();
        Some(takers.into_iter().map(|taker| &candidates[taker]).collect())
    }

    /// The first that takes all of a shape.
    fn taker(&mut self, candidates: &[Candidate<'_>], shape: &Shape) -> Option<usize> {
        let named = shape.matching.types.first().and_then(|name| self.by_type.get(&Some(name.clone())));
        let any = self.by_type.get(&None);
        let mut indices: Vec<usize> = named.into_iter().chain(any).flatten().copied().collect();
        indices.sort_unstable();
        self.left = self.left.saturating_sub(indices.len());
        let is_tired = self.left == 0;
        indices.into_iter().find(|index| !is_tired && candidates[*index].shape.covers(shape))
    }
}
