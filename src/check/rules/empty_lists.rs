//! Lists that must hold something: candidates, reviewers, stages, conditions.

use std::sync::Arc;

use crate::check::flow::StepView;
use crate::check::raw::{RawMatch, RawShell, RawWorkflow};
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::load::{OneOrMany, ShortOr, Spanned};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let mut report = |file: &Arc<str>, span: Span, issue: Issue, message: String, help: &str| {
        diagnostics.push(Diagnostic::new(issue, file, span, message).help(help));
    };
    for agent in &declared.agents {
        if let Some(branches) = agent.value.branches.as_ref().filter(|branches| is_empty(branches)) {
            let message = format!("agent {} has no branches", literal(&agent.value.name.value));
            let help = "name at least one pattern, or remove the key";
            report(&agent.file, branches.span, Issue::EmptyList, message, help);
        }
    }
    for route in &declared.routes {
        if route.value.to.iter().next().is_none() {
            let message = format!("route {} has no candidates", literal(&route.value.name.value));
            report(&route.file, route.value.to.span, Issue::EmptyList, message, "name at least one agent");
        }
    }
    for one in &declared.types {
        if one.value.reviewers.iter().next().is_none() {
            let message = format!("review type {} has no reviewers", literal(&one.value.name.value));
            report(
                &one.file,
                one.value.reviewers.span,
                Issue::NoReviewers,
                message,
                "name at least one agent",
            );
        }
    }
    for tier in &declared.tiers {
        if tier.value.stages.is_empty() {
            let message = format!("tier `{}` has no stages", tier.value.tier.get());
            let help = "name at least one review type, or remove the tier";
            report(&tier.file, tier.value.stages.span, Issue::EmptyList, message, help);
        }
        for stage in tier.value.stages.iter().filter(|stage| stage.iter().next().is_none()) {
            let message = format!("a stage of tier `{}` is empty", tier.value.tier.get());
            let help = "name at least one review type, or remove the stage";
            report(&tier.file, stage.span, Issue::EmptyList, message, help);
        }
    }
    for objective in &declared.objectives {
        if let Some(review) = objective.value.review.as_ref().filter(|review| is_empty(review)) {
            let message = "no review type is named".to_owned();
            report(
                &objective.file,
                review.span,
                Issue::EmptyList,
                message,
                "remove the key for all review types",
            );
        }
        for level in objective.value.escalate.iter().filter(|level| is_empty(&level.to)) {
            let message = "nobody is escalated to".to_owned();
            report(&objective.file, level.to.span, Issue::EmptyList, message, "name at least one agent");
        }
    }
    if let Some((file, span)) = empty_issue_tasks(context) {
        let help = "say which label makes tasks, or remove the key";
        report(file, span, Issue::EmptyList, "`tasks` lists nothing".to_owned(), help);
    }
    for view in &context.views {
        let raw = &view.item.value.raw;
        let help = "name at least one, or remove the key";
        if raw.steps.is_empty() {
            let message = format!("workflow {} has no steps", literal(&view.item.value.id));
            report(view.file(), raw.steps.span, Issue::EmptyList, message, "add at least one step");
        }
        if raw.on.0.is_empty() {
            let message = format!("workflow {} is started by nothing", literal(&view.item.value.id));
            report(
                view.file(),
                raw.on.span,
                Issue::EmptyList,
                message,
                "write `on: manual` if only people start it",
            );
        }
        for (span, what) in empty_in_workflow(raw, &view.steps) {
            report(view.file(), span, Issue::EmptyList, format!("{what} lists nothing"), help);
        }
    }
    let events = context.views.iter().flat_map(|view| {
        let triggers = view.item.value.raw.on.iter().filter_map(|trigger| trigger.long());
        let events = triggers.filter_map(|trigger| trigger.event.as_ref()?.long());
        events.map(|events| (view.file(), &events.matching))
    });
    let routes = declared.routes.iter().map(|item| (&item.file, &item.value.matching));
    let required = declared.required.iter().map(|item| (&item.file, &item.value.matching));
    let objectives = declared.objectives.iter().map(|item| (&item.file, &item.value.matching));
    for (file, matching) in routes.chain(required).chain(objectives).chain(events) {
        for span in matching.iter().flat_map(empty_conditions) {
            let message = "condition lists nothing".to_owned();
            report(file, span, Issue::EmptyList, message, "list what is to match, or remove the key");
        }
    }
}

fn empty_issue_tasks<'a>(context: &Context<'a>) -> Option<(&'a Arc<str>, Span)> {
    let project = context.declared.project.as_ref()?;
    let tasks = project.value.github.as_ref()?.tasks.as_ref().filter(|tasks| is_empty(tasks))?;
    Some((&project.file, tasks.span))
}

/// The lists of a workflow that are there and hold nothing, by their keys.
fn empty_in_workflow(raw: &RawWorkflow, steps: &[StepView<'_>]) -> Vec<(Span, &'static str)> {
    fn empty<T>(list: Option<&Spanned<OneOrMany<T>>>, key: &'static str) -> Option<(Span, &'static str)> {
        list.filter(|list| is_empty(list)).map(|list| (list.span, key))
    }
    let mut found = Vec::new();
    for trigger in raw.on.iter().filter_map(|trigger| trigger.long()) {
        found.extend(trigger.schedule.as_ref().and_then(|schedule| empty(schedule.at.as_ref(), "`at`")));
        match trigger.event.as_ref().map(|event| (&event.value, event.span)) {
            Some((ShortOr::Short(types), span)) if is_empty(types) => found.push((span, "`event`")),
            Some((ShortOr::Long(events), _)) => {
                found.extend(empty(Some(&events.types), "`types`"));
                found.extend(empty(events.workflows.as_ref(), "`workflows`"));
            }
            _ => {}
        }
        if let Some(files) = &trigger.files {
            found.extend(empty(Some(&files.files), "`match`"));
            found.extend(empty(files.changes.as_ref(), "`changes`"));
        }
        match trigger.github.as_ref().map(|github| (&github.value, github.span)) {
            Some((ShortOr::Short(events), span)) if is_empty(events) => found.push((span, "`github`")),
            Some((ShortOr::Long(events), span)) if events.iter().next().is_none() => {
                found.push((span, "`github`"));
            }
            Some((ShortOr::Long(events), _)) => {
                found.extend(events.iter().filter_map(|(_, actions)| empty(Some(actions), "the event")));
            }
            _ => {}
        }
        found.extend(trigger.webhook.as_ref().and_then(|webhook| empty(Some(&webhook.files), "`match`")));
    }
    for step in steps {
        let keys = &step.raw.keys;
        if let Some(Spanned { value: RawShell::Program(words), span }) = &keys.shell
            && words.is_empty()
        {
            found.push((*span, "`shell`"));
        }
        let retry = keys.retry.as_ref().and_then(|retry| retry.long());
        found.extend(retry.and_then(|retry| empty(retry.exit_codes.as_ref(), "`exit_codes`")));
    }
    let choices =
        raw.inputs.iter().flat_map(|inputs| inputs.iter()).filter_map(|(_, input)| input.choices.as_ref());
    found.extend(choices.filter(|choices| choices.is_empty()).map(|choices| (choices.span, "`choices`")));
    found
}

fn is_empty<T>(list: &OneOrMany<T>) -> bool {
    list.0.is_empty()
}

fn empty_conditions(matching: &RawMatch) -> Vec<Span> {
    fn empty<T>(list: Option<&Spanned<OneOrMany<T>>>) -> Option<Span> {
        list.filter(|list| list.0.is_empty()).map(|list| list.span)
    }
    let spans = [
        empty(matching.types.as_ref()),
        empty(matching.content_types.as_ref()),
        empty(matching.labels.as_ref()),
        empty(matching.priorities.as_ref()),
        empty(matching.tiers.as_ref()),
    ];
    spans.into_iter().flatten().collect()
}
