//! A rating needs a lowest value below its highest.

use crate::diag::{Diagnostic, Diagnostics, Issue};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for one in &context.declared.types {
        let Some(rating) = &one.value.rating else { continue };
        let (min, max) = (rating.min.get(), rating.max.get());
        if min >= max {
            let message = format!("lowest rating `{min}` is not below the highest, `{max}`");
            let diagnostic = Diagnostic::new(Issue::RatingRange, &one.file, rating.span, message)
                .help("write the lower number at `min`, such as `min: 1` and `max: 5`");
            diagnostics.push(diagnostic);
        }
    }
}
