//! The steps of a workflow, and which waits for which.

use std::collections::HashMap;

use crate::check::build::step_id;
use crate::check::raw::{RawStep, RawWorkflow};
use crate::diag::Span;
use crate::load::Spanned;
use crate::model::Name;

/// The lists that steps stand in, in the order in which they are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::check) enum List {
    Steps,
    OnFailure,
    Finally,
}

impl List {
    /// The key of the list, and what the names of its nameless steps begin with.
    pub(in crate::check) const fn key(self) -> (&'static str, &'static str) {
        match self {
            Self::Steps => ("steps", "step"),
            Self::OnFailure => ("on_failure", "on-failure"),
            Self::Finally => ("finally", "finally"),
        }
    }
}

#[derive(Debug)]
pub(in crate::check) struct StepView<'a> {
    pub(in crate::check) id: Name,
    /// Of its name, or of the step if it has none.
    pub(in crate::check) span: Span,
    pub(in crate::check) list: List,
    /// Its place in the list.
    pub(in crate::check) index: usize,
    pub(in crate::check) raw: &'a Spanned<RawStep>,
    pub(in crate::check) needs: Vec<Need<'a>>,
}

/// One entry of `needs` or `after`.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Need<'a> {
    pub(in crate::check) name: &'a str,
    pub(in crate::check) span: Span,
    /// The step, if there is one of that name in the same list.
    pub(in crate::check) to: Option<usize>,
    /// It must have succeeded (`needs`), not only have ended (`after`).
    pub(in crate::check) is_strict: bool,
}

pub(super) fn views(raw: &RawWorkflow) -> Vec<StepView<'_>> {
    let lists =
        [(List::Steps, &raw.steps.value), (List::OnFailure, &raw.on_failure), (List::Finally, &raw.finally)];
    let mut views: Vec<StepView<'_>> = Vec::new();
    for (list, steps) in lists {
        for (index, raw) in steps.iter().enumerate() {
            let id = step_id(raw, list.key().1, index);
            let span = raw.keys.id.as_ref().map_or(raw.span, |id| id.span);
            views.push(StepView { id, span, list, index, raw, needs: Vec::new() });
        }
    }
    let mut at: HashMap<(List, Name), usize> = HashMap::new();
    for (index, view) in views.iter().enumerate() {
        at.entry((view.list, view.id.clone())).or_insert(index);
    }
    for view in &mut views {
        let keys = &view.raw.keys;
        let strict = keys.needs.iter().flat_map(|needs| needs.iter()).map(|name| (name, true));
        let loose = keys.after.iter().flat_map(|after| after.iter()).map(|name| (name, false));
        view.needs = strict
            .chain(loose)
            .map(|(name, is_strict)| Need {
                name: name.0.as_str(),
                span: name.span,
                to: at.get(&(view.list, name.value.0.clone())).copied(),
                is_strict,
            })
            .collect();
    }
    views
}
