//! What expressions name must exist, and be there when they are read.

use crate::check::flow::judge;
use crate::diag::{Diagnostic, Diagnostics};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for written in &view.texts {
            for (reference, range) in written.read.iter().flatten() {
                let Some(finding) = judge(view, written, reference, range) else { continue };
                let span = context.within(view.file(), written.span, written.text, Some(range));
                let diagnostic = Diagnostic::new(finding.issue, view.file(), span, finding.message);
                diagnostics.push(diagnostic.help(finding.help));
            }
        }
    }
}
