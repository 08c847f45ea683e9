//! Secrets in text: marks instead of values, filled in by whoever uses the text at last.
//!
//! A mark is the name between two private-use characters. Values from outside that hold one of
//! these have it replaced when they are rendered, so that no such value can name a secret.

use serde_json::Value;

use super::ExprError;
use super::node::Node;

const START: char = '\u{10f5e1}';
const END: char = '\u{10f5e2}';
/// The block of private-use characters that `orch` keeps to itself.
const PRIVATE: std::ops::RangeInclusive<char> = '\u{10f5e0}'..='\u{10f5ef}';

pub(super) fn is_private(letter: char) -> bool {
    PRIVATE.contains(&letter)
}

/// What stands for a secret in a scope, under `secrets.NAME`, and in rendered text.
pub fn secret_mark(name: &str) -> String {
    format!("{START}{name}{END}")
}

/// Puts the values in the place of the marks.
///
/// # Errors
/// What `value` has against the first secret that it does not give.
pub fn fill_secrets<E>(text: &str, value: &dyn Fn(&str) -> Result<String, E>) -> Result<String, E> {
    replace(text, |name, out| {
        out.push_str(&value(name)?);
        Ok(())
    })
}

/// The text as people may see it: with `{{ secrets.NAME }}` in the place of the marks.
pub fn show_secrets(text: &str) -> String {
    let shown: Result<String, std::convert::Infallible> = replace(text, |name, out| {
        out.push_str("{{ secrets.");
        out.push_str(name);
        out.push_str(" }}");
        Ok(())
    });
    let Ok(shown) = shown;
    shown
}

fn replace<E>(text: &str, mut mark: impl FnMut(&str, &mut String) -> Result<(), E>) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(START) {
        out.push_str(before);
        let Some((name, after)) = after.split_once(END) else {
            rest = after;
            continue;
        };
        mark(name, &mut out)?;
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// A text of data without the characters of marks.
pub(super) fn neutral(text: &str) -> String {
    text.chars().map(|letter| if is_private(letter) { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// A value of data without the characters of marks, in keys too.
pub(super) fn neutral_value(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains(is_private) => neutral(&text).into(),
        Value::Array(items) => items.into_iter().map(neutral_value).collect(),
        Value::Object(map) => {
            map.into_iter().map(|(key, value)| (neutral(&key), neutral_value(value))).collect()
        }
        other => other,
    }
}

/// Whether the expression is `secrets.NAME` and nothing else.
pub(super) fn is_secret(node: &Node) -> bool {
    node.path().is_some_and(|path| path.len() == 2 && path[0] == "secrets")
}

/// Refuses secrets in an expression: what is made of one is not masked.
pub(super) fn refuse(node: &Node) -> Result<(), ExprError> {
    let mut found = Vec::new();
    node.references(&[], &mut found);
    match found.into_iter().find(|(reference, _)| reference.path[0] == "secrets") {
        Some((_, range)) => Err(ExprError::new("a secret cannot be part of an expression")
            .at(&range)
            .help("write it alone, as `{{ secrets.NAME }}`, in `env:` or a header")),
        None => Ok(()),
    }
}
