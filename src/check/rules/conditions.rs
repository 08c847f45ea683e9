//! Conditions that never hold, and steps that are never done because of one.

use crate::check::flow::{List, Need, View};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::expr::never_holds;
use crate::model::StepStatus;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let mut never = vec![false; view.steps.len()];
        for condition in &view.conditions {
            let expr = condition.expr.as_ref().ok();
            let Some(why) = expr.and_then(|expr| never_holds(expr, &known)) else { continue };
            if let Some(step) = condition.step {
                never[step] = true;
            }
            let message = format!("the condition never holds: {why}");
            let diagnostic = Diagnostic::new(Issue::NeverHolds, view.file(), condition.span, message)
                .help("change the condition, or remove what depends on it");
            diagnostics.push(diagnostic);
        }
        on_failure(view, diagnostics);
        if never.contains(&true) {
            unreachable(view, &never, diagnostics);
        }
    }
}

/// What a path can give at all.
fn known(path: &[&str]) -> Option<&'static [&'static str]> {
    match path {
        ["steps", _, "status"] => Some(&StepStatus::NAMES),
        _ => None,
    }
}

/// Steps for a failure that cannot happen.
fn on_failure(view: &View<'_>, diagnostics: &mut Diagnostics) {
    let Some(first) = view.steps.iter().find(|step| step.list == List::OnFailure) else { return };
    let mut steps = view.steps.iter().filter(|step| step.list == List::Steps).peekable();
    if steps.peek().is_some() && steps.all(|step| step.raw.keys.continue_on_error == Some(true)) {
        let message = "`on_failure` is never done: every step continues on error";
        let diagnostic = Diagnostic::new(Issue::UnreachableStep, view.file(), first.span, message)
            .help("remove `continue_on_error` from a step, or ask for its `status` in `finally`");
        diagnostics.push(diagnostic);
    }
}

/// Steps that ask for outputs of a step that is never done are judged by their own conditions; but
/// those that wait for nothing else are as dead as it is.
fn unreachable(view: &View<'_>, never: &[bool], diagnostics: &mut Diagnostics) {
    let mut dead = never.to_vec();
    // Each round goes one step further along `needs`; a circle ends it as well.
    loop {
        let mut has_changed = false;
        for (index, step) in view.steps.iter().enumerate() {
            // One that is never done is enough: what needs it is skipped.
            let mut needs = step.needs.iter().filter(|need| need.is_strict);
            if !dead[index] && needs.any(|need| need.to.is_some_and(|to| dead[to])) {
                dead[index] = true;
                has_changed = true;
            }
        }
        if !has_changed {
            break;
        }
    }
    let all_dead = &dead;
    for (step, _) in
        view.steps.iter().zip(dead.iter().zip(never)).filter(|(_, (dead, never))| **dead && !**never)
    {
        let is_dead = |need: &&Need<'_>| need.is_strict && need.to.is_some_and(|to| all_dead[to]);
        let Some(need) = step.needs.iter().find(is_dead) else { continue };
        let message = format!("step {} is never done: {} never is", literal(&step.id), literal(need.name));
        let diagnostic = Diagnostic::new(Issue::UnreachableStep, view.file(), need.span, message)
            .help("change what it needs, or remove the step");
        diagnostics.push(diagnostic);
    }
}
