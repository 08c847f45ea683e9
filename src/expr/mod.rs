//! Expressions and templates: minijinja, strict about undefined names, bounded in time and size,
//! and with every value quoted for the place it goes to.

mod sink;

use std::sync::Arc;

pub use sink::Sink;

/// An expression, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    source: Arc<str>,
}

impl Expr {
    pub fn new(source: &str) -> Self {
        Self { source: source.into() }
    }

    pub fn source(&self) -> &str {
        &self.source
    }
}
