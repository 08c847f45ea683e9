//! Conditions as structured data, which mean the same as the expressions that they compile to.

use std::fmt::Write as _;

use serde_json::Value;

use super::error::literal;
use super::{Expr, ExprError};

/// A condition in either form.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Expr(Expr),
    /// All hold; of none, that is so.
    All(Vec<Condition>),
    /// At least one holds; of none, that is not so.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        /// What to look at, as an expression names it: `steps.build.outputs.count`.
        field: String,
        operator: Operator,
        value: Value,
    },
}

/// How a field is compared with a value.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// The field is one of the values.
    In,
    NotIn,
    /// The field, a list or a text, has the value in it.
    Contains,
    /// The field, a text, has a match of the regular expression.
    Matches,
    /// The field is there and not none; with `false`, the opposite.
    Exists,
}

/// Conditions in conditions.
const DEPTH: usize = 30;

impl Condition {
    /// The expression that means the same.
    ///
    /// # Errors
    /// A field that is no reference, a value that does not fit the operator, too much nesting.
    pub fn to_expr(&self) -> Result<Expr, ExprError> {
        let mut source = String::new();
        self.write(&mut source, 0)?;
        Expr::parse(&source).map_err(|error| ExprError { range: None, ..error })
    }

    fn write(&self, out: &mut String, depth: usize) -> Result<(), ExprError> {
        if depth > DEPTH {
            return Err(ExprError::new(format!("the condition is nested more than {DEPTH} times")));
        }
        match self {
            Self::Expr(expr) => {
                out.push('(');
                out.push_str(expr.source());
                out.push(')');
                Ok(())
            }
            Self::All(conditions) => join(conditions, " and ", "true", out, depth),
            Self::Any(conditions) => join(conditions, " or ", "false", out, depth),
            Self::Not(condition) => {
                out.push_str("(not ");
                condition.write(out, depth + 1)?;
                out.push(')');
                Ok(())
            }
            Self::Compare { field, operator, value } => compare(field, *operator, value, out),
        }
    }
}

fn join(
    conditions: &[Condition],
    word: &str,
    empty: &str,
    out: &mut String,
    depth: usize,
) -> Result<(), ExprError> {
    if conditions.is_empty() {
        out.push_str(empty);
        return Ok(());
    }
    out.push('(');
    for (index, condition) in conditions.iter().enumerate() {
        if index > 0 {
            out.push_str(word);
        }
        condition.write(out, depth + 1)?;
    }
    out.push(')');
    Ok(())
}

fn compare(field: &str, operator: Operator, value: &Value, out: &mut String) -> Result<(), ExprError> {
    let path = Expr::parse(field).ok().filter(|expr| expr.node().path().is_some());
    let Some(path) = path else {
        return Err(ExprError::new(format!("{} names no field", literal(field)))
            .help("name it with dots: `event.task.status`"));
    };
    let field = path.source().trim();
    let written = write_value(value)?;
    let sign = match operator {
        Operator::Eq => "==",
        Operator::Ne => "!=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::In | Operator::NotIn => {
            if !value.is_array() {
                return Err(ExprError::new("`in` and `not_in` need a list of values"));
            }
            if operator == Operator::In { "in" } else { "not in" }
        }
        Operator::Contains => {
            let _ = write!(out, "({written} in {field})");
            return Ok(());
        }
        Operator::Matches => {
            let Value::String(pattern) = value else {
                return Err(ExprError::new("`matches` needs a regular expression"));
            };
            super::check::pattern(pattern, &super::fuel::Fuel::of_expression())?;
            let _ = write!(out, "({field} is matching({written}))");
            return Ok(());
        }
        Operator::Exists => {
            out.push_str(match value {
                Value::Bool(true) => "(",
                Value::Bool(false) => "(not (",
                _ => return Err(ExprError::new("`exists` needs true or false")),
            });
            let _ = write!(out, "{field} is defined and {field} is not none)");
            if value == &Value::Bool(false) {
                out.push(')');
            }
            return Ok(());
        }
    };
    let _ = write!(out, "({field} {sign} {written})");
    Ok(())
}

/// The value as an expression writes it.
fn write_value(value: &Value) -> Result<String, ExprError> {
    Ok(match value {
        Value::Null => "none".into(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) if number.as_f64().is_some_and(|number| number.abs() >= 1e300) => {
            return Err(ExprError::new("the number is too large"));
        }
        Value::Number(number) => match number.as_f64() {
            // A negative literal is a negation, which binds less than a filter.
            Some(negative) if negative < 0.0 => format!("({number})"),
            _ => number.to_string(),
        },
        Value::String(text) => write_text(text),
        Value::Array(items) => {
            let items = items.iter().map(write_value).collect::<Result<Vec<_>, _>>()?;
            format!("[{}]", items.join(", "))
        }
        Value::Object(_) => return Err(ExprError::new("a field cannot be compared with a map")),
    })
}

fn write_text(text: &str) -> String {
    let mut written = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            letter if letter.is_control() => {
                let _ = write!(written, "\\u{:04x}", letter as u32);
            }
            letter => written.push(letter),
        }
    }
    written.push('"');
    written
}
