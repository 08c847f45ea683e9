//! Names, tiers and task codes that are declared more than once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let declared = context.declared;
    macro_rules! names {
        ($list:ident, $what:literal) => {
            let names =
                declared.$list.iter().map(|item| (&item.value.name.value, &item.file, item.value.name.span));
            repeated(
                names,
                |name, file, span| {
                    let message = format!(concat!($what, " {} is declared twice"), literal(name));
                    Diagnostic::new(Issue::DuplicateName, file, span, message).help("rename one of the two")
                },
                diagnostics,
            );
        };
    }
    names!(agents, "agent");
    logins(context, diagnostics);
    names!(routes, "route");
    names!(types, "review type");
    names!(objectives, "objective");
    names!(channels, "channel");
    let roles = declared.roles.iter().flatten();
    let roles = roles.map(|role| (&role.value.name.value, &role.file, role.value.name.span));
    repeated(
        roles,
        |name, file, span| {
            let message = format!("role {} is declared twice", literal(name));
            Diagnostic::new(Issue::DuplicateName, file, span, message).help("rename one of the two")
        },
        diagnostics,
    );
    let tiers = declared.tiers.iter().map(|item| (item.value.tier.get(), &item.file, item.value.tier.span));
    repeated(
        tiers,
        |tier, file, span| {
            let message = format!("tier `{tier}` is declared twice");
            Diagnostic::new(Issue::DuplicateTier, file, span, message).help("renumber one of the two")
        },
        diagnostics,
    );
    workflows(context, diagnostics);
    codes(context, diagnostics);
}

/// GitHub does not tell capitals and small letters apart in logins.
fn logins(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first = HashMap::new();
    for agent in &context.declared.agents {
        let Some(login) = &agent.value.github else { continue };
        let (file, span) =
            first.entry(login.value.0.to_ascii_lowercase()).or_insert((&agent.file, login.span));
        if (*file, *span) == (&agent.file, login.span) {
            continue;
        }
        let message = format!("login {} is that of another agent", literal(&login.value.0));
        let diagnostic = Diagnostic::new(Issue::DuplicateName, &agent.file, login.span, message)
            .label(file, *span, "first given here")
            .help("give each agent an account of its own, or name it at one of the two alone");
        diagnostics.push(diagnostic);
    }
}

/// What calls an agent is a workflow, and must not be called as one that has a file.
fn workflows(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let all = || context.declared.workflows.iter();
    for item in all() {
        let Some(agent) = &item.value.activates else { continue };
        let id = &item.value.id;
        let Some(other) = all().find(|other| other.value.activates.is_none() && other.value.id == *id) else {
            continue;
        };
        let message = format!("workflow {} is declared twice", literal(id));
        let diagnostic = Diagnostic::new(Issue::DuplicateName, &item.file, item.span, message)
            .label(&other.file, other.span, "first declared here")
            .help(format!("what calls agent {} has this name; rename the file", literal(agent)));
        diagnostics.push(diagnostic);
    }
}

/// Codes are the same if their numbers are, however many zeros stand before them.
fn codes(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first = HashMap::new();
    for task in &context.declared.tasks {
        let code = &task.value.code;
        let earlier = *first.entry((code.prefix(), code.number())).or_insert(task);
        if std::ptr::eq(earlier, task) {
            continue;
        }
        let other = &earlier.value.code;
        let message = if other.value == code.value {
            format!("task {} is declared twice", literal(code.as_str()))
        } else {
            format!("{} and {} are the same code", literal(code.as_str()), literal(other.as_str()))
        };
        let diagnostic = Diagnostic::new(Issue::DuplicateCode, &task.file, code.span, message)
            .label(&earlier.file, other.span, "first declared here")
            .help("give one of the two another number");
        diagnostics.push(diagnostic);
    }
}

fn repeated<'a, K: Eq + Hash + Copy>(
    declared: impl Iterator<Item = (K, &'a Arc<str>, Span)>,
    describe: impl Fn(K, &'a Arc<str>, Span) -> Diagnostic,
    diagnostics: &mut Diagnostics,
) {
    let mut first: HashMap<K, (&Arc<str>, Span)> = HashMap::new();
    for (key, file, span) in declared {
        match first.get(&key) {
            Some((earlier, place)) => {
                diagnostics.push(describe(key, file, span).label(earlier, *place, "first declared here"));
            }
            None => {
                first.insert(key, (file, span));
            }
        }
    }
}
