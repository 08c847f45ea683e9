//! YAML text to a tree of [`Node`]s. The only module that names the YAML parser.
//!
//! The parser's events are put together here, because no ready-made tree is both safe against
//! hostile input and able to say where everything stands. JSON is read the same way: YAML 1.2
//! holds it whole. What is checked for here: depth, number and size of values (with aliases
//! counted before they are copied), keys given twice, merge keys, tags, several documents.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as Range, Tag, options};
use smol_str::SmolStr;

use crate::diag::{Diagnostic, Issue, Span, literal};

use super::{Entry, Node, Value, scalar};

/// How deep lists and mappings may nest, aliases counted with what they stand for.
const MAX_DEPTH: usize = 100;
/// Keys and values of a file, aliases counted with what they stand for.
const MAX_VALUES: usize = 600_000;
/// Bytes of text in a file, aliases counted with what they stand for.
const MAX_TEXT: usize = 16 << 20;

/// Reads a text. Nothing comes back of an empty one, of one with a syntax error, or of one
/// beyond a limit; other problems leave the tree as it is without what they are about.
pub(crate) fn parse(file: &Arc<str>, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut builder = Builder::new(file, text);
    let read = builder.read();
    let mut problems = builder.problems;
    match read {
        Ok(()) => (builder.root, problems),
        Err(problem) => {
            problems.push(*problem);
            (None, problems)
        }
    }
}

/// A problem that leaves nothing of the file.
type Fatal = Box<Diagnostic>;

/// How much a value holds, so that an alias can be refused before it is copied.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    values: usize,
    bytes: usize,
    depth: usize,
}

impl Measure {
    fn add(&mut self, inner: Self) {
        self.values += inner.values;
        self.bytes += inner.bytes;
        self.depth = self.depth.max(inner.depth + 1);
    }
}

enum Key {
    None,
    Read(SmolStr, Span),
    /// A key that was complained about: its value goes nowhere.
    Refused,
}

enum Open {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<SmolStr, Span>, key: Key },
}

struct Frame {
    start: usize,
    anchor: usize,
    measure: Measure,
    open: Open,
}

struct Builder<'t> {
    file: Arc<str>,
    text: &'t str,
    root: Option<Node>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, (Node, Measure)>,
    total: Measure,
    problems: Vec<Diagnostic>,
}

impl<'t> Builder<'t> {
    fn new(file: &Arc<str>, text: &'t str) -> Self {
        Self {
            file: file.clone(),
            text,
            root: None,
            stack: Vec::new(),
            anchors: HashMap::new(),
            total: Measure::default(),
            problems: Vec::new(),
        }
    }

    fn read(&mut self) -> Result<(), Fatal> {
        let options = options! {
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut documents = 0;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, range) = event.map_err(|error| Box::new(self.scan_error(&error)))?;
            let span = self.span(range);
            let tag_span = range.tag_span().map_or(span, |tag| self.span(tag));
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        self.several_documents(span);
                        return Ok(());
                    }
                }
                event => self.event(event, span, tag_span)?,
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span, tag_span: Span) -> Result<(), Fatal> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), tag_span);
                let measure = Measure { values: 1, bytes: text.len(), depth: 0 };
                let is_merge = style == ScalarStyle::Plain && text == "<<";
                self.place(Node { span, value }, measure, anchor, is_merge)
            }
            Event::Alias(anchor) => {
                let Some((node, measure)) = self.anchors.get(&anchor) else {
                    return Err(self
                        .fatal(Issue::Syntax, span, "alias stands inside what it refers to")
                        .into());
                };
                let measure = *measure;
                // Checked before the copy: a few lines of aliases can stand for gigabytes.
                self.check(measure, span)?;
                let node = Node { span, ..node.clone() };
                self.place(node, measure, 0, false)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), &["seq"], tag_span);
                self.open(span, anchor, Open::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), &["map"], tag_span);
                self.open(
                    span,
                    anchor,
                    Open::Map { entries: Vec::new(), seen: HashMap::new(), key: Key::None },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, tag_span: Span) -> Value {
        self.refuse_tag(tag, &["str", "int", "float", "bool", "null"], tag_span);
        let is_text = tag.is_some_and(|tag| tag.core_suffix().is_none_or(|suffix| suffix == "str"));
        if style == ScalarStyle::Plain && !is_text { scalar::resolve(text) } else { Value::Text(text.into()) }
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, allowed: &[&str], span: Span) {
        let Some(tag) = tag else { return };
        let plain_mark = tag.handle().is_empty() && tag.suffix() == "!";
        if plain_mark || tag.core_suffix().is_some_and(|suffix| allowed.contains(&suffix)) {
            return;
        }
        let name = literal(&format!("{}{}", tag.handle(), tag.suffix()));
        let problem =
            Diagnostic::new(Issue::UnknownTag, &self.file, span, format!("tag {name} is not supported"))
                .help("remove the tag; the kind of a value follows from its key");
        self.problems.push(problem);
    }

    fn open(&mut self, span: Span, anchor: usize, open: Open) -> Result<(), Fatal> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.too_deep(span).into());
        }
        let measure = Measure { values: 1, bytes: 0, depth: 0 };
        self.stack.push(Frame { start: span.start, anchor, measure, open });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Fatal> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(items) => Value::List(items),
            Open::Map { entries, .. } => Value::Map(entries),
        };
        let span = self.head(frame.start, end.end, &value);
        // What is inside was counted when it was placed.
        self.total.values -= frame.measure.values - 1;
        self.total.bytes -= frame.measure.bytes;
        self.place(Node { span, value }, frame.measure, frame.anchor, false)
    }

    /// Puts a complete value where it belongs: into the innermost open list or mapping.
    fn place(&mut self, node: Node, measure: Measure, anchor: usize, is_merge: bool) -> Result<(), Fatal> {
        self.check(measure, node.span)?;
        self.total.values += measure.values;
        self.total.bytes += measure.bytes;
        if anchor != 0 {
            // A copy like any other: anchors within anchors would multiply unseen.
            self.check(measure, node.span)?;
            self.total.values += measure.values;
            self.total.bytes += measure.bytes;
            self.anchors.insert(anchor, (node.clone(), measure));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.measure.add(measure);
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map { entries, seen, key } => match std::mem::replace(key, Key::None) {
                Key::None => match read_key(&self.file, self.text, seen, &node, is_merge) {
                    Ok(name) => *key = Key::Read(name, node.span),
                    Err(problem) => {
                        self.problems.push(*problem);
                        *key = Key::Refused;
                    }
                },
                Key::Read(name, key_span) => entries.push(Entry { key: name, key_span, value: node }),
                Key::Refused => {}
            },
        }
        Ok(())
    }

    fn check(&self, measure: Measure, span: Span) -> Result<(), Fatal> {
        if self.stack.len() + measure.depth > MAX_DEPTH {
            return Err(self.too_deep(span).into());
        }
        if self.total.values + measure.values > MAX_VALUES || self.total.bytes + measure.bytes > MAX_TEXT {
            let message = format!("file holds more than {MAX_VALUES} values or {MAX_TEXT} bytes of text");
            let problem = self.fatal(Issue::TooManyValues, span, message);
            return Err(Box::new(
                problem.help("write out what aliases (`*name`) stand for, or split the file"),
            ));
        }
        Ok(())
    }

    fn too_deep(&self, span: Span) -> Diagnostic {
        let message = format!("lists and mappings nest more than {MAX_DEPTH} deep");
        let problem = self.fatal(Issue::TooDeep, span, message);
        problem.help("check that this is the right file; no file of a project nests like this")
    }

    fn several_documents(&mut self, span: Span) {
        let problem =
            Diagnostic::new(Issue::SeveralDocuments, &self.file, span, "a second document begins here")
                .help("remove the `---`, or put the second document into its own file");
        self.problems.push(problem);
    }

    fn scan_error(&self, error: &ScanError) -> Diagnostic {
        let start = error.marker().byte_offset().unwrap_or_default();
        let start = self.text.floor_char_boundary(start);
        let next = self.text[start..].chars().next().filter(|next| *next != '\n' && *next != '\r');
        let span = Span::new(start, start + next.map_or(0, char::len_utf8));
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return self.too_deep(span);
        }
        let info = error.info();
        let mut problem = self.fatal(Issue::Syntax, span, info.trim_end_matches('.').to_owned());
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let indent = self.text[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
        if indent.into_iter().any(|byte| byte == b'\t') {
            problem = problem.help("indent with spaces; YAML does not allow tabs there");
        }
        problem
    }

    fn fatal(&self, issue: Issue, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(issue, &self.file, span, message)
    }

    fn span(&self, range: Range) -> Span {
        let bytes = range.byte_range().unwrap_or_default();
        let start = self.text.floor_char_boundary(bytes.start);
        Span { start, end: self.text.floor_char_boundary(bytes.end).max(start) }
    }

    /// The place of a list or mapping: all of it on one line, or else its first part.
    fn head(&self, start: usize, end: usize, value: &Value) -> Span {
        let whole = self.text[start..end.max(start)].trim_end();
        if !whole.contains('\n') {
            return Span::new(start, start + whole.len());
        }
        match value {
            Value::Map(entries) => entries.first().map(|entry| {
                let joined = self.text.get(entry.key_span.end..entry.value.span.start);
                let on_one_line = joined.is_some_and(|between| !between.contains('\n'));
                let end = if on_one_line { entry.value.span.end } else { entry.key_span.end };
                self.first_line(entry.key_span.start, end)
            }),
            Value::List(items) => items.first().map(|item| item.span),
            _ => None,
        }
        .unwrap_or_else(|| self.first_line(start, start + whole.len()))
    }

    fn first_line(&self, start: usize, end: usize) -> Span {
        let text = &self.text[start..end.max(start)];
        Span::new(start, start + text.lines().next().unwrap_or_default().trim_end().len())
    }
}

/// Takes a scalar for a key: text, unique in its mapping, and no merge key.
fn read_key(
    file: &Arc<str>,
    text: &str,
    seen: &mut HashMap<SmolStr, Span>,
    node: &Node,
    is_merge: bool,
) -> Result<SmolStr, Fatal> {
    let problem = |issue, message: String| Diagnostic::new(issue, file, node.span, message);
    if is_merge {
        let problem = problem(Issue::MergeKey, "merge key `<<` is not supported".to_owned());
        return Err(Box::new(problem.help("write out the keys that it would bring in")));
    }
    let name: SmolStr = match &node.value {
        Value::Text(name) => name.clone(),
        // `1:` and `true:` are what they look like.
        Value::Number(_) | Value::Bool(_) => text[node.span.start..node.span.end].into(),
        Value::Null => return Err(Box::new(problem(Issue::KeyNotText, "key is empty".to_owned()))),
        Value::List(_) | Value::Map(_) => {
            let problem = problem(Issue::KeyNotText, "key is a list or a mapping, not text".to_owned());
            return Err(Box::new(problem.help("put it in quotes if it is meant as text")));
        }
    };
    match seen.entry(name) {
        Slot::Vacant(slot) => {
            let name = slot.key().clone();
            slot.insert(node.span);
            Ok(name)
        }
        Slot::Occupied(first) => {
            let message = format!("key {} is given twice", literal(first.key()));
            let problem = problem(Issue::DuplicateKey, message)
                .label(file, *first.get(), "first given here")
                .help("keep one of the two");
            Err(Box::new(problem))
        }
    }
}
