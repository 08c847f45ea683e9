//! A text with `{{ … }}` in it, for one sink.

use std::sync::Arc;

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::eval::Evaluator;
use super::expression::each_once;
use super::fuel::Fuel;
use super::node::{self, Node, Part, Reference};
use super::quote::{Quoting, Refusal};
use super::text::{holds, kind};
use super::{ExprError, Sink, secret, syntax};

/// Bytes of what a template gives.
const OUTPUT: usize = 1024 * 1024;

/// A template: parsed once, and equal to another with the same source and sink.
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    sink: Sink,
    parts: Arc<[Part]>,
}

/// Where a template is when it is rendered.
struct Rendering<'a> {
    scope: &'a Value,
    own: Vec<(SmolStr, Value)>,
    fuel: Fuel,
    quoting: Quoting,
    out: String,
}

impl Template {
    /// # Errors
    /// What is wrong with the source: its grammar, or a value at a place where none can be quoted.
    pub fn parse(source: &str, sink: Sink) -> Result<Self, ExprError> {
        let parts = syntax::template(source, sink)?;
        check_secrets(&parts, sink, true)?;
        check_places(&parts, &mut Quoting::new(sink))?;
        Ok(Self { source: source.into(), sink, parts: parts.into() })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn sink(&self) -> Sink {
        self.sink
    }

    /// What it refers to, each once, in the order of the source.
    pub fn references(&self) -> Vec<Reference> {
        self.references_with_ranges().into_iter().map(|(reference, _)| reference).collect()
    }

    /// The same with the bytes of the source where each stands first.
    pub fn references_with_ranges(&self) -> Vec<(Reference, std::ops::Range<usize>)> {
        let mut found = Vec::new();
        node::references(&self.parts, &mut Vec::new(), &mut found);
        each_once(found)
    }

    /// Whether it is a text without anything to fill in.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// # Errors
    /// What it met: a name that is not known, a value that cannot stand where it should, too much
    /// work or text.
    pub fn render(&self, scope: &Value) -> Result<String, ExprError> {
        let quoting = Quoting::new(self.sink);
        let mut rendering =
            Rendering { scope, own: Vec::new(), fuel: Fuel::of_template(), quoting, out: String::new() };
        let rendered = rendering.parts(&self.parts).and_then(|()| {
            let is_finished =
                if self.is_literal() { Ok(()) } else { rendering.quoting.finish(&rendering.out) };
            is_finished.map_err(ExprError::from)
        });
        rendered.map_err(|error| error.met_in(&self.source, true))?;
        Ok(rendering.out)
    }

    /// The value that it gives: of a plain text that is nothing but one `{{ … }}` the value as it
    /// is, of any other the rendered text.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn value(&self, scope: &Value) -> Result<Value, ExprError> {
        match (self.sink, &*self.parts) {
            (Sink::Plain, [Part::Value(node)]) => {
                let fuel = Fuel::of_template();
                let value = Evaluator { scope, own: &[], fuel: &fuel }.copied(node);
                let value = value.map_err(|error| error.met_in(&self.source, true))?;
                Ok(if secret::is_secret(node) { value } else { secret::neutral_value(value) })
            }
            _ => self.render(scope).map(Value::String),
        }
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        (self.sink, &self.source) == (other.sink, &other.source)
    }
}

impl Eq for Template {}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template")
            .field("source", &self.source)
            .field("sink", &self.sink)
            .finish_non_exhaustive()
    }
}

impl From<Refusal> for ExprError {
    fn from(refusal: Refusal) -> Self {
        ExprError { message: refusal.message, range: None, help: Some(refusal.help), part: None }
    }
}

/// Secrets stand alone, and only where nobody reads them.
fn check_secrets(parts: &[Part], sink: Sink, at_top: bool) -> Result<(), ExprError> {
    for part in parts {
        match part {
            Part::Value(node) if at_top && secret::is_secret(node) => {
                if !matches!(sink, Sink::Plain | Sink::Header) {
                    let error = ExprError::new("a secret cannot stand here").at(&node.range);
                    return Err(error.help("secrets can be used in `env:`, headers and channel settings"));
                }
            }
            Part::Text(_) => {}
            Part::Value(node) => secret::refuse(node)?,
            Part::Set(name, node) => {
                not_reserved(name, node)?;
                secret::refuse(node)?;
            }
            Part::If { condition, then, otherwise } => {
                secret::refuse(condition)?;
                check_secrets(then, sink, false)?;
                check_secrets(otherwise, sink, false)?;
            }
            Part::For { names, list, filter, body, empty } => {
                names.iter().try_for_each(|name| not_reserved(name, list))?;
                secret::refuse(list)?;
                filter.iter().try_for_each(secret::refuse)?;
                check_secrets(body, sink, false)?;
                check_secrets(empty, sink, false)?;
            }
        }
    }
    Ok(())
}

fn not_reserved(name: &SmolStr, node: &Node) -> Result<(), ExprError> {
    if name == "secrets" {
        return Err(ExprError::new("the name `secrets` is taken").at(&node.range).help("use another name"));
    }
    Ok(())
}

/// Refuses values at places where none can be quoted, on every way through the template.
fn check_places(parts: &[Part], quoting: &mut Quoting) -> Result<(), ExprError> {
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => quoting.literal(text).map_err(ExprError::from)?,
            Part::Value(node) => {
                let placed = quoting.place(follows(parts, index));
                placed.map_err(|refusal| ExprError::from(refusal).at(&node.range))?;
            }
            Part::If { then, otherwise, .. } => {
                let before = quoting.clone();
                check_places(then, quoting)?;
                check_places(otherwise, &mut before.clone())?;
            }
            Part::For { body, empty, .. } => {
                let before = quoting.clone();
                check_places(body, quoting)?;
                check_places(empty, &mut before.clone())?;
            }
            Part::Set(..) => {}
        }
    }
    Ok(())
}

/// The character that comes after a part, if it is a literal one.
fn follows(parts: &[Part], index: usize) -> Option<char> {
    match parts.get(index + 1) {
        Some(Part::Text(text)) => text.chars().next(),
        // The end of the text reads like the end of a line.
        None => Some('\n'),
        Some(_) => None,
    }
}

impl Rendering<'_> {
    fn parts(&mut self, parts: &[Part]) -> Result<(), ExprError> {
        for (index, part) in parts.iter().enumerate() {
            self.fuel.spend(1)?;
            match part {
                Part::Text(text) => {
                    self.fuel.bytes(text.len())?;
                    self.quoting.literal(text).map_err(ExprError::from)?;
                    self.out.push_str(text);
                }
                Part::Value(node) => self.value(node, follows(parts, index))?,
                Part::If { condition, then, otherwise } => {
                    let holds = holds(&*self.evaluator().eval(condition)?);
                    self.parts(if holds { then } else { otherwise })?;
                }
                Part::For { names, list, filter, body, empty } => {
                    self.repeat(names, list, filter.as_ref(), body, empty)?;
                }
                Part::Set(name, node) => {
                    let value = self.evaluator().copied(node)?;
                    self.own.push((name.clone(), value));
                }
            }
            if self.out.len() > OUTPUT {
                return Err(ExprError::new(format!("it makes more than {} KiB of text", OUTPUT / 1024)));
            }
        }
        Ok(())
    }

    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator { scope: self.scope, own: &self.own, fuel: &self.fuel }
    }

    fn value(&mut self, node: &Node, next: Option<char>) -> Result<(), ExprError> {
        let mut value = self.evaluator().copied(node)?;
        let at = |error: ExprError| error.at(&node.range);
        if !secret::is_secret(node) {
            value = secret::neutral_value(value);
        }
        self.quoting.place(next).map_err(|refusal| at(refusal.into()))?;
        let before = self.out.len();
        self.quoting.value(&value, next, &mut self.out).map_err(at)?;
        self.fuel.bytes(self.out.len() - before).map_err(at)
    }

    fn repeat(
        &mut self,
        names: &[SmolStr],
        list: &Node,
        filter: Option<&Node>,
        body: &[Part],
        empty: &[Part],
    ) -> Result<(), ExprError> {
        let items = match self.evaluator().copied(list)? {
            Value::Array(items) => items,
            // As in Jinja, the keys.
            Value::Object(map) => map.into_iter().map(|(key, _)| Value::String(key)).collect(),
            other => {
                let message = format!("cannot loop over {}", kind(&other));
                return Err(ExprError::new(message).at(&list.range));
            }
        };
        let before = self.own.len();
        let mut chosen = Vec::new();
        for item in items {
            if let Some(filter) = filter {
                self.bind(names, item.clone(), list)?;
                let holds = holds(&*self.evaluator().eval(filter)?);
                self.own.truncate(before);
                if !holds {
                    continue;
                }
            }
            chosen.push(item);
        }
        let length = chosen.len();
        for (index, item) in chosen.into_iter().enumerate() {
            self.fuel.copy(&item).map_err(|error| error.at(&list.range))?;
            self.bind(names, item, list)?;
            let place = json!({
                "index": index + 1, "index0": index, "first": index == 0, "last": index + 1 == length,
                "length": length,
            });
            self.own.push((SmolStr::new_static("loop"), place));
            self.parts(body)?;
            self.own.truncate(before);
        }
        if length == 0 {
            self.parts(empty)?;
            self.own.truncate(before);
        }
        Ok(())
    }

    /// Gives the names of a loop their values; several take an item apart.
    fn bind(&mut self, names: &[SmolStr], item: Value, list: &Node) -> Result<(), ExprError> {
        if let [name] = names {
            self.own.push((name.clone(), item));
            return Ok(());
        }
        match item {
            Value::Array(values) if values.len() == names.len() => {
                self.own.extend(names.iter().cloned().zip(values));
                Ok(())
            }
            other => {
                let message = format!("{} is no list of {} values", kind(&other), names.len());
                Err(ExprError::new(message)
                    .at(&list.range)
                    .help("`map | items` gives keys with their values"))
            }
        }
    }
}
