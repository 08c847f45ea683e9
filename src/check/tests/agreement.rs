//! The typed reader and the JSON Schema of a file accept the same.
//!
//! What the one takes and the other refuses would be a file that editors mark but `orch` runs, or
//! an error without an explanation.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::adapters::disk::Disk;
use crate::check::read::accepts;
use crate::check::violations::is_valid;
use crate::diag::{ALL_ISSUES, Span};
use crate::load::{Entry, Kind, Node, Sources, Value, load, parse};

use super::fixtures::folder;

fn trees(sources: &Sources) -> Vec<(Kind, String, Node)> {
    let trees = sources.files.iter().filter_map(|file| {
        let (tree, _) = parse(&file.path, &file.text());
        Some((file.kind, file.path.to_string(), tree?))
    });
    trees.collect()
}

fn fixtures() -> Vec<(Kind, String, Node)> {
    let mut folders = vec![folder("forty"), folder("full")];
    for issue in ALL_ISSUES {
        folders.push(folder("check").join(issue.code()).join("bad"));
        folders.push(folder("check").join(issue.code()).join("ok"));
    }
    folders.iter().filter_map(|folder| load(&Disk, folder).ok()).flat_map(|sources| trees(&sources)).collect()
}

#[test]
fn agree_on_all_fixtures() {
    let fixtures = fixtures();
    let (mut accepted, mut refused) = (0, 0);
    for (kind, path, tree) in &fixtures {
        let typed = accepts(*kind, tree);
        assert_eq!(typed, is_valid(*kind, &tree.to_json()), "{path}: {tree:#?}");
        *(if typed { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted > 100 && refused > 10, "{accepted} accepted, {refused} refused");
}

/// Values that are near to what some key wants, and some that are far.
fn odd_values() -> impl Strategy<Value = Value> {
    let number = |value: f64| Value::Number(serde_json::Number::from_f64(value).unwrap());
    let texts = [
        "",
        " ",
        "x",
        "A-1",
        "a--b",
        "-a",
        "a-",
        "agent-01",
        "octo_cat",
        "helper[bot]",
        "-helper[bot]",
        "Agent",
        "P2",
        "p2",
        "P4",
        "2h",
        "2h30m",
        "30m2h",
        "P",
        "PT",
        "PT2H",
        "P1D",
        "P1DT",
        "P1W2D",
        "P2M",
        "PT1M2H",
        "1",
        "h",
        "always",
        "agent",
        "task",
        "least-loaded",
        "CONTENT-001",
        "CONTENT-1234567890",
        "C-1\n",
        "a b",
        "a\n",
        "é",
        "2026-01-09T18:00:00Z",
        "case_study",
        "a/b:c.d",
    ];
    let mut values: Vec<Value> = texts.iter().map(|text| Value::Text((*text).into())).collect();
    for length in [63, 64, 65, 250, 251] {
        values.push(Value::Text("x".repeat(length).into()));
        values.push(Value::Text("é".repeat(length).into()));
    }
    values.extend(
        [-1, 0, 1, 3, 4, 99, 100, 101, 255, 256, 1_000_000, 1_000_001].map(|n| Value::Number(n.into())),
    );
    values.extend([0.0, -0.0, 1.0, 3.0, 1.5, -1.0, 1e15, 1e300].map(number));
    values.extend([
        Value::Number(u64::MAX.into()),
        Value::Number(i64::MIN.into()),
        Value::Null,
        Value::Bool(true),
    ]);
    values.extend([Value::List(Vec::new()), Value::Map(Vec::new())]);
    proptest::sample::select(values)
}

#[derive(Debug, Clone)]
enum Mutation {
    Replace(Value),
    Wrap,
    Remove,
    Add(&'static str, Value),
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let keys = ["name", "title", "match", "type", "x", "$schema", "to", "tier", "code", "within"];
    prop_oneof![
        6 => odd_values().prop_map(Mutation::Replace),
        1 => Just(Mutation::Wrap),
        2 => Just(Mutation::Remove),
        2 => (proptest::sample::select(keys.to_vec()), odd_values()).prop_map(|(key, value)| Mutation::Add(key, value)),
    ]
}

fn paths(node: &Node, at: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    all.push(at.clone());
    let children: Vec<(String, &Node)> = match &node.value {
        Value::List(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), &entry.value)).collect(),
        _ => Vec::new(),
    };
    for (segment, child) in children {
        at.push(segment);
        paths(child, at, all);
        at.pop();
    }
}

fn mutate(tree: &mut Node, index: Index, mutation: Mutation) {
    let mut all = Vec::new();
    paths(tree, &mut Vec::new(), &mut all);
    let path = index.get(&all);
    let node = |value| Node { span: Span::default(), value };
    let at = tree.at_mut(path).unwrap();
    match (mutation, &mut at.value) {
        (Mutation::Replace(value), _) => at.value = value,
        (Mutation::Wrap, _) => at.value = Value::List(vec![at.clone()]),
        (Mutation::Add(key, value), Value::Map(entries)) => {
            entries.retain(|entry| entry.key != key);
            entries.push(Entry { key: key.into(), key_span: Span::default(), value: node(value) });
        }
        (Mutation::Add(_, value), Value::List(items)) => items.push(node(value)),
        _ => tree.remove(path),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agree_on_mutated_files(
        file in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), mutations()), 1..4),
    ) {
        thread_local! {
            static FULL: Vec<(Kind, String, Node)> = trees(&load(&Disk, &folder("full")).unwrap());
        }
        let (kind, _, mut tree) = FULL.with(|full| file.get(full).clone());
        for (index, mutation) in changes {
            mutate(&mut tree, index, mutation);
        }
        prop_assert_eq!(accepts(kind, &tree), is_valid(kind, &tree.to_json()), "{}", tree.to_json());
    }
}
