//! A review type whose only reviewer is also the only one to do the tasks that need it. Nobody
//! reviews their own work, so such tasks wait for ever.

use crate::check::build::task_match;
use crate::check::declared::Item;
use crate::check::raw::{RawName, RawReviewType, RawRoute};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::{OneOrMany, Spanned};
use crate::model::TaskMatch;

use super::Context;
use super::context::uses;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for one in &context.declared.types {
        let Some(reviewer) = only(&one.value.reviewers) else { continue };
        let routes = context.declared.routes.iter().filter(|route| {
            only(&route.value.to).is_some_and(|author| author.value == reviewer.value)
                && needs(context, route, one)
        });
        let Some(route) = routes.into_iter().next() else { continue };
        let message = format!(
            "{} is the only reviewer of {}, and the only candidate of route {} whose tasks need it",
            literal(reviewer),
            literal(&one.value.name.value),
            literal(&route.value.name.value)
        );
        let diagnostic = Diagnostic::new(Issue::OnlyReviewerIsAuthor, &one.file, reviewer.span, message)
            .label(&route.file, route.value.to.span, "nobody else does these tasks")
            .help("add a second reviewer; nobody reviews their own work");
        diagnostics.push(diagnostic);
    }
}

fn only(list: &OneOrMany<Spanned<RawName>>) -> Option<&Spanned<RawName>> {
    match list.0.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Whether a task of the route may be reviewed by a tier that asks for the type.
fn needs(context: &Context<'_>, route: &Item<RawRoute>, one: &Item<RawReviewType>) -> bool {
    let routed = task_match(route.value.matching.as_ref());
    context.declared.required.iter().any(|requirement| {
        let required = task_match(requirement.value.matching.as_ref());
        let tiers = match (required.tiers.as_slice(), routed.tiers.as_slice()) {
            ([], []) => vec![requirement.value.default_tier.byte()],
            ([], tiers) | (tiers, _) => tiers.to_vec(),
        };
        let mut tiers = tiers.iter().filter_map(|number| context.tier(*number));
        overlap(&routed, &required) && tiers.any(|tier| uses(&tier.value, &one.value.name.value))
    })
}

/// Whether some task meets the conditions of both.
fn overlap(a: &TaskMatch, b: &TaskMatch) -> bool {
    fn share<T: PartialEq>(a: &[T], b: &[T]) -> bool {
        a.is_empty() || b.is_empty() || a.iter().any(|value| b.contains(value))
    }
    share(&a.types, &b.types)
        && share(&a.content_types, &b.content_types)
        && share(&a.priorities, &b.priorities)
        && share(&a.tiers, &b.tiers)
}
