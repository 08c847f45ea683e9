//! Every expression and template of a workflow, in the order of the file's keys.

use std::ops::Range;

use crate::actions::Action;
use crate::check::build::whole;
use crate::check::declared::{Flow, Item};
use crate::check::raw::{RawCall, RawComparison, RawCondition, RawEnv, RawShell, Text};
use crate::diag::Span;
use crate::expr::{Expr, ExprError, Reference, Sink, Template};
use crate::load::{Node, ShortOr, Spanned, Value};

use super::WholeCondition;
use super::place::{At, Moment, Place};
use super::steps::{List, StepView};

/// What a text refers to, and where in it; or why it cannot be read.
pub(in crate::check) type Read = Result<Vec<(Reference, Range<usize>)>, ExprError>;

/// An expression or a template.
#[derive(Debug)]
pub(in crate::check) struct Written<'a> {
    pub(in crate::check) text: &'a str,
    pub(in crate::check) span: Span,
    pub(in crate::check) place: Place,
    pub(in crate::check) read: Read,
    /// The program whose quoting nobody knows, of a script for one.
    pub(in crate::check) unquotable: Option<&'a str>,
}

/// Everything in a workflow that is an expression or a template, and its conditions as wholes.
pub(super) fn collect<'a>(
    item: &'a Item<Flow>,
    steps: &[StepView<'a>],
) -> (Vec<Written<'a>>, Vec<WholeCondition>) {
    let mut collector = Collector { texts: Vec::new(), conditions: Vec::new() };
    let raw = &item.value.raw;
    for trigger in raw.on.iter().filter_map(|trigger| trigger.long()) {
        collector.condition(trigger.condition.as_ref(), Place::new(At::Trigger), None);
    }
    collector.condition(raw.condition.as_ref(), Place::new(At::Condition), None);
    if let Some(vars) = item.value.tree.get("vars") {
        collector.values(vars, &mut Vec::new(), &|_| (Sink::Plain, Place::new(At::Vars)));
    }
    collector.environment(raw.env.as_ref(), Place::new(At::Env));
    for (index, step) in steps.iter().enumerate() {
        let (key, _) = step.list.key();
        let list = item.value.tree.get(key).and_then(Node::items).unwrap_or_default();
        if let Some(node) = list.get(step.index) {
            collector.step(index, step, node);
        }
    }
    (collector.texts, collector.conditions)
}

struct Collector<'a> {
    texts: Vec<Written<'a>>,
    conditions: Vec<WholeCondition>,
}

impl<'a> Collector<'a> {
    fn step(&mut self, index: usize, step: &StepView<'a>, node: &'a Node) {
        let keys = &step.raw.value.keys;
        let moment = if step.list == List::Steps { Moment::Before } else { Moment::Failed };
        let outside = Place { moment, ..Place::new(At::Step(index)) };
        let inside = Place { has_item: keys.for_each.is_some(), ..outside };
        self.condition(keys.condition.as_ref(), outside, Some(index));
        let items = node.get("for_each").map(|node| node.get("items").unwrap_or(node));
        if let Some(items) = items {
            self.values(items, &mut Vec::new(), &|_| (Sink::Plain, outside));
        }
        self.script(keys.run.as_ref(), keys.shell.as_ref(), inside);
        self.plain(keys.cwd.as_ref(), inside);
        self.environment(keys.env.as_ref(), inside);
        if let Some(until) = keys.wait.as_ref().and_then(|wait| wait.long()) {
            self.plain(Some(&until.until), inside);
        }
        self.calls(&step.raw.value.calls, node, inside);
        let after = Place { moment: Moment::Attempted, ..inside };
        if let Some(retry) = keys.retry.as_ref().and_then(|retry| retry.long()) {
            self.condition(retry.condition.as_ref(), Place { moment: Moment::Retried, ..inside }, None);
        }
        let (Some(rollback), Some(node)) = (&keys.rollback, node.get("rollback")) else { return };
        let keys = &rollback.value.keys;
        self.script(keys.run.as_ref(), keys.shell.as_ref(), after);
        self.plain(keys.cwd.as_ref(), after);
        self.environment(keys.env.as_ref(), after);
        self.calls(&rollback.value.calls, node, after);
        if let Some(retry) = keys.retry.as_ref().and_then(|retry| retry.long()) {
            self.condition(retry.condition.as_ref(), Place { moment: Moment::Retried, ..inside }, None);
        }
    }

    fn condition(&mut self, raw: Option<&'a Spanned<RawCondition>>, place: Place, step: Option<usize>) {
        let Some(raw) = raw else { return };
        let before = self.texts.len();
        self.parts(&raw.value, place);
        let is_sound = self.texts[before..].iter().all(|text| text.read.is_ok());
        if !is_sound {
            return;
        }
        match whole(&raw.value) {
            Ok(expr) => self.conditions.push(WholeCondition { expr: Ok(expr), span: raw.span, step }),
            Err(Some(error)) => {
                self.conditions.push(WholeCondition { expr: Err(error), span: raw.span, step });
            }
            Err(None) => {}
        }
    }

    fn parts(&mut self, raw: &'a RawCondition, place: Place) {
        match raw {
            ShortOr::Short(text) => self.expression(&text.0, text.span, place),
            ShortOr::Long(RawComparison { all, any, not, field, .. }) => {
                for part in all.iter().chain(any).flat_map(|list| list.iter()) {
                    self.parts(&part.value, place);
                }
                if let Some(part) = not {
                    self.parts(&part.value, place);
                }
                if let Some(field) = field {
                    self.expression(&field.0, field.span, place);
                }
            }
        }
    }

    fn expression(&mut self, text: &'a str, span: Span, place: Place) {
        let read = Expr::parse(text).map(|expr| whole_ranges(text, expr.references_with_ranges()));
        self.texts.push(Written { text, span, place, read, unquotable: None });
    }

    fn template(&mut self, text: &'a str, span: Span, sink: Sink, place: Place) {
        if !is_template(text) {
            return;
        }
        let read =
            Template::parse(text, sink).map(|template| whole_ranges(text, template.references_with_ranges()));
        self.texts.push(Written { text, span, place, read, unquotable: None });
    }

    fn plain(&mut self, text: Option<&'a Spanned<Text>>, place: Place) {
        if let Some(text) = text {
            self.template(&text.value.0, text.span, Sink::Plain, place);
        }
    }

    fn script(&mut self, run: Option<&'a Spanned<Text>>, shell: Option<&'a Spanned<RawShell>>, place: Place) {
        let Some(run) = run else { return };
        let before = self.texts.len();
        let program = shell.and_then(|shell| shell.value.unquotable());
        let sink = if program.is_some() { Sink::Plain } else { Sink::Shell };
        self.template(&run.value.0, run.span, sink, place);
        for text in &mut self.texts[before..] {
            text.unquotable = program;
        }
    }

    fn environment(&mut self, env: Option<&'a Spanned<RawEnv>>, place: Place) {
        for (_, value) in env.into_iter().flat_map(|env| env.iter()) {
            self.template(&value.value.0, value.span, Sink::Plain, place.with_secrets());
        }
    }

    fn calls(&mut self, calls: &'a [RawCall], node: &'a Node, place: Place) {
        for call in calls {
            let Some(args) = node.get(call.action.name()) else { continue };
            self.values(args, &mut Vec::new(), &|path| in_argument(call.action, call, path, place));
        }
    }

    /// Every text within a value; `form` tells from the path to a text how it is to be read.
    fn values(&mut self, node: &'a Node, path: &mut Vec<&'a str>, form: &dyn Fn(&[&str]) -> (Sink, Place)) {
        /// The segments of small lists, so that none is made for each item.
        const INDEXES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        match &node.value {
            Value::Text(text) if is_template(text) => {
                let (sink, place) = form(path);
                self.template(text, node.span, sink, place);
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    // No action quotes the items of a list one by one.
                    path.push(INDEXES.get(index).copied().unwrap_or("9"));
                    self.values(item, path, form);
                    path.pop();
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    path.push(&entry.key);
                    self.values(&entry.value, path, form);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

/// The ranges of references from their first name on: the grammar's own begin with the last dot.
fn whole_ranges(
    text: &str,
    mut references: Vec<(Reference, Range<usize>)>,
) -> Vec<(Reference, Range<usize>)> {
    for (reference, range) in &mut references {
        let Some(root) = reference.path.first() else { continue };
        let begins = text.get(range.clone()).is_some_and(|found| found.starts_with(root.as_str()));
        if let Some(start) =
            text.get(..range.start).filter(|_| !begins).and_then(|before| before.rfind(root.as_str()))
        {
            range.start = start;
        }
    }
    references
}

/// How a text in the arguments of an action is read.
fn in_argument(action: &dyn Action, call: &RawCall, path: &[&str], place: Place) -> (Sink, Place) {
    let sink = action.sink(&call.args.value.0, path);
    (sink, if sink == Sink::Header { place.with_secrets() } else { place })
}

/// Whether anything in a text is to be filled in.
pub(in crate::check) fn is_template(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#'))
}
