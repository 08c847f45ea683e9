//! Conditions, as text or as structure, to expressions.

use crate::check::raw::RawCondition;
use crate::expr::Expr;
use crate::load::ShortOr;

/// The expression of a condition; none if it is none, which the rules have reported.
pub(in crate::check) fn condition(raw: &RawCondition) -> Option<Expr> {
    match raw {
        ShortOr::Short(text) => Some(Expr::new(&text.0)),
        ShortOr::Long(_) => None,
    }
}
