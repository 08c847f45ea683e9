//! Keys of workflows that mean nothing beside the others that are there.

use crate::actions::ActionKind;
use crate::check::flow::View;
use crate::check::raw::{RawCatchUp, RawEvents, RawSchedule, RawStepKeys, Text};
use crate::diag::{Diagnostic, Diagnostics, Issue, Span};
use crate::load::Spanned;

use super::Context;

/// A key, what it needs, and where it stands.
type Idle = (&'static str, &'static str, Span);

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let mut idle: Vec<Idle> = Vec::new();
        for trigger in view.item.value.raw.on.iter().filter_map(|trigger| trigger.long()) {
            if let Some(schedule) = &trigger.schedule {
                of_schedule(schedule, &mut idle);
            }
            if let Some(events) = trigger.event.as_ref().and_then(|event| event.long()) {
                of_events(events, &mut idle);
            }
        }
        for step in &view.steps {
            of_step(&step.raw.keys, &mut idle);
            let rollback = step.raw.keys.rollback.as_ref().map(|rollback| &rollback.keys);
            if let Some(keys) = rollback.filter(|keys| keys.run.is_none()) {
                idle.extend(keys.shell.as_ref().map(|key| ("shell", "run", key.span)));
                idle.extend(keys.cwd.as_ref().map(|key| ("cwd", "run", key.span)));
                idle.extend(keys.env.as_ref().map(|key| ("env", "run", key.span)));
            }
        }
        report(view, &idle, diagnostics);
        runs_nowhere(view, diagnostics);
    }
}

/// What is decided by the state or a person is not done on any machine.
fn runs_nowhere(view: &View<'_>, diagnostics: &mut Diagnostics) {
    for step in &view.steps {
        let Some(key) = &step.raw.keys.runs_on else { continue };
        let keys = &step.raw.keys;
        let of_state = step.raw.calls.first().filter(|call| call.action.kind() == ActionKind::State);
        let what = match (&keys.wait, &keys.approve, of_state) {
            (Some(_), ..) => "wait",
            (_, Some(_), _) => "approve",
            (_, _, Some(call)) => call.action.name(),
            _ => continue,
        };
        let message = format!("`runs_on` has no effect on `{what}`, which needs no machine");
        let diagnostic = Diagnostic::new(Issue::KeyWithoutEffect, view.file(), key.span, message)
            .help("remove `runs_on`; it is for `run` and for actions on the world");
        diagnostics.push(diagnostic);
    }
}

fn report(view: &View<'_>, idle: &[Idle], diagnostics: &mut Diagnostics) {
    for (key, needed, span) in idle {
        let message = format!("`{key}` has no effect without `{needed}`");
        let diagnostic = Diagnostic::new(Issue::KeyWithoutEffect, view.file(), *span, message)
            .help(format!("remove `{key}`, or add `{needed}`"));
        diagnostics.push(diagnostic);
    }
}

fn of_schedule(raw: &RawSchedule, idle: &mut Vec<Idle>) {
    if raw.every.is_none() {
        idle.extend(raw.offset.as_ref().map(|key| ("offset", "every", key.span)));
    }
    if raw.cron.is_none() {
        idle.extend(raw.timezone.as_ref().map(|key| ("timezone", "cron", key.span)));
        idle.extend(raw.clock_change.as_ref().map(|key| ("clock_change", "cron", key.span)));
    }
    if raw.catch_up != Some(RawCatchUp::All) {
        idle.extend(raw.max_catch_up.as_ref().map(|key| ("max_catch_up", "catch_up: all", key.span)));
    }
}

fn of_events(raw: &RawEvents, idle: &mut Vec<Idle>) {
    let about = |groups: &[&str]| {
        raw.types.iter().any(|one: &Spanned<Text>| {
            let name = one.value.0.trim_end_matches(['*', '.']);
            groups.contains(&name.split('.').next().unwrap_or_default()) || name.is_empty()
        })
    };
    if !about(&["run", "step", "approval", "workflow", "schedule", "trigger"]) {
        idle.extend(raw.workflows.as_ref().map(|key| ("workflows", "types: run.*", key.span)));
    }
}

fn of_step(keys: &RawStepKeys, idle: &mut Vec<Idle>) {
    if keys.run.is_none() {
        idle.extend(keys.shell.as_ref().map(|key| ("shell", "run", key.span)));
        idle.extend(keys.cwd.as_ref().map(|key| ("cwd", "run", key.span)));
        idle.extend(keys.env.as_ref().map(|key| ("env", "run", key.span)));
    }
}
