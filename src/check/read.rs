//! One file: from its bytes to its raw type, and all that is wrong with it on the way.

use serde::de::DeserializeOwned;

use crate::diag::{Diagnostic, Diagnostics, Issue, Span};
use crate::load::{Mismatch, Node, SourceFile, Value, from_node, parse};

use super::repair::repair;
use super::violations::{Violation, violations};

/// What could be read of a file.
pub(super) struct Reading<T> {
    /// The file without the parts that are wrong; none if nothing is left.
    pub(super) value: Option<T>,
    /// The file as it is; none if it is no YAML.
    pub(super) tree: Option<Node>,
    /// What the value was read from, where that is not the file as it is.
    rest: Option<Node>,
}

impl<T> Reading<T> {
    /// What the value was read from.
    pub(super) fn sound(&self) -> Option<&Node> {
        self.rest.as_ref().or(self.tree.as_ref())
    }
}

/// Reads a file, and reports everything that keeps it from being a `T`.
pub(super) fn read<T: DeserializeOwned>(file: &SourceFile, diagnostics: &mut Diagnostics) -> Reading<T> {
    let Some(tree) = tree(file, diagnostics) else { return Reading { value: None, tree: None, rest: None } };
    match from_node(&tree) {
        Ok(value) => Reading { value: Some(value), tree: Some(tree), rest: None },
        Err(mismatch) => {
            let rest = salvage(file, &tree, &mismatch, diagnostics);
            let value = rest.as_ref().and_then(|rest| from_node(rest).ok());
            Reading { value, tree: Some(tree), rest }
        }
    }
}

/// Reads a file as [`read`] does, and gives the tree that the value was read from: the file without
/// the parts that are wrong.
pub(super) fn read_with_tree<T: DeserializeOwned>(
    file: &SourceFile,
    diagnostics: &mut Diagnostics,
) -> Option<(T, Node)> {
    let tree = tree(file, diagnostics)?;
    match from_node(&tree) {
        Ok(value) => Some((value, tree)),
        Err(mismatch) => {
            let rest = salvage(file, &tree, &mismatch, diagnostics)?;
            Some((from_node(&rest).ok()?, rest))
        }
    }
}

/// The file as it is; none if it is no YAML, which has been reported.
fn tree(file: &SourceFile, diagnostics: &mut Diagnostics) -> Option<Node> {
    let Ok(text) = std::str::from_utf8(file.bytes_without_mark()) else {
        diagnostics.push(not_utf8(file));
        return None;
    };
    let (root, problems) = parse(&file.path, text);
    let failed = root.is_none() && !problems.is_empty();
    diagnostics.extend(problems);
    (!failed).then(|| root.filter(|root| root.value != Value::Null).unwrap_or_else(empty))
}

/// A file of nothing but comments says nothing, and that is allowed.
fn empty() -> Node {
    Node { span: Span::default(), value: Value::Map(Vec::new()) }
}

fn not_utf8(file: &SourceFile) -> Diagnostic {
    let bytes = file.bytes_without_mark();
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let message = format!("byte 0x{:02x} is not UTF-8", bytes.get(valid).copied().unwrap_or_default());
    // In the text that is shown, the byte has become U+FFFD, three bytes long.
    Diagnostic::new(Issue::NotUtf8, &file.path, Span::new(valid, valid + 3), message)
        .help("save the file in the encoding UTF-8")
}

/// Reports all that is wrong with a tree, and gives what is left without it.
fn salvage(
    file: &SourceFile,
    tree: &Node,
    mismatch: &Mismatch,
    diagnostics: &mut Diagnostics,
) -> Option<Node> {
    let wrong = violations(file.kind, &tree.to_json());
    if wrong.is_empty() {
        // The typed reader knows better than the schema; a test sees to it that this does not happen.
        let span = mismatch.span.unwrap_or(tree.span);
        diagnostics.push(Diagnostic::new(Issue::WrongType, &file.path, span, mismatch.message.clone()));
        return None;
    }
    diagnostics.extend(wrong.iter().map(|violation| diagnostic(file, tree, violation)));
    repair(file.kind, tree.clone(), wrong)
}

fn diagnostic(file: &SourceFile, tree: &Node, violation: &Violation) -> Diagnostic {
    let span = match tree.at(&violation.path) {
        Some((Some(key), _)) if violation.at_key => key,
        // Nothing is nowhere to be seen; the key is.
        Some((Some(key), Node { value: Value::Null, .. })) => key,
        Some((_, node)) => node.span,
        None => tree.span,
    };
    Diagnostic::new(violation.issue, &file.path, span, violation.message.clone())
        .maybe_help(violation.help.clone())
}

/// Names that a tree declares at `list/*/key`, whether or not they are well-formed: what refers to
/// them is not wrong a second time.
pub(super) fn declared_names(tree: &Node, list: &str, key: &str) -> Vec<String> {
    let items = tree.get(list).and_then(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| written(item.get(key)?)).collect()
}

fn written(node: &Node) -> Option<String> {
    match &node.value {
        // As a decimal, so that `1.0` and `0x1` are the tier `1`.
        Value::Number(number) => number
            .as_u64()
            .map(|whole| whole.to_string())
            .or_else(|| number.as_f64().map(|decimal| decimal.to_string())),
        _ => node.text().map(str::to_owned),
    }
}

/// Whether a tree may declare more at `list` than can be told.
pub(super) fn is_unreadable(tree: Option<&Node>, list: &str) -> bool {
    tree.is_none_or(|tree| match &tree.value {
        Value::Map(_) => tree.get(list).is_some_and(|node| node.items().is_none()),
        _ => true,
    })
}

/// Whether the typed reader takes a tree, and whether the schema does.
#[cfg(any(test, fuzzing))]
pub(crate) fn agree(kind: crate::load::Kind, tree: &Node) -> (bool, bool) {
    (accepts(kind, tree), super::violations::is_valid(kind, &tree.to_json()))
}

/// Whether the typed reader takes a tree.
#[cfg(any(test, fuzzing))]
pub(super) fn accepts(kind: crate::load::Kind, tree: &Node) -> bool {
    use crate::load::Kind;

    use super::raw::{
        RawAgents, RawChannels, RawOrch, RawReviews, RawRoles, RawRouting, RawSla, RawTasks, RawWorkflow,
    };
    match kind {
        Kind::Orch => from_node::<RawOrch>(tree).is_ok(),
        Kind::Agents => from_node::<RawAgents>(tree).is_ok(),
        Kind::Routing => from_node::<RawRouting>(tree).is_ok(),
        Kind::Reviews => from_node::<RawReviews>(tree).is_ok(),
        Kind::Sla => from_node::<RawSla>(tree).is_ok(),
        Kind::Channels => from_node::<RawChannels>(tree).is_ok(),
        Kind::Roles => from_node::<RawRoles>(tree).is_ok(),
        Kind::Tasks => from_node::<RawTasks>(tree).is_ok(),
        Kind::Workflows => from_node::<RawWorkflow>(tree).is_ok(),
    }
}
