//! From source to tree, by minijinja's grammar. This is the only file that names that library.
//!
//! Its parser goes deeper with every operator and guards only some of them, so long sources are
//! counted before they are parsed.

use std::ops::Range;

use minijinja::machinery::{self, Span, Token, ast};
use minijinja::syntax::SyntaxConfig;
use serde_json::Value;
use smol_str::SmolStr;

use super::error::literal;
use super::node::{Comparison, Kind, Math, Node, Part};
use super::{ExprError, Sink, check, filters, secret};

/// Bytes of an expression, also of one within a template.
const EXPRESSION: usize = 4 * 1024;
const TEMPLATE: usize = 64 * 1024;
/// Operators of one expression; each may be one level of the tree.
const OPERATORS: usize = 200;
/// `{% … %}` of one template, and those of them that nest without an end.
const BLOCKS: usize = 500;
const ELIFS: usize = 50;
/// Sources up to this long cannot be too deep.
const SHORT: usize = 200;
/// A delimiter that no source can hold: private-use characters are refused.
const NEVER: &str = "\u{10f5e0}";

pub(super) fn expression(source: &str) -> Result<Node, ExprError> {
    refuse_private(source)?;
    if source.trim().is_empty() {
        return Err(ExprError::new("the expression is empty"));
    }
    if source.len() > EXPRESSION {
        return Err(too_long("expression", EXPRESSION));
    }
    count(source, true, &SyntaxConfig::default())?;
    let tree = machinery::parse_expr(source).map_err(|error| wrong(&error, source))?;
    expression_of(&tree)
}

pub(super) fn template(source: &str, sink: Sink) -> Result<Vec<Part>, ExprError> {
    refuse_private(source)?;
    if source.len() > TEMPLATE {
        return Err(too_long("template", TEMPLATE));
    }
    if !source.contains("{{") && !source.contains("{%") && !source.contains("{#") {
        return Ok(if source.is_empty() { Vec::new() } else { vec![Part::Text(source.into())] });
    }
    let syntax = syntax(source, sink)?;
    count(source, false, &syntax)?;
    match machinery::parse(source, "template", syntax).map_err(|error| wrong(&error, source))? {
        ast::Stmt::Template(template) => parts_of(&template.children),
        _ => Err(ExprError::new("the template has no parts; this is a bug in orch")),
    }
}

/// Scripts know no blocks, and their `${#name}` is no comment.
fn syntax(source: &str, sink: Sink) -> Result<SyntaxConfig, ExprError> {
    let mut builder = SyntaxConfig::builder();
    builder.keep_trailing_newline(true);
    let allows_blocks = matches!(sink, Sink::Plain | Sink::Json | Sink::Markdown | Sink::Html | Sink::Slack);
    if sink == Sink::Shell {
        builder.comment_delimiters([NEVER, "#"].concat(), NEVER);
    }
    if allows_blocks {
        builder.trim_blocks(true).lstrip_blocks(true);
    } else {
        if let Some(at) = source.find("{%") {
            let error = ExprError::new("a block `{% … %}` cannot stand here").at(&(at..at + 2));
            return Err(error.help(match sink {
                Sink::Shell => "use the shell's own `if` and `for`, with values from `env:`",
                _ => "make the value in `vars:` with `{{ … if … else … }}`",
            }));
        }
        builder.block_delimiters([NEVER, "%"].concat(), NEVER);
    }
    builder.build().map_err(|error| ExprError::new(error.to_string()))
}

fn refuse_private(source: &str) -> Result<(), ExprError> {
    match source.char_indices().find(|(_, letter)| secret::is_private(*letter)) {
        Some((at, letter)) => {
            let message = format!("the private-use character U+{:X} cannot stand here", letter as u32);
            Err(ExprError::new(message).at(&(at..at + letter.len_utf8())))
        }
        None => Ok(()),
    }
}

fn too_long(what: &str, most: usize) -> ExprError {
    ExprError::new(format!("the {what} is longer than {} KiB", most / 1024)).help(match what {
        "template" => "put the text into a file and let a step read it",
        _ => "split it up with `vars:`",
    })
}

/// Refuses what the parser, or who walks its tree, would need too deep a stack for.
fn count(source: &str, is_expression: bool, syntax: &SyntaxConfig) -> Result<(), ExprError> {
    if source.len() <= SHORT {
        return Ok(());
    }
    let (mut operators, mut blocks, mut elifs, mut start) = (0, 0, 0, 0);
    for token in machinery::tokenize(source, is_expression, syntax.clone()) {
        // The parser will meet the same error, and say it.
        let Ok((token, span)) = token else { return Ok(()) };
        match token {
            Token::VariableStart => (operators, start) = (0, span.start_offset as usize),
            Token::BlockStart => {
                (operators, start) = (0, span.start_offset as usize);
                blocks += 1;
            }
            Token::VariableEnd | Token::BlockEnd
                if !is_expression && span.end_offset as usize - start > EXPRESSION =>
            {
                return Err(too_long("expression", EXPRESSION).at(&(start..span.end_offset as usize)));
            }
            Token::Ident("elif") => elifs += 1,
            Token::Ident("not" | "and" | "or" | "in" | "is" | "if") => operators += 1,
            Token::TemplateData(_)
            | Token::Ident(_)
            | Token::Str(_)
            | Token::String(_)
            | Token::Int(_)
            | Token::Float(_)
            | Token::Comma
            | Token::Colon => {}
            _ => operators += 1,
        }
        let message = if operators > OPERATORS {
            format!("the expression has more than {OPERATORS} operators")
        } else if blocks > BLOCKS {
            format!("the template has more than {BLOCKS} blocks")
        } else if elifs > ELIFS {
            format!("the template has more than {ELIFS} times `elif`")
        } else {
            continue;
        };
        return Err(ExprError::new(message).at(&range(span)).help("split it up"));
    }
    Ok(())
}

fn wrong(error: &minijinja::Error, source: &str) -> ExprError {
    let message = error.detail().map_or_else(|| error.to_string(), ToOwned::to_owned);
    let range = error.range().map(|range| {
        let clamp = |mut at: usize| {
            at = at.min(source.len());
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        clamp(range.start)..clamp(range.end)
    });
    let help = message.strip_prefix("unknown statement ").map(|word| match word {
        "include" | "import" | "extends" | "macro" | "block" | "from" | "call" => {
            "templates are one text each; only `if`, `for` and `set` are known".to_owned()
        }
        _ => "known are `if`, `for` and `set`".to_owned(),
    });
    let message = message.replace("identifier", "a name").replace("end of input", "the end");
    ExprError { message, range, help, part: None }
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

fn not_here<T>(what: &str, span: Span, help: &str) -> Result<T, ExprError> {
    Err(ExprError::new(format!("{what} cannot be used here")).at(&range(span)).help(help))
}

fn parts_of(statements: &[ast::Stmt<'_>]) -> Result<Vec<Part>, ExprError> {
    statements.iter().map(part_of).collect()
}

fn part_of(statement: &ast::Stmt<'_>) -> Result<Part, ExprError> {
    const KNOWN: &str = "known are `if`, `for` and `set`";
    Ok(match statement {
        ast::Stmt::EmitRaw(raw) => Part::Text(raw.raw.into()),
        ast::Stmt::EmitExpr(emit) => Part::Value(expression_of(&emit.expr)?),
        ast::Stmt::IfCond(block) => Part::If {
            condition: expression_of(&block.expr)?,
            then: parts_of(&block.true_body)?,
            otherwise: parts_of(&block.false_body)?,
        },
        ast::Stmt::ForLoop(block) => {
            if block.recursive {
                return not_here("`recursive`", block.span(), "loop over a list");
            }
            Part::For {
                names: targets(&block.target)?,
                list: expression_of(&block.iter)?,
                filter: block.filter_expr.as_ref().map(expression_of).transpose()?,
                body: parts_of(&block.body)?,
                empty: parts_of(&block.else_body)?,
            }
        }
        ast::Stmt::Set(block) => match targets(&block.target)?.as_slice() {
            [name] if matches!(block.target, ast::Expr::Var(_)) => {
                Part::Set(name.clone(), expression_of(&block.expr)?)
            }
            _ => return not_here("more than one name", block.span(), "set one name at a time"),
        },
        ast::Stmt::SetBlock(block) => {
            return not_here("a block of text as a value", block.span(), "write `{% set name = value %}`");
        }
        ast::Stmt::WithBlock(block) => return not_here("`with`", block.span(), KNOWN),
        ast::Stmt::AutoEscape(block) => {
            return not_here("`autoescape`", block.span(), "orch quotes every value for where it goes");
        }
        ast::Stmt::FilterBlock(block) => return not_here("`filter`", block.span(), KNOWN),
        ast::Stmt::Do(block) => return not_here("`do`", block.span(), KNOWN),
        ast::Stmt::Template(block) => return not_here("a template", block.span(), KNOWN),
    })
}

fn targets(target: &ast::Expr<'_>) -> Result<Vec<SmolStr>, ExprError> {
    match target {
        ast::Expr::Var(name) => Ok(vec![name.id.into()]),
        ast::Expr::List(list) => list
            .items
            .iter()
            .map(|item| match item {
                ast::Expr::Var(name) => Ok(name.id.into()),
                other => not_here("names in parentheses", other.span(), "name them one by one"),
            })
            .collect(),
        other => not_here("this name", other.span(), "use a plain name"),
    }
}

fn boxed(node: &ast::Expr<'_>) -> Result<Box<Node>, ExprError> {
    expression_of(node).map(Box::new)
}

fn optional(node: Option<&ast::Expr<'_>>) -> Result<Option<Box<Node>>, ExprError> {
    node.map(boxed).transpose()
}

fn expression_of(node: &ast::Expr<'_>) -> Result<Node, ExprError> {
    let kind = match node {
        ast::Expr::Const(constant) => Kind::Constant(constant_of(&constant.value, constant.span())?),
        ast::Expr::Var(name) => Kind::Name(name.id.into()),
        ast::Expr::GetAttr(get) => Kind::Attribute(boxed(&get.expr)?, get.name.into()),
        ast::Expr::GetItem(get) => Kind::Item(boxed(&get.expr)?, boxed(&get.subscript_expr)?),
        ast::Expr::Slice(slice) => slice_of(slice)?,
        ast::Expr::UnaryOp(unary) => match unary.op {
            ast::UnaryOpKind::Not => Kind::Not(boxed(&unary.expr)?),
            ast::UnaryOpKind::Neg => Kind::Negative(boxed(&unary.expr)?),
        },
        ast::Expr::BinOp(binary) => binary_of(binary)?,
        ast::Expr::Compare(compare) => compare_of(compare)?,
        ast::Expr::IfExpr(choice) => Kind::If {
            condition: boxed(&choice.test_expr)?,
            then: boxed(&choice.true_expr)?,
            otherwise: optional(choice.false_expr.as_ref())?,
        },
        ast::Expr::Filter(filter) => filter_of(filter)?,
        ast::Expr::Test(test) => check_of(test)?,
        ast::Expr::Call(call) => return call_of(call),
        ast::Expr::List(list) => list_of(&list.items)?,
        ast::Expr::Tuple(list) => list_of(&list.items)?,
        ast::Expr::Map(map) => map_of(map)?,
    };
    let span = range(node.span());
    // The parser's spans of operators begin with the token before, or with the last part of a path.
    let start = match &kind {
        Kind::Attribute(first, _)
        | Kind::Item(first, _)
        | Kind::Slice(first, ..)
        | Kind::And(first, _)
        | Kind::Or(first, _)
        | Kind::Math(_, first, _)
        | Kind::Compare(first, _)
        | Kind::Filter(_, first, _)
        | Kind::Check(_, first, _)
        | Kind::If { then: first, .. } => first.range.start,
        Kind::Not(first) if matches!(&first.kind, Kind::Compare(_, rest) if rest[0].0 == Comparison::In) => {
            first.range.start
        }
        _ => span.start,
    };
    Ok(Node { kind, range: start..span.end.max(start) })
}

fn slice_of(slice: &ast::Spanned<ast::Slice<'_>>) -> Result<Kind, ExprError> {
    if slice.step.is_some() {
        return not_here("a slice with a step", slice.span(), "write `[from:to]`");
    }
    let (start, stop) = (optional(slice.start.as_ref())?, optional(slice.stop.as_ref())?);
    Ok(Kind::Slice(boxed(&slice.expr)?, start, stop))
}

fn compare_of(compare: &ast::Compare<'_>) -> Result<Kind, ExprError> {
    let rest = compare.ops.iter().map(|next| Ok((comparison_of(next.op), expression_of(&next.expr)?)));
    Ok(Kind::Compare(boxed(&compare.expr)?, rest.collect::<Result<_, ExprError>>()?))
}

fn call_of(call: &ast::Spanned<ast::Call<'_>>) -> Result<Node, ExprError> {
    let help = match call.identify_call() {
        ast::CallType::Method(_, name) => format!("there are no methods; is there a filter, `| {name}`?"),
        _ => "there are no functions; use a filter: `value | length`".into(),
    };
    let start = expression_of(&call.expr)?.range.start;
    Err(ExprError::new("a call cannot be used here").at(&(start..range(call.span()).end)).help(help))
}

fn list_of(items: &[ast::Expr<'_>]) -> Result<Kind, ExprError> {
    items.iter().map(expression_of).collect::<Result<_, _>>().map(Kind::List)
}

fn map_of(map: &ast::Map<'_>) -> Result<Kind, ExprError> {
    let entries = map.keys.iter().zip(&map.values);
    let entries = entries.map(|(key, value)| Ok((expression_of(key)?, expression_of(value)?)));
    entries.collect::<Result<_, ExprError>>().map(Kind::Map)
}

fn binary_of(binary: &ast::BinOp<'_>) -> Result<Kind, ExprError> {
    use ast::BinOpKind as Op;
    let (left, right) = (boxed(&binary.left)?, boxed(&binary.right)?);
    let math = |math, left, right| Kind::Math(math, left, right);
    let compare = |comparison, left, right: Box<Node>| Kind::Compare(left, vec![(comparison, *right)]);
    Ok(match binary.op {
        Op::ScAnd => Kind::And(left, right),
        Op::ScOr => Kind::Or(left, right),
        Op::Add => math(Math::Add, left, right),
        Op::Sub => math(Math::Subtract, left, right),
        Op::Mul => math(Math::Multiply, left, right),
        Op::Div => math(Math::Divide, left, right),
        Op::FloorDiv => math(Math::FloorDivide, left, right),
        Op::Rem => math(Math::Remainder, left, right),
        Op::Pow => math(Math::Power, left, right),
        Op::Concat => math(Math::Join, left, right),
        Op::Eq => compare(Comparison::Equal, left, right),
        Op::Ne => compare(Comparison::NotEqual, left, right),
        Op::Lt => compare(Comparison::Less, left, right),
        Op::Lte => compare(Comparison::LessOrEqual, left, right),
        Op::Gt => compare(Comparison::Greater, left, right),
        Op::Gte => compare(Comparison::GreaterOrEqual, left, right),
        Op::In => compare(Comparison::In, left, right),
    })
}

fn comparison_of(op: ast::CompareOpKind) -> Comparison {
    match op {
        ast::CompareOpKind::Eq => Comparison::Equal,
        ast::CompareOpKind::Ne => Comparison::NotEqual,
        ast::CompareOpKind::Lt => Comparison::Less,
        ast::CompareOpKind::Lte => Comparison::LessOrEqual,
        ast::CompareOpKind::Gt => Comparison::Greater,
        ast::CompareOpKind::Gte => Comparison::GreaterOrEqual,
        ast::CompareOpKind::In => Comparison::In,
        ast::CompareOpKind::NotIn => Comparison::NotIn,
    }
}

fn constant_of(value: &minijinja::Value, span: Span) -> Result<Value, ExprError> {
    use minijinja::value::ValueKind;
    let number = || -> Option<Value> {
        if let Ok(whole) = i64::try_from(value.clone()) {
            return Some(whole.into());
        }
        let float = f64::try_from(value.clone()).ok()?;
        (!value.is_integer()).then(|| serde_json::Number::from_f64(float).map(Value::Number))?
    };
    match value.kind() {
        ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(value.is_true().into()),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().into()),
        ValueKind::Number => {
            number().ok_or_else(|| ExprError::new("the number is too large").at(&range(span)))
        }
        _ => not_here("this constant", span, "write a text, a number, true, false or none"),
    }
}

/// Positional and named arguments in the order of the parameters.
fn arguments_of(
    given: &[ast::CallArg<'_>],
    parameters: &[&str],
    what: &str,
    span: Span,
) -> Result<Vec<Option<Node>>, ExprError> {
    let mut arguments: Vec<Option<Node>> = vec![None; parameters.len()];
    for (index, argument) in given.iter().enumerate() {
        let (place, node) = match argument {
            ast::CallArg::Pos(node) => (index, node),
            ast::CallArg::Kwarg(name, node) => {
                let place = parameters.iter().position(|parameter| parameter == name).ok_or_else(|| {
                    ExprError::new(format!("{what} takes no argument {}", literal(name)))
                        .at(&range(node.span()))
                        .known(name, parameters.iter().copied())
                })?;
                (place, node)
            }
            ast::CallArg::PosSplat(node) | ast::CallArg::KwargSplat(node) => {
                return not_here("`*`", node.span(), "write the arguments one by one");
            }
        };
        let Some(slot) = arguments.get_mut(place) else {
            let message = format!("{what} takes {} at most", count_of(parameters.len()));
            return Err(ExprError::new(message).at(&range(span)));
        };
        if slot.replace(expression_of(node)?).is_some() {
            return Err(ExprError::new(format!("{what} has an argument twice")).at(&range(span)));
        }
    }
    Ok(arguments)
}

fn count_of(arguments: usize) -> String {
    if arguments == 1 { "one argument".into() } else { format!("{arguments} arguments") }
}

fn filter_of(filter: &ast::Spanned<ast::Filter<'_>>) -> Result<Kind, ExprError> {
    let what = format!("the filter {}", literal(filter.name));
    let Some(known) = filters::find(filter.name) else {
        return Err(ExprError::new(format!("{what} is not known"))
            .at(&range(filter.span()))
            .known(filter.name, filters::FILTERS.iter().map(|filter| filter.name)));
    };
    let Some(of) = &filter.expr else {
        return not_here("a filter without a value", filter.span(), "write `value | filter`");
    };
    let arguments = arguments_of(&filter.args, known.parameters, &what, filter.span())?;
    if let Some(missing) =
        known.parameters[..known.required].iter().zip(&arguments).find(|(_, a)| a.is_none())
    {
        return Err(
            ExprError::new(format!("{what} needs its argument `{}`", missing.0)).at(&range(filter.span()))
        );
    }
    Ok(Kind::Filter(known, boxed(of)?, arguments))
}

fn check_of(test: &ast::Spanned<ast::Test<'_>>) -> Result<Kind, ExprError> {
    let what = format!("the test {}", literal(test.name));
    let Some(known) = check::find(test.name) else {
        return Err(ExprError::new(format!("{what} is not known"))
            .at(&range(test.span()))
            .known(test.name, check::CHECKS.iter().map(|check| check.name)));
    };
    let parameters: &[&str] = if known.takes_argument { &["value"] } else { &[] };
    let mut arguments = arguments_of(&test.args, parameters, &what, test.span())?;
    let argument = arguments.pop().flatten().map(Box::new);
    if known.takes_argument && argument.is_none() {
        return Err(ExprError::new(format!("{what} needs a value")).at(&range(test.span())));
    }
    Ok(Kind::Check(known, boxed(&test.expr)?, argument))
}
