//! Workflows as the rules see them: their steps as a graph, and every expression and template in
//! them with its place and what may be named there.

mod durations;
mod inside;
mod names;
mod place;
mod steps;
mod texts;

use std::sync::Arc;

use crate::diag::Span;
use crate::expr::{Expr, ExprError};
use crate::load::Node;

use super::declared::{Flow, Item};

pub(super) use durations::Length;
pub(super) use inside::inside;
pub(super) use names::judge;
pub(super) use steps::{List, Need, StepView};
pub(super) use texts::{Written, is_template};

/// A workflow, read once for all rules.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) item: &'a Item<Flow>,
    /// The steps of all lists.
    pub(super) steps: Vec<StepView<'a>>,
    /// Every expression and template.
    pub(super) texts: Vec<Written<'a>>,
    /// Every condition as a whole.
    pub(super) conditions: Vec<WholeCondition>,
}

/// A condition whose parts could be read.
#[derive(Debug)]
pub(super) struct WholeCondition {
    pub(super) expr: Result<Expr, ExprError>,
    pub(super) span: Span,
    /// The step that it decides about.
    pub(super) step: Option<usize>,
}

impl<'a> View<'a> {
    pub(super) fn new(item: &'a Item<Flow>) -> Self {
        let steps = steps::views(&item.value.raw);
        let (texts, conditions) = texts::collect(item, &steps);
        Self { item, steps, texts, conditions }
    }

    pub(super) fn file(&self) -> &Arc<str> {
        &self.item.file
    }

    pub(super) fn step(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }

    /// Every length of time.
    pub(super) fn durations(&self) -> Vec<Length<'_>> {
        durations::collect(&self.item.value.raw, &self.steps)
    }

    /// What a step was read from.
    pub(super) fn node(&self, step: &StepView<'_>) -> Option<&Node> {
        self.item.value.tree.get(step.list.key().0)?.items()?.get(step.index)
    }

    /// The texts without templates that steps give to an action as one of its arguments.
    pub(super) fn literals(&self, action: &str, key: &str) -> Vec<(&str, Span)> {
        let mut found = Vec::new();
        for step in &self.steps {
            if step.raw.calls.is_empty() && step.raw.keys.rollback.is_none() {
                continue;
            }
            let node = self.node(step);
            for node in node.into_iter().chain(node.and_then(|node| node.get("rollback"))) {
                let Some(value) = node.get(action).and_then(|args| args.get(key)) else { continue };
                let texts = value.items().unwrap_or(std::slice::from_ref(value)).iter();
                let texts = texts.filter_map(|node| Some((node.text()?, node.span)));
                found.extend(texts.filter(|(text, _)| !is_template(text)));
            }
        }
        found
    }

    /// Whether a step is done only after another has ended.
    pub(super) fn waits_for(&self, step: usize, other: usize) -> bool {
        if self.steps[step].list != self.steps[other].list {
            return self.steps[step].list > self.steps[other].list;
        }
        if self.steps[step].list == List::OnFailure {
            return self.steps[step].index > self.steps[other].index;
        }
        let mut seen = vec![false; self.steps.len()];
        let mut open = vec![step];
        while let Some(at) = open.pop() {
            for need in self.steps[at].needs.iter().filter_map(|need| need.to) {
                if need == other {
                    return true;
                }
                if !std::mem::replace(&mut seen[need], true) {
                    open.push(need);
                }
            }
        }
        false
    }
}
