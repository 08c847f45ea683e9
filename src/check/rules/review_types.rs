//! Review types that stages and objectives name must be declared.

use crate::diag::{Diagnostics, Issue};
use crate::load::Kind;

use super::Context;
use super::context::{Reference, unknown};

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let reference = Reference { issue: Issue::UnknownReviewType, what: "review type", kind: Kind::Reviews };
    for tier in &declared.tiers {
        for name in tier.value.stages.iter().flat_map(|stage| stage.iter()) {
            diagnostics.extend(unknown(reference, &declared.type_names, name, &tier.file, name.span));
        }
    }
    for objective in &declared.objectives {
        for name in objective.value.review.iter().flat_map(|review| review.iter()) {
            diagnostics.extend(unknown(reference, &declared.type_names, name, &objective.file, name.span));
        }
    }
}
