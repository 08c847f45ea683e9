//! Cuts out of a file what its schema does not allow, so that the rules can judge the rest.
//!
//! What is cut may have been required where it stood, so that more must go. A few keys have a
//! stand-in instead, chosen such that no rule complains about it.

use crate::load::{Entry, Kind, Node, Value};

use super::paths::for_removal;
use super::violations::{MOST, Violation, violations};

/// Each round takes wrong values away or puts right ones in their place. Files are a few levels
/// deep, and what is cut is missed at most by the level above.
const ROUNDS: usize = 10;

/// The tree without what is wrong in it; none if nothing is left.
pub(super) fn repair(kind: Kind, mut tree: Node, mut wrong: Vec<Violation>) -> Option<Node> {
    for _ in 0..ROUNDS {
        match wrong.len() {
            0 => return Some(tree),
            // Not all of it was reported, and nothing is gained from what would be left.
            MOST.. => return None,
            _ => {}
        }
        let mut cuts: Vec<(Vec<String>, bool)> = wrong.iter().map(place).collect();
        cuts.sort_by(|(a, _), (b, _)| for_removal(a, b));
        cuts.dedup();
        for (path, is_key) in &cuts {
            match stand_in(path).filter(|_| !is_key) {
                _ if path.is_empty() => return None,
                Some(value) => put(&mut tree, path, value),
                None => remove(&mut tree, path),
            }
        }
        wrong = violations(kind, &tree.to_json());
    }
    None
}

/// Where to mend, and whether the key itself is wrong: at the whole `match` for anything in it,
/// because half a `match` takes more tasks than the whole would; at a missing key if there is a
/// stand-in for it, else at what lacks it.
fn place(violation: &Violation) -> (Vec<String>, bool) {
    let mut path = violation.path.clone();
    if path.len() > 3 && path[2] == "match" {
        path.truncate(3);
        return (path, false);
    }
    // A trigger with an unknown key is not one that names nothing.
    let is_of_trigger = match path.as_slice() {
        [on, _] => on == "on",
        [on, index, _] => on == "on" && index.parse::<usize>().is_ok(),
        _ => false,
    };
    if violation.at_key && is_of_trigger {
        path.pop();
        return (path, false);
    }
    if let Some(missing) = &violation.missing {
        path.push(missing.clone());
        if stand_in(&path).is_none() {
            path.pop();
        }
    }
    (path, violation.at_key)
}

/// Something right for a key of an item, where nothing depends on what it is.
fn stand_in(path: &[String]) -> Option<Value> {
    // A limit that is no number is a limit all the same.
    if let [.., of, key] = path
        && of == "metric"
        && ["above", "below"].contains(&key.as_str())
    {
        return Some(Value::Number(0.into()));
    }
    let [_, index, key] = path else { return None };
    // Matches no task and no other `match` but those that match everything.
    let nothing = format!("unreadable-{index}");
    match key.as_str() {
        "title" | "type" => Some(Value::Text(nothing.into())),
        "within" => Some(Value::Text("1h".into())),
        "match" => {
            let span = crate::diag::Span::default();
            let value = Node { span, value: Value::Text(nothing.into()) };
            Some(Value::Map(vec![Entry { key: "type".into(), key_span: span, value }]))
        }
        _ => None,
    }
}

fn put(tree: &mut Node, path: &[String], value: Value) {
    let Some((key, parent)) = path.split_last() else { return };
    let Some(node) = tree.at_mut(parent) else { return };
    let span = node.span;
    let Value::Map(entries) = &mut node.value else { return };
    match entries.iter_mut().find(|entry| entry.key == *key) {
        Some(entry) => entry.value.value = value,
        None => {
            entries.push(Entry { key: key.into(), key_span: span, value: Node { span, value } });
        }
    }
}

/// Takes out a part, and the list around it if nothing else is in there: an empty one would be
/// complained about though nobody wrote it.
fn remove(tree: &mut Node, path: &[String]) {
    tree.remove(path);
    let Some((_, parent)) = path.split_last() else { return };
    let is_emptied = tree.at(parent).is_some_and(|(_, node)| node.items().is_some_and(<[Node]>::is_empty));
    let is_all_that_starts = matches!(parent, [on] if on == "on");
    if is_emptied && (parent.len() > 1 || is_all_that_starts) {
        remove(tree, parent);
    }
}
