//! What every rule sees, and the questions that several of them ask.

use std::ops::Range;
use std::sync::Arc;

use crate::check::declared::{Declared, Item, Names};
use crate::check::entry::Known;
use crate::check::flow::{View, inside};
use crate::check::raw::{RawAgent, RawIssueTasks, RawName, RawOrch, RawReviewType, RawTier};
use crate::diag::{Diagnostic, Issue, Span, did_you_mean, literal};
use crate::load::{Kind, Sources, Spanned};

pub(in crate::check) struct Context<'a> {
    pub(in crate::check) declared: &'a Declared,
    pub(in crate::check) known: Option<Known<'a>>,
    pub(in crate::check) sources: &'a Sources,
    /// The workflows, in the order of their files.
    pub(in crate::check) views: Vec<View<'a>>,
}

impl Context<'_> {
    /// Where a part of a text stands; all of it if no part is named.
    pub(super) fn within(&self, file: &str, span: Span, text: &str, range: Option<&Range<usize>>) -> Span {
        let source = self.sources.files.iter().find(|source| &*source.path == file);
        let range = range.cloned().unwrap_or(0..text.len());
        source.map_or(span, |source| inside(&source.text(), span, text, &range))
    }

    pub(super) fn agent(&self, name: &RawName) -> Option<&Item<RawAgent>> {
        self.declared.agents.iter().find(|agent| agent.value.name.value == *name)
    }

    /// Which issues become tasks, and where that stands.
    pub(super) fn issue_tasks(&self) -> impl Iterator<Item = (&Item<RawOrch>, &Spanned<RawIssueTasks>)> {
        self.declared.project.iter().flat_map(|project| {
            let github = project.value.github.iter();
            let tasks = github.flat_map(|github| github.tasks.iter().flat_map(|tasks| tasks.iter()));
            tasks.map(move |tasks| (project, tasks))
        })
    }

    pub(super) fn review_type(&self, name: &RawName) -> Option<&Item<RawReviewType>> {
        self.declared.types.iter().find(|one| one.value.name.value == *name)
    }

    pub(super) fn tier(&self, number: u8) -> Option<&Item<RawTier>> {
        self.declared.tiers.iter().find(|tier| tier.value.tier.byte() == number)
    }
}

/// Whether a tier asks for reviews of a type.
pub(super) fn uses(tier: &RawTier, review_type: &RawName) -> bool {
    tier.stages.iter().any(|stage| stage.iter().any(|name| name.value == *review_type))
}

/// A kind of name, the file it is declared in, and the problem when it is not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) issue: Issue,
    pub(super) what: &'static str,
    pub(super) kind: Kind,
}

/// The problem of a name that nothing declares; none if something does.
pub(super) fn unknown(
    reference: Reference,
    names: &Names,
    name: &str,
    file: &Arc<str>,
    span: Span,
) -> Option<Diagnostic> {
    if names.has(name) {
        return None;
    }
    let message = format!("{} {} is not declared", reference.what, literal(name));
    let help = did_you_mean(name, names.iter())
        .unwrap_or_else(|| format!("declare it in `{}`", reference.kind.file()));
    Some(Diagnostic::new(reference.issue, file, span, message).help(help))
}
