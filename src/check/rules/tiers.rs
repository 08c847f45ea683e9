//! Tiers that tasks, requirements and matches name must be declared.

use std::sync::Arc;

use crate::check::raw::{RawMatch, TierNumber};
use crate::diag::{Diagnostic, Diagnostics, Issue};
use crate::load::Spanned;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    let mut check = |file: &Arc<str>, tier: &Spanned<TierNumber>| {
        let number = tier.get().to_string();
        if !declared.tier_names.has(&number) {
            let message = format!("tier `{number}` is not declared");
            diagnostics
                .push(Diagnostic::new(Issue::UnknownTier, file, tier.span, message).help(help(context)));
        }
    };
    for requirement in &declared.required {
        check(&requirement.file, &requirement.value.default_tier);
        tiers_of(requirement.value.matching.as_ref()).for_each(|tier| check(&requirement.file, tier));
    }
    for route in &declared.routes {
        tiers_of(route.value.matching.as_ref()).for_each(|tier| check(&route.file, tier));
    }
    for objective in &declared.objectives {
        tiers_of(objective.value.matching.as_ref()).for_each(|tier| check(&objective.file, tier));
    }
    for (project, tasks) in context.issue_tasks() {
        tasks.value.tier.iter().for_each(|tier| check(&project.file, tier));
    }
    for task in &declared.tasks {
        task.value.tier.iter().for_each(|tier| check(&task.file, tier));
    }
}

fn tiers_of(matching: Option<&RawMatch>) -> impl Iterator<Item = &Spanned<TierNumber>> {
    matching.and_then(|matching| matching.tiers.as_ref()).into_iter().flat_map(|tiers| tiers.iter())
}

fn help(context: &Context<'_>) -> String {
    let mut numbers: Vec<u32> = context.declared.tiers.iter().map(|tier| tier.value.tier.get()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<String> = numbers.iter().map(|number| format!("`{number}`")).collect();
    match numbers.as_slice() {
        [] => "declare it under `tiers:` in `reviews.yaml`".to_owned(),
        [only] => format!("the only declared tier is {only}"),
        numbers => format!("the declared tiers are {}", numbers.join(", ")),
    }
}
