//! Variables that decide what a command runs are nothing for values from outside, and those of `orch` nothing
//! for anybody else.

use std::sync::Arc;

use crate::check::raw::RawEnv;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::expr::{Sink, Template};
use crate::load::Spanned;

use super::Context;

/// What holds values that somebody else wrote.
const OUTSIDE: [&str; 7] = ["event", "inputs", "item", "steps", "values", "tasks", "failure"];

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let of_steps = view.steps.iter().flat_map(|step| {
            let keys = &step.raw.value.keys;
            let rollback = keys.rollback.as_ref().and_then(|rollback| rollback.value.keys.env.as_ref());
            keys.env.as_ref().into_iter().chain(rollback)
        });
        for env in view.item.value.raw.env.as_ref().into_iter().chain(of_steps) {
            judge(view.file(), env, diagnostics);
        }
    }
}

fn judge(file: &Arc<str>, env: &Spanned<RawEnv>, diagnostics: &mut Diagnostics) {
    for (name, value) in env.iter() {
        let mut report = |span: Span, message: String, help: &str| {
            diagnostics.push(Diagnostic::new(Issue::RiskyVariable, file, span, message).help(help));
        };
        let name = name.as_str();
        if name.starts_with("ORCH_") {
            let message = format!("variable {} is set by `orch` itself", literal(name));
            report(value.span, message, "give it another name");
        } else if decides(name)
            && let Some(root) = from_outside(&value.value.0)
        {
            let message =
                format!("variable {} decides what is run, and its value holds `{root}`", literal(name));
            report(value.span, message, "write its value out, or give it another name");
        }
    }
}

/// Whether a variable changes which programs or libraries a command runs.
fn decides(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "PATH",
        "BASH_ENV",
        "ENV",
        "IFS",
        "SHELLOPTS",
        "BASHOPTS",
        "PS4",
        "PROMPT_COMMAND",
        "NODE_OPTIONS",
        "RUBYOPT",
        "EDITOR",
        "PAGER",
    ];
    const BEGINNINGS: [&str; 5] = ["LD_", "DYLD_", "PYTHON", "PERL5", "GIT_"];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|begin| name.starts_with(begin))
}

/// The root of the first expression that gives a value from outside.
fn from_outside(value: &str) -> Option<&'static str> {
    let template = Template::parse(value, Sink::Plain).ok()?;
    let references = template.references();
    let roots = references.iter().filter_map(|reference| reference.path.first());
    roots.into_iter().find_map(|root| OUTSIDE.iter().copied().find(|outside| root == outside))
}
