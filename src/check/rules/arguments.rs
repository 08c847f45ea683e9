//! Arguments of built-in actions, as each action takes them.

use crate::check::flow::View;
use crate::check::raw::RawCall;
use crate::check::violations::of_action;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::{Node, Value};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for step in &view.steps {
            if step.raw.calls.is_empty() && step.raw.keys.rollback.is_none() {
                continue;
            }
            let Some(node) = view.node(step) else { continue };
            step.raw.calls.iter().for_each(|call| check(view, call, node, diagnostics));
            let (Some(rollback), Some(node)) = (&step.raw.keys.rollback, node.get("rollback")) else {
                continue;
            };
            rollback.calls.iter().for_each(|call| check(view, call, node, diagnostics));
        }
    }
}

/// The action reads its arguments; only if it refuses them, its schema finds all that is wrong.
fn check(view: &View<'_>, call: &RawCall, node: &Node, diagnostics: &mut Diagnostics) {
    let (action, json) = (call.action, &call.args.value.0);
    let Err(error) = action.check(json) else { return };
    let Some(args) = node.get(action.name()) else { return };
    let mut is_told = false;
    for violation in of_action(action, json) {
        is_told |= is_same_place(&violation.path, &error.path);
        let span = match args.at(&violation.path) {
            Some((Some(key), _)) if violation.at_key => key,
            Some((Some(key), Node { value: Value::Null, .. })) => key,
            Some((_, node)) => node.span,
            None => args.span,
        };
        let diagnostic =
            Diagnostic::new(violation.issue, view.file(), span, violation.message).maybe_help(violation.help);
        diagnostics.push(diagnostic);
    }
    // What no schema can say, or says in other words than people use.
    if !is_told {
        let span = args.at(&error.path).map_or(args.span, |(_, node)| node.span);
        let message = format!("{} does not take this: {}", literal(action.name()), error.message);
        let help = format!("`orch workflow actions {}` tells what it takes", action.name());
        diagnostics.push(Diagnostic::new(Issue::WrongArgument, view.file(), span, message).help(help));
    }
}

/// Whether two paths lead to the same value, or one into that of the other. The whole is no place
/// in this sense: several things may be wrong with it.
fn is_same_place(one: &[String], other: &[String]) -> bool {
    let common = one.len().min(other.len());
    one[..common] == other[..common] && (common > 0 || one.len() == other.len())
}
