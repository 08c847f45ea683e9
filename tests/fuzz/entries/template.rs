//! Expressions and templates of all sinks, parsed and evaluated on any scope.

use serde_json::{Value, json};

use super::first_line;
use crate::expr::{Condition, Expr, ExprError, Operator, Sink, Template, never_holds};

/// The first byte says what the rest is: an expression, or a template of a sink. Then, on the first line, a scope as
/// JSON (another line: a scope of its own), and the source.
pub fn template(data: &[u8]) {
    let Some((what, rest)) = data.split_first() else { return };
    let (scope, source) = first_line(rest);
    let scope = serde_json::from_slice(scope).ok().filter(Value::is_object).unwrap_or_else(scope_of_ours);
    let Ok(source) = std::str::from_utf8(source) else { return };
    let sink = match what {
        b'p' => Sink::Plain,
        b's' => Sink::Shell,
        b'j' => Sink::Json,
        b'm' => Sink::Markdown,
        b'h' => Sink::Html,
        b'k' => Sink::Slack,
        b'r' => Sink::Header,
        b'u' => Sink::UrlPart,
        b'c' => return condition(source, &scope),
        _ => return expression(source, &scope),
    };
    match Template::parse(source, sink) {
        Ok(template) => rendered(&template, &scope),
        Err(error) => inside(&error, source),
    }
}

fn scope_of_ours() -> Value {
    json!({
        "a": 1, "b": "text 'quoted' \"twice\" $(x)", "c": [1, 2.5, "three", null, true], "d": { "e": { "f": -1 } },
        "now": "2026-11-23T10:00:00Z", "steps": { "scan": { "status": "succeeded", "outputs": { "files": ["a b", "c"] } } },
    })
}

fn rendered(template: &Template, scope: &Value) {
    let (once, again) = (template.render(scope), template.render(scope));
    assert_eq!(once, again);
    assert_eq!(template.value(scope), template.value(scope));
    let _ = template.references_with_ranges();
    let Ok(text) = once else { return };
    if template.is_literal() {
        return;
    }
    match template.sink() {
        Sink::Json => assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}"),
        Sink::Header if !template.source().contains(['\n', '\r']) => {
            assert!(!text.contains(['\n', '\r']), "{text:?}");
        }
        _ => {}
    }
}

fn expression(source: &str, scope: &Value) {
    let expr = match Expr::parse(source) {
        Ok(expr) => expr,
        Err(error) => return inside(&error, source),
    };
    assert_eq!(expr.eval(scope), expr.eval(scope));
    for (_, range) in expr.references_with_ranges() {
        assert!(source.get(range.clone()).is_some(), "{range:?}");
    }
    let holds = expr.test(scope);
    if let Some(why) = never_holds(&expr, &|_| None) {
        assert_ne!(holds, Ok(true), "`{source}` never holds, because {why}, and holds of {scope}");
    }
    // In parentheses it means the same.
    if let Ok(inner) = Expr::parse(&format!("({source})")) {
        assert_eq!(inner.eval(scope).ok(), expr.eval(scope).ok(), "{source}");
    }
}

/// A condition as data means the same as the expression that it becomes: of a comparison with a text, its outcome
/// does not depend on what stands in the text.
fn condition(text: &str, scope: &Value) {
    let (field, value) = text.split_once('\n').unwrap_or(("b", text));
    let value: Value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    for operator in
        [Operator::Eq, Operator::Ne, Operator::In, Operator::Contains, Operator::Matches, Operator::Lt]
    {
        let one = Condition::Compare { field: field.to_owned(), operator, value: value.clone() };
        let Ok(expr) = one.to_expr() else { continue };
        let holds = expr.test(scope);
        let not =
            Condition::Not(Box::new(one)).to_expr().expect("the opposite of what can be written can be");
        match (holds, not.test(scope)) {
            (Ok(one), Ok(other)) => assert_ne!(one, other, "{}", expr.source()),
            (one, other) => assert_eq!(one.is_ok(), other.is_ok(), "{}", expr.source()),
        }
    }
    // What is compared with a value of its own equals it.
    let own = json!({ "own": value });
    let same = Condition::Compare { field: "own".to_owned(), operator: Operator::Eq, value: value.clone() };
    if let Ok(expr) = same.to_expr() {
        assert_eq!(expr.test(&own), Ok(true), "{}", expr.source());
    }
}

fn inside(error: &ExprError, source: &str) {
    assert!(!error.message.is_empty());
    if let Some(range) = &error.range {
        assert!(source.get(range.clone()).is_some(), "{error:?} in {source:?}");
    }
}
