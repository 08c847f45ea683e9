//! What is wrong in the user's files: diagnostics with codes, places and help.
//!
//! A [`Diagnostic`] points at a byte range of a file; a [`SourceMap`] turns that into line and
//! column. How they look on a screen is the business of `ui`.

mod codes;
mod diagnostic;
mod diagnostics;
mod nearest;
mod source_map;

pub use codes::{ALL_ISSUES, Issue, Severity};
pub use diagnostic::{Diagnostic, Label, Span};
pub use diagnostics::Diagnostics;
pub use nearest::{did_you_mean, literal, nearest};
pub use source_map::{Position, SourceMap, SourceText};
