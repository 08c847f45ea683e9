//! Conditions that can never hold, as far as their form tells: what is constant, and what asks two
//! things of one value that exclude each other.

use std::cmp::Ordering;

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::Expr;
use super::error::literal;
use super::eval::Evaluator;
use super::fuel::Fuel;
use super::node::{Comparison, Kind, Node};
use super::number::{equal, order};
use super::text::holds;

/// A conjunct about one value: `value comparison constant`.
struct Atom<'a> {
    about: &'a Node,
    comparison: Comparison,
    constant: Value,
}

/// All that a path such as `steps.build.status` can give, where that is known.
pub(super) type Known<'a> = &'a dyn Fn(&[&str]) -> Option<&'static [&'static str]>;

/// Why an expression never holds, in words. None says nothing: it may hold.
pub fn never_holds(expr: &Expr, known: Known<'_>) -> Option<String> {
    match constant(expr.node()) {
        Some(Value::String(_)) => Some("it is a text, which neither holds nor does not".to_owned()),
        _ => never(expr.node(), expr.source(), known),
    }
}

fn never(node: &Node, source: &str, known: Known<'_>) -> Option<String> {
    if let Some(value) = constant(node) {
        return (!holds(&value)).then(|| "it is always false".to_owned());
    }
    match &node.kind {
        Kind::Or(left, right) => never(left, source, known).and_then(|_| never(right, source, known)),
        Kind::And(..) => {
            let mut conjuncts = Vec::new();
            flatten(node, &mut conjuncts);
            conjuncts
                .iter()
                .find_map(|conjunct| never(conjunct, source, known))
                .or_else(|| contradiction(&conjuncts, source))
        }
        // `2 < x < 1` asks two things of one value.
        Kind::Compare(_, rest) if rest.len() > 1 => contradiction(&[node], source),
        Kind::Compare(first, rest) => match &rest[0] {
            (Comparison::Equal, other) => {
                unknown(first, other, source, known).or_else(|| unknown(other, first, source, known))
            }
            (Comparison::In, list) if constant(list).is_some_and(|list| list == json!([])) => {
                Some("nothing is in an empty list".to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}

/// Why a value is never another one, of which it is known what it can be.
fn unknown(of: &Node, wanted: &Node, source: &str, known: Known<'_>) -> Option<String> {
    let Some(Value::String(wanted)) = constant(wanted) else { return None };
    let path = of.path()?;
    let all = known(&path.iter().map(SmolStr::as_str).collect::<Vec<_>>())?;
    if all.contains(&wanted.as_str()) {
        return None;
    }
    let said = literal(source.get(of.range.clone()).unwrap_or_default());
    let all: Vec<String> = all.iter().map(|one| literal(one)).collect();
    Some(format!("{said} is never {}, only {}", literal(&wanted), all.join(", ")))
}

fn flatten<'a>(node: &'a Node, conjuncts: &mut Vec<&'a Node>) {
    match &node.kind {
        Kind::And(left, right) => {
            flatten(left, conjuncts);
            flatten(right, conjuncts);
        }
        _ => conjuncts.push(node),
    }
}

/// The value of an expression that refers to nothing.
fn constant(node: &Node) -> Option<Value> {
    let mut found = Vec::new();
    node.references(&[], &mut found);
    if !found.is_empty() {
        return None;
    }
    Evaluator { scope: &json!({}), own: &[], fuel: &Fuel::of_expression() }.copied(node).ok()
}

fn contradiction(conjuncts: &[&Node], source: &str) -> Option<String> {
    let said = |node: &Node| literal(source.get(node.range.clone()).unwrap_or_default());
    for (index, one) in conjuncts.iter().enumerate() {
        for other in &conjuncts[index + 1..] {
            let opposite = |negated: &Node, plain: &Node| matches!(&negated.kind, Kind::Not(of) if of.says_the_same(plain));
            if opposite(one, other) || opposite(other, one) {
                return Some("it asks for something and for its opposite".to_owned());
            }
        }
    }
    let mut atoms = Vec::new();
    for conjunct in conjuncts {
        collect(conjunct, &mut atoms);
    }
    for (index, one) in atoms.iter().enumerate() {
        for other in &atoms[index + 1..] {
            if one.about.says_the_same(other.about) && exclude(one, other) {
                return Some(format!(
                    "{} cannot be {} and {} at once",
                    said(one.about),
                    words(one.comparison, &one.constant),
                    words(other.comparison, &other.constant)
                ));
            }
        }
    }
    None
}

fn words(comparison: Comparison, constant: &Value) -> String {
    let sign = match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::In => "in",
        Comparison::NotIn => "not in",
    };
    literal(&format!("{sign} {constant}"))
}

/// The comparisons of a conjunct with constants.
fn collect<'a>(node: &'a Node, atoms: &mut Vec<Atom<'a>>) {
    let (node, negated) = match &node.kind {
        Kind::Not(of) => (&**of, true),
        _ => (node, false),
    };
    let Kind::Compare(first, rest) = &node.kind else { return };
    if negated && rest.len() > 1 {
        return;
    }
    let mut left = &**first;
    for (comparison, right) in rest {
        let mut comparison = *comparison;
        if negated {
            comparison = opposite(comparison);
        }
        if let (Some(_), Some(constant)) = (left.path(), constant(right)) {
            atoms.push(Atom { about: left, comparison, constant });
        } else if let (Some(constant), Some(_)) = (constant(left), right.path())
            && let Some(comparison) = turned(comparison)
        {
            atoms.push(Atom { about: right, comparison, constant });
        }
        left = right;
    }
}

/// What holds when the comparison does not. Of values without an order neither does.
fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
        Comparison::In => Comparison::NotIn,
        Comparison::NotIn => Comparison::In,
    }
}

/// The comparison with its sides exchanged.
fn turned(comparison: Comparison) -> Option<Comparison> {
    Some(match comparison {
        Comparison::Equal | Comparison::NotEqual => comparison,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::In | Comparison::NotIn => return None,
    })
}

/// Whether no value satisfies both.
fn exclude(one: &Atom<'_>, other: &Atom<'_>) -> bool {
    use Comparison::{Equal, In};
    match (one.comparison, other.comparison) {
        (Equal, _) => !may_satisfy(&one.constant, other),
        (_, Equal) => !may_satisfy(&other.constant, one),
        (In, _) => none_satisfies(&one.constant, other),
        (_, In) => none_satisfies(&other.constant, one),
        _ => bounds_exclude(one, other),
    }
}

fn none_satisfies(list: &Value, atom: &Atom<'_>) -> bool {
    list.as_array().is_some_and(|values| !values.iter().any(|value| may_satisfy(value, atom)))
}

/// Whether the value satisfies the comparison. What cannot be compared satisfies nothing: it fails.
fn may_satisfy(value: &Value, atom: &Atom<'_>) -> bool {
    let ordered = |wanted: fn(Ordering) -> bool| order(value, &atom.constant).is_ok_and(wanted);
    match (atom.comparison, &atom.constant) {
        (Comparison::Equal, constant) => equal(value, constant),
        (Comparison::NotEqual, constant) => !equal(value, constant),
        (Comparison::Less, _) => ordered(Ordering::is_lt),
        (Comparison::LessOrEqual, _) => ordered(Ordering::is_le),
        (Comparison::Greater, _) => ordered(Ordering::is_gt),
        (Comparison::GreaterOrEqual, _) => ordered(Ordering::is_ge),
        (Comparison::In, Value::Array(values)) => values.iter().any(|one| equal(one, value)),
        (Comparison::NotIn, Value::Array(values)) => !values.iter().any(|one| equal(one, value)),
        (Comparison::In | Comparison::NotIn, _) => true,
    }
}

/// Whether a lower bound lies above an upper one, or they are of different kinds.
fn bounds_exclude(one: &Atom<'_>, other: &Atom<'_>) -> bool {
    use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let (low, high) = match (one.comparison, other.comparison) {
        (Greater | GreaterOrEqual, Less | LessOrEqual) => (one, other),
        (Less | LessOrEqual, Greater | GreaterOrEqual) => (other, one),
        _ => return false,
    };
    match order(&low.constant, &high.constant) {
        Ok(Ordering::Greater) | Err(_) => true,
        Ok(Ordering::Equal) => low.comparison == Greater || high.comparison == Less,
        Ok(Ordering::Less) => false,
    }
}
