//! Routes, objectives and review requirements are tried in order: one that comes after others
//! which take all it would take never has a turn.

use std::sync::Arc;

use crate::check::build::{names, task_match};
use crate::check::raw::RawSubject;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::model::{Name, Priority, TaskMatch};

use super::Context;

/// More kinds of tasks than this are not looked at one by one.
const MAX_CASES: usize = 1000;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let routes = declared.routes.iter().map(|item| Candidate {
        file: &item.file,
        span: item.value.name.span,
        name: format!("route {}", literal(&item.value.name.value)),
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
        name: format!("objective {}", literal(&item.value.name.value)),
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
        name: "requirement".to_owned(),
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
    name: String,
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
    for (index, candidate) in candidates.iter().enumerate() {
        let earlier = &candidates[..index];
        let Some(takers) = takers(earlier, &candidate.shape) else { continue };
        let message = match takers.as_slice() {
            [only] => {
                format!("{} never has a turn: {} takes all it would", candidate.name, earlier[*only].name)
            }
            _ => format!("{} never has a turn: earlier ones together take all it would", candidate.name),
        };
        let diagnostic = Diagnostic::new(issue, candidate.file, candidate.span, message)
            .help("put the narrower before the wider, or remove it");
        diagnostics.push(takers.iter().fold(diagnostic, |diagnostic, taker| {
            let taker = &earlier[*taker];
            diagnostic.label(taker.file, taker.span, "comes first")
        }));
    }
}

/// Those that leave nothing of a shape, if they do.
fn takers(earlier: &[Candidate<'_>], shape: &Shape) -> Option<Vec<usize>> {
    let taker = |case: &Shape| earlier.iter().position(|candidate| candidate.shape.covers(case));
    if let Some(one) = taker(shape) {
        return Some(vec![one]);
    }
    let mut takers = shape.cases().iter().map(taker).collect::<Option<Vec<usize>>>()?;
    takers.sort_unstable();
    takers.dedup();
    Some(takers)
}
