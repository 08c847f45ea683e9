//! Expressions and templates must be ones, and stand where their values can be quoted.

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for condition in &view.conditions {
            let Err(error) = &condition.expr else { continue };
            let help = error
                .help
                .clone()
                .unwrap_or_else(|| "change the field, the operator or the value".to_owned());
            let diagnostic =
                Diagnostic::new(Issue::NotAnExpression, view.file(), condition.span, error.message.clone());
            diagnostics.push(diagnostic.help(help));
        }
        for written in &view.texts {
            if let Err(error) = &written.read {
                let span = context.within(view.file(), written.span, written.text, error.range.as_ref());
                let help = error.help.clone().unwrap_or_else(|| {
                    "write an expression such as `inputs.count > 3`, in texts between `{{` and `}}`"
                        .to_owned()
                });
                let message = error.message.clone();
                diagnostics
                    .push(Diagnostic::new(Issue::NotAnExpression, view.file(), span, message).help(help));
            } else if let Some(program) = written.unquotable {
                let start = written.text.find('{').unwrap_or_default();
                let range = start..written.text[start..].find('}').map_or(start + 2, |end| start + end + 2);
                let span = context.within(view.file(), written.span, written.text, Some(&range));
                let message = format!("values cannot be quoted in a script for {}", literal(program));
                let diagnostic = Diagnostic::new(Issue::NoQuoting, view.file(), span, message)
                    .help("give the value to the script by `env:`, and read it from the environment there");
                diagnostics.push(diagnostic);
            }
        }
    }
}
