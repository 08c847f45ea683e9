//! An objective for a review type that no tier it holds for asks for.

use crate::check::raw::{RawName, RawObjective, RawSubject};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;
use super::context::uses;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if context.declared.is_partial {
        return;
    }
    for objective in &context.declared.objectives {
        if objective.value.subject != RawSubject::Review {
            continue;
        }
        for name in objective.value.review.iter().flat_map(|review| review.iter()) {
            let Some(one) = context.review_type(name) else { continue };
            if is_used(context, &objective.value, name) {
                continue;
            }
            let message = match tiers(&objective.value).as_slice() {
                [] => format!("no tier asks for review {}", literal(name)),
                [tier] => format!("tier `{tier}` does not ask for review {}", literal(name)),
                _ => format!("none of these tiers asks for review {}", literal(name)),
            };
            let diagnostic =
                Diagnostic::new(Issue::ObjectiveWithoutReviews, &objective.file, name.span, message)
                    .label(&one.file, one.value.name.span, "declared here")
                    .help("add it to a stage of the tier, or remove it here");
            diagnostics.push(diagnostic);
        }
    }
}

fn is_used(context: &Context<'_>, objective: &RawObjective, name: &RawName) -> bool {
    let tiers = tiers(objective);
    let mut held = context
        .declared
        .tiers
        .iter()
        .filter(|tier| tiers.is_empty() || tiers.contains(&tier.value.tier.get()));
    held.any(|tier| uses(&tier.value, name))
}

fn tiers(objective: &RawObjective) -> Vec<u32> {
    let matching = objective.matching.as_ref().and_then(|matching| matching.tiers.as_ref());
    matching.map(|tiers| tiers.iter().map(|tier| tier.get()).collect()).unwrap_or_default()
}
