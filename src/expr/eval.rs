//! Evaluation: values of a scope by reference, everything that is made paid from the fuel.

use std::borrow::Cow;

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::ExprError;
use super::check::{About, contains};
use super::error::literal;
use super::fuel::Fuel;
use super::node::{Comparison, Kind, Node};
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
            Kind::Attribute(of, name) => Ok(match self.find(of)? {
                Ok(value) => self.key(of, value, name, node)?,
                Err(missing) => Err(missing),
            }),
            Kind::Item(of, key) => {
                let key = self.eval(key)?;
                Ok(match self.find(of)? {
                    Ok(value) => match &*key {
                        Value::String(name) => self.key(of, value, name, node)?,
                        Value::Number(index) => self.item(of, value, index.as_i64(), node)?,
                        other => {
                            let message = format!("{} cannot be a key", kind(other));
                            return Err(ExprError::new(message).at(&node.range));
                        }
                    },
                    Err(missing) => Err(missing),
                })
            }
            _ => self.other(node).map_err(|error| error.at(&node.range)).map(Ok),
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

    fn other(self, node: &Node) -> Result<Cow<'a, Value>, ExprError> {
        let owned = |value: Value| Ok(Cow::Owned(value));
        match &node.kind {
            Kind::Constant(value) => {
                self.fuel.copy(value)?;
                owned(value.clone())
            }
            Kind::Not(of) => owned((!holds(&*self.eval(of)?)).into()),
            Kind::Negative(of) => owned(negative(&*self.eval(of)?)?),
            Kind::And(left, right) => {
                let left = self.eval(left)?;
                if holds(&left) { self.eval(right) } else { Ok(left) }
            }
            Kind::Or(left, right) => {
                let left = self.eval(left)?;
                if holds(&left) { Ok(left) } else { self.eval(right) }
            }
            Kind::Math(operator, left, right) => {
                let (left, right) = (self.eval(left)?, self.eval(right)?);
                owned(math(*operator, &left, &right, self.fuel)?)
            }
            Kind::Compare(first, rest) => owned(self.compare(first, rest)?.into()),
            Kind::If { condition, then, otherwise } => {
                if holds(&*self.eval(condition)?) {
                    return self.eval(then);
                }
                match otherwise {
                    Some(otherwise) => self.eval(otherwise),
                    None => Err(ExprError::new("it has no value when the condition does not hold")
                        .help("add `else`: `value if condition else ''`")),
                }
            }
            Kind::Filter(filter, of, arguments) => {
                let arguments =
                    arguments.iter().map(|node| node.as_ref().map(|node| self.eval(node)).transpose());
                let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
                if filter.name == "default" {
                    let use_it = arguments.get(1).is_some_and(|choice| choice.as_deref().is_some_and(holds));
                    return match self.find(of)? {
                        Ok(value) if !use_it || holds(&value) => Ok(value),
                        _ => Ok(arguments.into_iter().next().flatten().unwrap_or(Cow::Owned("".into()))),
                    };
                }
                let value = self.eval(of)?;
                owned((filter.apply)(&value, &filter.arguments(&arguments), self.fuel)?)
            }
            Kind::Check(check, of, argument) => match check.about {
                About::Existence { wanted } => owned((self.find(of)?.is_ok() == wanted).into()),
                About::Value(run) => {
                    let argument = argument.as_ref().map(|node| self.eval(node)).transpose()?;
                    owned(
                        run(&*self.eval(of)?, argument.as_deref().unwrap_or(&Value::Null), self.fuel)?.into(),
                    )
                }
            },
            Kind::List(items) => {
                owned(items.iter().map(|item| self.copied(item)).collect::<Result<Vec<_>, _>>()?.into())
            }
            Kind::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(plain(&*self.eval(key)?)?.into_owned(), self.copied(value)?);
                }
                owned(map.into())
            }
            Kind::Slice(of, from, to) => self.slice(of, from.as_deref(), to.as_deref()).map(Cow::Owned),
            Kind::Name(_) | Kind::Attribute(..) | Kind::Item(..) => self.eval(node),
        }
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
