//! A checked expression.

use std::sync::Arc;

use serde_json::Value;

use super::eval::Evaluator;
use super::fuel::Fuel;
use super::node::{Node, Reference};
use super::text::{holds, kind};
use super::{ExprError, secret, syntax};

/// An expression: parsed once, and equal to another with the same source.
#[derive(Clone)]
pub struct Expr {
    source: Arc<str>,
    node: Arc<Node>,
}

impl Expr {
    /// # Errors
    /// What is wrong with the source: its grammar, a filter or test that is not known, or a secret
    /// in it, since those can only be given on.
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        let node = syntax::expression(source)?;
        secret::refuse(&node)?;
        Ok(Self { source: source.into(), node: Arc::new(node) })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to, each once, in the order of the source.
    pub fn references(&self) -> Vec<Reference> {
        self.references_with_ranges().into_iter().map(|(reference, _)| reference).collect()
    }

    /// The same with the bytes of the source where each stands first.
    pub fn references_with_ranges(&self) -> Vec<(Reference, std::ops::Range<usize>)> {
        let mut found = Vec::new();
        self.node.references(&[], &mut found);
        each_once(found)
    }

    /// # Errors
    /// What it met: a name that is not known, values that do not fit, too much work.
    pub fn eval(&self, scope: &Value) -> Result<Value, ExprError> {
        let value = Evaluator { scope, own: &[], fuel: &Fuel::of_expression() }.copied(&self.node);
        value.map_err(|error| error.met_in(&self.source, false))
    }

    /// Whether it holds. A text neither holds nor does not: `'false'` would.
    ///
    /// # Errors
    /// As [`Self::eval`], and if it gives a text.
    pub fn test(&self, scope: &Value) -> Result<bool, ExprError> {
        let fuel = Fuel::of_expression();
        let value = Evaluator { scope, own: &[], fuel: &fuel }.eval(&self.node);
        match &*value.map_err(|error| error.met_in(&self.source, false))? {
            value @ Value::String(_) => {
                Err(ExprError::new(format!("the condition gives {}, neither true nor false", kind(value)))
                    .at(&self.node.range)
                    .help("compare it: `== 'true'`, or `!= ''`")
                    .met_in(&self.source, false))
            }
            other => Ok(holds(other)),
        }
    }

    pub(super) fn node(&self) -> &Node {
        &self.node
    }
}

/// Without the references that came before.
pub(super) fn each_once(
    found: Vec<(Reference, std::ops::Range<usize>)>,
) -> Vec<(Reference, std::ops::Range<usize>)> {
    let mut seen = std::collections::HashSet::new();
    found.into_iter().filter(|(reference, _)| seen.insert(reference.clone())).collect()
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expr {}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expr").field(&self.source).finish()
    }
}
