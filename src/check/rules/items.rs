//! Lists to go through that are longer than they may be.

use crate::check::raw::RawItems;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::{ShortOr, Spanned};

use super::Context;

/// What holds without `limit`.
const LIMIT: u32 = 1000;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for step in &view.steps {
            let Some(for_each) = &step.raw.keys.for_each else { continue };
            let (items, limit): (&Spanned<RawItems>, u32) = match &for_each.value {
                ShortOr::Short(items) => (items, LIMIT),
                ShortOr::Long(long) => (&long.items, long.limit.as_ref().map_or(LIMIT, |limit| limit.get())),
            };
            let Some(list) = items.value.0.as_array() else { continue };
            let id = literal(&step.id);
            if list.is_empty() {
                let message = format!("step {id} goes through an empty list");
                let diagnostic = Diagnostic::new(Issue::EmptyList, view.file(), items.span, message)
                    .help("list what it is to be done for, or remove the step");
                diagnostics.push(diagnostic);
            } else if list.len() > limit as usize {
                let message =
                    format!("step {id} goes through {} items, more than the limit of {limit}", list.len());
                let diagnostic = Diagnostic::new(Issue::TooManyItems, view.file(), items.span, message)
                    .help("raise `limit` in `for_each: { items: …, limit: … }`, or shorten the list");
                diagnostics.push(diagnostic);
            }
        }
    }
}
