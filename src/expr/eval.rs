//! Evaluation: values of a scope by reference, everything that is made paid from the fuel.

use std::borrow::Cow;

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::ExprError;
use super::check::{About, Check, contains};
use super::error::literal;
use super::filters::{Filter, arguments as given};
use super::fuel::Fuel;
use super::node::{Comparison, Kind, Math, Node};
use super::number::{equal, math, negative, order};
use super::text::{holds, kind, plain};

/// What a path leads to, or why it leads nowhere.
type Found<'a> = Result<Cow<'a, Value>, ExprError>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) scope: &'a Value,
    /// What the template itself named, the latest last.
    pub(super) own: &'a [(SmolStr, Value)],
    pub(super) fuel: &'a Fuel,
}

impl<'a> Evaluator<'a> {
    pub(super) fn eval(self, node: &Node) -> Result<Cow<'a, Value>, ExprError> {
        self.find(node)?
    }

    /// Like [`Self::eval`], except that a value that does not exist is no failure.
    pub(super) fn find(self, node: &Node) -> Result<Found<'a>, ExprError> {
        self.fuel.spend(1)?;
        match &node.kind {
            Kind::Name(name) => Ok(self.name(name).map_err(|error| error.at(&node.range))),
            Kind::Attribute(of, name) => self.attribute(of, name, node),
            Kind::Item(of, key) => self.subscript(of, key, node),
            _ => self.other(node).map_err(|error| error.at(&node.range)).map(Ok),
        }
    }

    fn attribute(self, of: &Node, name: &str, node: &Node) -> Result<Found<'a>, ExprError> {
        match self.find(of)? {
            Ok(value) => self.key(of, value, name, node),
            Err(missing) => Ok(Err(missing)),
        }
    }

    fn subscript(self, of: &Node, key: &Node, node: &Node) -> Result<Found<'a>, ExprError> {
        let key = self.eval(key)?;
        match self.find(of)? {
            Ok(value) => match &*key {
                Value::String(name) => self.key(of, value, name, node),
                Value::Number(index) => self.item(of, value, index.as_i64(), node),
                other => Err(ExprError::new(format!("{} cannot be a key", kind(other))).at(&node.range)),
            },
            Err(missing) => Ok(Err(missing)),
        }
    }

    fn name(self, name: &SmolStr) -> Found<'a> {
        if let Some((_, value)) = self.own.iter().rev().find(|(own, _)| own == name) {
            return Ok(Cow::Borrowed(value));
        }
        let scope = self.scope.as_object();
        if let Some(value) = scope.and_then(|scope| scope.get(name.as_str())) {
            return Ok(Cow::Borrowed(value));
        }
        let own = self.own.iter().map(|(name, _)| name.as_str());
        let known = own.chain(scope.into_iter().flat_map(Map::keys).map(String::as_str));
        Err(ExprError::new(format!("{} is not known", literal(name))).known(name, known))
    }

    fn key(self, of: &Node, value: Cow<'a, Value>, name: &str, node: &Node) -> Result<Found<'a>, ExprError> {
        let missing = |value: &Value| {
            let whose = of.path().map_or_else(|| "it".to_owned(), |path| literal(&path.join(".")));
            let error = match value {
                Value::Object(map) => ExprError::new(format!("{whose} has no {}", literal(name)))
                    .known(name, map.keys().map(String::as_str)),
                other => ExprError::new(format!("{whose} is {}, and has no {}", kind(other), literal(name))),
            };
            error.at(&node.range)
        };
        Ok(match value {
            Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed).ok_or_else(|| missing(value)),
            Cow::Owned(value) => match value.get(name) {
                Some(found) => {
                    self.fuel.copy(found)?;
                    Ok(Cow::Owned(found.clone()))
                }
                None => Err(missing(&value)),
            },
        })
    }

    fn item(
        self,
        of: &Node,
        value: Cow<'a, Value>,
        index: Option<i64>,
        node: &Node,
    ) -> Result<Found<'a>, ExprError> {
        let Value::Array(items) = &*value else {
            let message = format!("{} has no numbered items", kind(&value));
            return Err(ExprError::new(message).at(&of.range));
        };
        let Some(at) = index.and_then(|index| place(index, items.len())).filter(|at| *at < items.len())
        else {
            let message = format!("there is no such item; the list has {}", items.len());
            return Ok(Err(ExprError::new(message).at(&node.range)));
        };
        Ok(Ok(match value {
            Cow::Borrowed(Value::Array(items)) => Cow::Borrowed(&items[at]),
            ref other => {
                let found = &other[at];
                self.fuel.copy(found)?;
                Cow::Owned(found.clone())
            }
        }))
    }

    /// What is no path. Each kind has a function of its own, which keeps the stack of a deep
    /// expression small.
    fn other(self, node: &Node) -> Result<Cow<'a, Value>, ExprError> {
        match &node.kind {
            Kind::Constant(value) => self.constant(value),
            Kind::Not(of) => Ok(Cow::Owned((!self.holds(of)?).into())),
            Kind::Negative(of) => self.negative(of),
            Kind::And(left, right) => self.either(left, right, false),
            Kind::Or(left, right) => self.either(left, right, true),
            Kind::Math(operator, left, right) => self.math(*operator, left, right),
            Kind::Compare(first, rest) => Ok(Cow::Owned(self.compare(first, rest)?.into())),
            Kind::If { condition, then, otherwise } => self.choice(condition, then, otherwise.as_deref()),
            Kind::Filter(filter, of, arguments) => self.filter(filter, of, arguments),
            Kind::Check(check, of, argument) => self.check(check, of, argument.as_deref()),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Slice(of, from, to) => self.slice(of, from.as_deref(), to.as_deref()).map(Cow::Owned),
            Kind::Name(_) | Kind::Attribute(..) | Kind::Item(..) => self.eval(node),
        }
    }

    fn holds(self, node: &Node) -> Result<bool, ExprError> {
        Ok(holds(&*self.eval(node)?))
    }

    fn constant(self, value: &Value) -> Result<Cow<'a, Value>, ExprError> {
        self.fuel.copy(value)?;
        Ok(Cow::Owned(value.clone()))
    }

    fn negative(self, of: &Node) -> Result<Cow<'a, Value>, ExprError> {
        negative(&*self.eval(of)?).map(Cow::Owned)
    }

    /// The left value if it decides, as `true` does for `or`; the right one otherwise.
    fn either(self, left: &Node, right: &Node, decides: bool) -> Result<Cow<'a, Value>, ExprError> {
        let left = self.eval(left)?;
        if holds(&left) == decides { Ok(left) } else { self.eval(right) }
    }

    fn math(self, operator: Math, left: &Node, right: &Node) -> Result<Cow<'a, Value>, ExprError> {
        let (left, right) = (self.eval(left)?, self.eval(right)?);
        math(operator, &left, &right, self.fuel).map(Cow::Owned)
    }

    fn choice(
        self,
        condition: &Node,
        then: &Node,
        otherwise: Option<&Node>,
    ) -> Result<Cow<'a, Value>, ExprError> {
        if self.holds(condition)? {
            return self.eval(then);
        }
        match otherwise {
            Some(otherwise) => self.eval(otherwise),
            None => Err(ExprError::new("it has no value when the condition does not hold")
                .help("add `else`: `value if condition else ''`")),
        }
    }

    fn filter(
        self,
        filter: &Filter,
        of: &Node,
        arguments: &[Option<Node>],
    ) -> Result<Cow<'a, Value>, ExprError> {
        let arguments = arguments.iter().map(|node| node.as_ref().map(|node| self.eval(node)).transpose());
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        if filter.name == "default" {
            let also_empty = arguments.get(1).is_some_and(|choice| choice.as_deref().is_some_and(holds));
            return match self.find(of)? {
                Ok(value) if !also_empty || holds(&value) => Ok(value),
                _ => Ok(arguments.into_iter().next().flatten().unwrap_or(Cow::Owned("".into()))),
            };
        }
        let value = self.eval(of)?;
        (filter.apply)(&value, &given(&arguments), self.fuel).map(Cow::Owned)
    }

    fn check(self, check: &Check, of: &Node, argument: Option<&Node>) -> Result<Cow<'a, Value>, ExprError> {
        let holds = match check.about {
            About::Existence { wanted } => self.find(of)?.is_ok() == wanted,
            About::Value(run) => {
                let argument = argument.map(|node| self.eval(node)).transpose()?;
                run(&*self.eval(of)?, argument.as_deref().unwrap_or(&Value::Null), self.fuel)?
            }
        };
        Ok(Cow::Owned(holds.into()))
    }

    fn list(self, items: &[Node]) -> Result<Cow<'a, Value>, ExprError> {
        let items = items.iter().map(|item| self.copied(item)).collect::<Result<Vec<_>, _>>()?;
        Ok(Cow::Owned(items.into()))
    }

    fn map(self, entries: &[(Node, Node)]) -> Result<Cow<'a, Value>, ExprError> {
        let mut map = Map::new();
        for (key, value) in entries {
            map.insert(plain(&*self.eval(key)?)?.into_owned(), self.copied(value)?);
        }
        Ok(Cow::Owned(map.into()))
    }

    /// The value as one of its own.
    pub(super) fn copied(self, node: &Node) -> Result<Value, ExprError> {
        match self.eval(node)? {
            Cow::Owned(value) => Ok(value),
            Cow::Borrowed(value) => {
                self.fuel.copy(value).map_err(|error| error.at(&node.range))?;
                Ok(value.clone())
            }
        }
    }

    fn compare(self, first: &Node, rest: &[(Comparison, Node)]) -> Result<bool, ExprError> {
        let mut left = self.eval(first)?;
        for (comparison, node) in rest {
            let right = self.eval(node)?;
            let same = || {
                // What differs in kind is told apart at once.
                if std::mem::discriminant(&*left) == std::mem::discriminant(&*right) {
                    self.fuel.copy(&left)?;
                }
                Ok::<_, ExprError>(equal(&left, &right))
            };
            let holds = match comparison {
                Comparison::Equal => same()?,
                Comparison::NotEqual => !same()?,
                Comparison::Less => order(&left, &right)?.is_lt(),
                Comparison::LessOrEqual => order(&left, &right)?.is_le(),
                Comparison::Greater => order(&left, &right)?.is_gt(),
                Comparison::GreaterOrEqual => order(&left, &right)?.is_ge(),
                Comparison::In => contains(&right, &left, self.fuel)?,
                Comparison::NotIn => !contains(&right, &left, self.fuel)?,
            };
            if !holds {
                return Ok(false);
            }
            left = right;
        }
        Ok(true)
    }

    fn slice(self, of: &Node, from: Option<&Node>, to: Option<&Node>) -> Result<Value, ExprError> {
        let value = self.eval(of)?;
        self.fuel.copy(&value)?;
        let bound = |node: Option<&Node>, otherwise: usize, length: usize| match node {
            None => Ok(otherwise),
            Some(node) => match self.eval(node)?.as_i64() {
                Some(index) => Ok(place(index, length).unwrap_or(0).min(length)),
                None => Err(ExprError::new("a slice goes from one whole number to another").at(&node.range)),
            },
        };
        let limits = |length| Ok::<_, ExprError>((bound(from, 0, length)?, bound(to, length, length)?));
        match &*value {
            Value::Array(items) => {
                let (from, to) = limits(items.len())?;
                Ok(items.get(from..to).unwrap_or_default().to_vec().into())
            }
            Value::String(text) => {
                let (from, to) = limits(text.chars().count())?;
                Ok(text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>().into())
            }
            other => Err(ExprError::new(format!("{} has no slices", kind(other)))),
        }
    }
}

/// Where an index is; a negative one counts from the end.
fn place(index: i64, length: usize) -> Option<usize> {
    if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}
