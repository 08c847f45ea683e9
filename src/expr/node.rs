//! Expressions and templates as trees, and what they refer to.

use std::ops::Range;

use serde_json::Value;
use smol_str::SmolStr;

use super::check::Check;
use super::filters::Filter;

/// A value that is asked for: `steps.build.outputs.image` or `steps['build'].outputs`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// As far as it is known without evaluation: `steps[name].outputs` is `steps`.
    pub path: Vec<SmolStr>,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path.join("."))
    }
}

/// An expression, and the bytes of the source where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Constant(Value),
    Name(SmolStr),
    Attribute(Box<Node>, SmolStr),
    Item(Box<Node>, Box<Node>),
    Slice(Box<Node>, Option<Box<Node>>, Option<Box<Node>>),
    Not(Box<Node>),
    Negative(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Math(Math, Box<Node>, Box<Node>),
    /// `a < b <= c`: each with the next.
    Compare(Box<Node>, Vec<(Comparison, Node)>),
    If {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Option<Box<Node>>,
    },
    Filter(&'static Filter, Box<Node>, Vec<Option<Node>>),
    Check(&'static Check, Box<Node>, Option<Box<Node>>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Math {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Join,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// A part of a template.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Value(Node),
    If { condition: Node, then: Vec<Part>, otherwise: Vec<Part> },
    For { names: Vec<SmolStr>, list: Node, filter: Option<Node>, body: Vec<Part>, empty: Vec<Part> },
    Set(SmolStr, Node),
}

impl Node {
    /// The path that it names, if it is nothing but a path.
    pub(super) fn path(&self) -> Option<Vec<SmolStr>> {
        let mut path = Vec::new();
        let mut node = self;
        loop {
            match &node.kind {
                Kind::Name(name) => {
                    path.push(name.clone());
                    path.reverse();
                    return Some(path);
                }
                Kind::Attribute(of, name) => {
                    path.push(name.clone());
                    node = of;
                }
                Kind::Item(of, key) => {
                    path.push(constant_key(key)?);
                    node = of;
                }
                _ => return None,
            }
        }
    }

    /// The expressions directly below.
    pub(super) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Constant(_) | Kind::Name(_) => Vec::new(),
            Kind::Attribute(of, _) | Kind::Not(of) | Kind::Negative(of) => vec![of],
            Kind::Item(one, other)
            | Kind::And(one, other)
            | Kind::Or(one, other)
            | Kind::Math(_, one, other) => {
                vec![one, other]
            }
            Kind::Slice(of, from, to) => {
                std::iter::once(of).chain(from).chain(to).map(|node| &**node).collect()
            }
            Kind::Compare(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, node)| node)).collect()
            }
            Kind::If { condition, then, otherwise } => {
                [condition, then].into_iter().chain(otherwise).map(|node| &**node).collect()
            }
            Kind::Filter(_, of, arguments) => {
                std::iter::once(&**of).chain(arguments.iter().flatten()).collect()
            }
            Kind::Check(_, of, argument) => std::iter::once(of).chain(argument).map(|node| &**node).collect(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        }
    }

    /// Adds what it refers to, except names that the template itself gives a value.
    pub(super) fn references(&self, own: &[SmolStr], found: &mut Vec<(Reference, Range<usize>)>) {
        let mut node = self;
        // A constant path is one reference; of any other, the part that is constant.
        loop {
            if let Some(path) = node.path() {
                if !own.contains(&path[0]) {
                    found.push((Reference { path }, node.range.clone()));
                }
                return;
            }
            match &node.kind {
                Kind::Attribute(of, _) => node = of,
                Kind::Item(of, key) => {
                    key.references(own, found);
                    node = of;
                }
                _ => break,
            }
        }
        for child in node.children() {
            child.references(own, found);
        }
    }

    /// Whether both say the same, wherever they stand.
    pub(super) fn says_the_same(&self, other: &Node) -> bool {
        let same = |one: &Node, other: &Node| {
            let (one, other) = (one.children(), other.children());
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.says_the_same(other))
        };
        let alike = match (&self.kind, &other.kind) {
            (Kind::Constant(one), Kind::Constant(other)) => one == other,
            (Kind::Name(one), Kind::Name(other)) | (Kind::Attribute(_, one), Kind::Attribute(_, other)) => {
                one == other
            }
            (Kind::Math(one, ..), Kind::Math(other, ..)) => one == other,
            (Kind::Compare(_, one), Kind::Compare(_, other)) => one
                .iter()
                .map(|(comparison, _)| comparison)
                .eq(other.iter().map(|(comparison, _)| comparison)),
            (Kind::Filter(one, _, left), Kind::Filter(other, _, right)) => {
                let given =
                    |arguments: &[Option<Node>]| arguments.iter().map(Option::is_some).collect::<Vec<_>>();
                one.name == other.name && given(left) == given(right)
            }
            (Kind::Check(one, ..), Kind::Check(other, ..)) => one.name == other.name,
            (Kind::Slice(_, from, _), Kind::Slice(_, other, _)) => from.is_some() == other.is_some(),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        };
        alike && same(self, other)
    }
}

fn constant_key(key: &Node) -> Option<SmolStr> {
    match &key.kind {
        Kind::Constant(Value::String(name)) => Some(name.into()),
        Kind::Constant(Value::Number(index)) => Some(index.to_string().into()),
        _ => None,
    }
}

/// What a template refers to, in the order of the source.
pub(super) fn references(parts: &[Part], own: &mut Vec<SmolStr>, found: &mut Vec<(Reference, Range<usize>)>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Value(node) => node.references(own, found),
            Part::Set(name, node) => {
                node.references(own, found);
                own.push(name.clone());
            }
            Part::If { condition, then, otherwise } => {
                condition.references(own, found);
                references(then, own, found);
                references(otherwise, own, found);
            }
            Part::For { names, list, filter, body, empty } => {
                list.references(own, found);
                let before = own.len();
                own.extend(names.iter().cloned());
                own.push(SmolStr::new_static("loop"));
                if let Some(filter) = filter {
                    filter.references(own, found);
                }
                references(body, own, found);
                own.truncate(before);
                references(empty, own, found);
                own.truncate(before);
            }
        }
    }
}
