//! Conditions, as text or as structure, to expressions.

use crate::check::raw::{RawComparison, RawCondition};
use crate::expr::{Condition, Expr, ExprError};
use crate::load::ShortOr;

/// The expression of a condition; none if it is none, which the rules have reported.
pub(super) fn condition(raw: &RawCondition) -> Option<Expr> {
    whole(raw).ok()
}

/// The expression that a condition means as a whole.
///
/// # Errors
/// What is wrong with it; nothing where a rule says it better.
pub(in crate::check) fn whole(raw: &RawCondition) -> Result<Expr, Option<ExprError>> {
    match raw {
        ShortOr::Short(text) => Expr::parse(&text.0).map_err(Some),
        ShortOr::Long(_) => structure(raw)?.to_expr().map_err(Some),
    }
}

fn structure(raw: &RawCondition) -> Result<Condition, Option<ExprError>> {
    match raw {
        ShortOr::Short(text) => Expr::parse(&text.0).map(Condition::Expr).map_err(Some),
        ShortOr::Long(RawComparison { all: Some(parts), .. }) => {
            parts.iter().map(|part| structure(part)).collect::<Result<_, _>>().map(Condition::All)
        }
        ShortOr::Long(RawComparison { any: Some(parts), .. }) => {
            parts.iter().map(|part| structure(part)).collect::<Result<_, _>>().map(Condition::Any)
        }
        ShortOr::Long(RawComparison { not: Some(part), .. }) => {
            structure(part).map(|part| Condition::Not(Box::new(part)))
        }
        ShortOr::Long(RawComparison {
            field: Some(field),
            operator: Some(operator),
            value: Some(value),
            ..
        }) => Ok(Condition::Compare {
            field: field.0.to_string(),
            operator: operator.value,
            value: value.value.0.clone(),
        }),
        ShortOr::Long(_) => Err(None),
    }
}
