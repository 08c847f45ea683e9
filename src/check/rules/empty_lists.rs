//! Lists that must hold something: candidates, reviewers, stages, conditions.

use std::sync::Arc;

use crate::check::raw::RawMatch;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::load::{OneOrMany, Spanned};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let mut report = |file: &Arc<str>, span: Span, issue: Issue, message: String, help: &str| {
        diagnostics.push(Diagnostic::new(issue, file, span, message).help(help));
    };
    for route in &declared.routes {
        if route.value.to.iter().next().is_none() {
            let message = format!("route {} has no candidates", literal(&route.value.name.value));
            report(&route.file, route.value.to.span, Issue::EmptyList, message, "name at least one agent");
        }
    }
    for one in &declared.types {
        if one.value.reviewers.iter().next().is_none() {
            let message = format!("review type {} has no reviewers", literal(&one.value.name.value));
            report(
                &one.file,
                one.value.reviewers.span,
                Issue::NoReviewers,
                message,
                "name at least one agent",
            );
        }
    }
    for tier in &declared.tiers {
        if tier.value.stages.is_empty() {
            let message = format!("tier `{}` has no stages", tier.value.tier.get());
            let help = "name at least one review type, or remove the tier";
            report(&tier.file, tier.value.stages.span, Issue::EmptyList, message, help);
        }
        for stage in tier.value.stages.iter().filter(|stage| stage.iter().next().is_none()) {
            let message = format!("a stage of tier `{}` is empty", tier.value.tier.get());
            let help = "name at least one review type, or remove the stage";
            report(&tier.file, stage.span, Issue::EmptyList, message, help);
        }
    }
    for objective in &declared.objectives {
        if let Some(review) = objective.value.review.as_ref().filter(|review| is_empty(review)) {
            let message = "no review type is named".to_owned();
            report(
                &objective.file,
                review.span,
                Issue::EmptyList,
                message,
                "remove the key for all review types",
            );
        }
        for level in objective.value.escalate.iter().filter(|level| is_empty(&level.to)) {
            let message = "nobody is escalated to".to_owned();
            report(&objective.file, level.to.span, Issue::EmptyList, message, "name at least one agent");
        }
    }
    let routes = declared.routes.iter().map(|item| (&item.file, &item.value.matching));
    let required = declared.required.iter().map(|item| (&item.file, &item.value.matching));
    let objectives = declared.objectives.iter().map(|item| (&item.file, &item.value.matching));
    for (file, matching) in routes.chain(required).chain(objectives) {
        for span in matching.iter().flat_map(empty_conditions) {
            let message = "condition lists nothing".to_owned();
            report(file, span, Issue::EmptyList, message, "list what is to match, or remove the key");
        }
    }
}

fn is_empty<T>(list: &OneOrMany<T>) -> bool {
    list.0.is_empty()
}

fn empty_conditions(matching: &RawMatch) -> Vec<Span> {
    fn empty<T>(list: Option<&Spanned<OneOrMany<T>>>) -> Option<Span> {
        list.filter(|list| list.0.is_empty()).map(|list| list.span)
    }
    let spans = [
        empty(matching.types.as_ref()),
        empty(matching.content_types.as_ref()),
        empty(matching.labels.as_ref()),
        empty(matching.priorities.as_ref()),
        empty(matching.tiers.as_ref()),
    ];
    spans.into_iter().flatten().collect()
}
