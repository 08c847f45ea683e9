//! YAML 1.2, one document: read by the parser that also reads the project's own files, with aliases
//! accounted for before they are copied; written so that readers of YAML 1.1 see the same.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, options};
use serde_json::{Map, Value};

use super::budget::{Budget, MAX_DEPTH, Spent};
use super::scalar;

/// A list or mapping that is not complete yet.
struct Frame {
    anchor: usize,
    before: Spent,
    /// Of what is in it.
    depth: usize,
    open: Open,
}

enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

#[derive(Clone)]
struct Anchored {
    value: Value,
    spent: Spent,
    depth: usize,
}

struct Builder<'b> {
    budget: &'b Budget,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Value>,
}

pub(super) fn read(text: &str, budget: &Budget) -> Result<Value, String> {
    let options = options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder { budget, stack: Vec::new(), anchors: HashMap::new(), root: None };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, range) = event.map_err(|error| {
            format!("line {}: {}", error.marker().line(), error.info().trim_end_matches('.'))
        })?;
        let at = |message: String| format!("line {}: {message}", range.start.line());
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents > 1 {
                return Err(at("a second document begins here; put it into its own file".into()));
            }
        }
        builder.event(event).map_err(at)?;
    }
    Ok(builder.root.unwrap_or(Value::Null))
}

pub(super) fn write(value: &Value) -> Result<Vec<u8>, String> {
    serde_yaml::to_string(value).map(String::into_bytes).map_err(|error| error.to_string())
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let before = self.budget.spent();
                self.budget.take(text.len())?;
                let is_text = tag.as_deref().is_some_and(|tag| tag.core_suffix() == Some("str"));
                let is_plain = style == ScalarStyle::Plain && !is_text;
                if is_plain && text == "<<" {
                    return Err("merge key `<<` is not supported; write out the keys".into());
                }
                let value = match &self.stack.last().map(|frame| &frame.open) {
                    // `1:` and `true:` are keys that look like this.
                    Some(Open::Map(_, None)) => text.as_ref().into(),
                    _ if is_plain => scalar::yaml(&text),
                    _ => text.as_ref().into(),
                };
                let spent = self.budget.spent_since(before);
                self.place(Anchored { value, spent, depth: 0 }, anchor)
            }
            Event::Alias(anchor) => {
                let Some(Anchored { spent, .. }) = self.anchors.get(&anchor) else {
                    return Err("alias stands inside what it refers to".into());
                };
                // Before the copy: a few lines of aliases can stand for gigabytes.
                self.budget.take_again(*spent)?;
                let copy = self.anchors[&anchor].clone();
                self.place(copy, 0)
            }
            Event::SequenceStart(_, anchor, _) => self.open(anchor, Open::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.open(anchor, Open::Map(Map::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn open(&mut self, anchor: usize, open: Open) -> Result<(), String> {
        let before = self.budget.spent();
        self.budget.take(0)?;
        self.stack.push(Frame { anchor, before, depth: 0, open });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(values) => Value::Array(values),
            Open::Map(entries, _) => Value::Object(entries),
        };
        let spent = self.budget.spent_since(frame.before);
        self.place(Anchored { value, spent, depth: frame.depth + 1 }, frame.anchor)
    }

    /// Puts a complete value into the innermost open list or mapping.
    fn place(&mut self, node: Anchored, anchor: usize) -> Result<(), String> {
        if self.stack.len() + node.depth > MAX_DEPTH {
            return Err(format!("lists and mappings nest more than {MAX_DEPTH} deep"));
        }
        if anchor != 0 {
            self.budget.take_again(node.spent)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        frame.depth = frame.depth.max(node.depth);
        match &mut frame.open {
            Open::List(values) => values.push(node.value),
            Open::Map(entries, key) => match (key.take(), node.value) {
                (Some(name), value) => drop(entries.insert(name, value)),
                (None, Value::String(name)) if entries.contains_key(&name) => {
                    return Err(format!("key `{name}` is given twice"));
                }
                (None, Value::String(name)) => *key = Some(name),
                (None, _) => return Err("a key is a list or a mapping, not text".into()),
            },
        }
        Ok(())
    }
}
