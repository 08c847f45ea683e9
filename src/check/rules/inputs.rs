//! Inputs whose default is not what they take, and choices without a choice.

use std::sync::Arc;

use serde_json::Value;

use crate::check::raw::{RawInput, RawInputKind};
use crate::diag::{Diagnostic, Diagnostics, Issue, did_you_mean, literal};
use crate::load::Spanned;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for (name, input) in view.item.value.raw.inputs.iter().flat_map(|inputs| inputs.iter()) {
            diagnostics.extend(judge(view.file(), name, input));
        }
    }
}

fn judge(file: &Arc<str>, name: &str, input: &Spanned<RawInput>) -> Option<Diagnostic> {
    let kind = input.kind.unwrap_or_default();
    let name = literal(name);
    let problem = |span, message: String| Diagnostic::new(Issue::InvalidInput, file, span, message);
    match (&input.choices, kind) {
        (None, RawInputKind::Choice) => {
            let message = format!("input {name} is a choice, but does not say of what");
            return Some(problem(input.span, message).help("add `choices: [one, another]`"));
        }
        (Some(choices), kind) if kind != RawInputKind::Choice => {
            let message = format!("input {name} has choices, but is no choice");
            return Some(problem(choices.span, message).help("add `type: choice`, or remove `choices`"));
        }
        _ => {}
    }
    let default = input.default.as_ref()?;
    if let Some(required) = input.required.as_ref().filter(|required| required.value) {
        let message = format!("input {name} must be given, and has a default nevertheless");
        let diagnostic = problem(default.span, message).label(file, required.span, "must be given");
        return Some(diagnostic.help("remove `required` or `default`"));
    }
    let (fits, what) = match (kind, &default.value.0) {
        (RawInputKind::Text, value) => (value.is_string(), "a text"),
        (RawInputKind::Number, value) => (value.is_number(), "a number"),
        (RawInputKind::Boolean, value) => (value.is_boolean(), "`true` or `false`"),
        (RawInputKind::Choice, Value::String(text)) => {
            let choices = || input.choices.iter().flat_map(|choices| choices.iter().map(|one| &*one.value.0));
            if choices().any(|choice| choice == text) {
                return None;
            }
            let message = format!("{} is not among the choices of input {name}", literal(text));
            let help = did_you_mean(text, choices())
                .unwrap_or_else(|| "add it to `choices`, or choose another default".to_owned());
            return Some(problem(default.span, message).help(help));
        }
        (RawInputKind::Choice, _) => (false, "a text"),
    };
    if fits {
        return None;
    }
    let message = format!("the default of input {name} is not {what}");
    Some(
        problem(default.span, message).help("write a value of that kind, put it in quotes, or change `type`"),
    )
}
