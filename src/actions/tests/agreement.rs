//! The table, the examples, the schemas and the readers of all actions agree.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::actions::formats::{Format, Options};
use crate::actions::{ACTIONS, Action, document, find};

/// The arguments of an action's example.
pub(super) fn example(action: &dyn Action) -> Value {
    let read = Format::Yaml.read(action.example().as_bytes(), &Options::default());
    let step = read.unwrap_or_else(|problem| panic!("{}: {problem}", action.name()));
    let keys: Vec<&String> = step.as_object().unwrap().keys().collect();
    assert_eq!(keys, [action.name()], "an example is the action alone");
    step[action.name()].clone()
}

fn schema(action: &dyn Action) -> Value {
    let mut generator = schemars::SchemaGenerator::default();
    let mut schema = action.schema(&mut generator).to_value();
    schema["$defs"] = generator.take_definitions(true).into();
    schema
}

#[test]
fn the_table_is_sorted_and_each_example_is_right() {
    let names: Vec<&str> = ACTIONS.iter().map(|action| action.name()).collect();
    assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    for action in ACTIONS {
        let args = example(*action);
        assert_eq!(action.check(&args), Ok(()), "{}", action.name());
        assert!(find(action.name()).is_some());
        let validator = jsonschema::validator_for(&schema(*action)).unwrap();
        assert!(validator.is_valid(&args), "{}: {args}", action.name());
        for text in [action.about()].into_iter().chain(action.outputs().iter().map(|(_, about)| *about)) {
            assert!(!text.is_empty() && !text.contains('\n'), "{}: {text}", action.name());
        }
        assert!(action.about().ends_with('.'), "{}", action.name());
    }
}

#[test]
fn every_argument_is_explained() {
    for action in ACTIONS {
        let schema = schema(*action);
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        for (name, property) in &properties {
            assert!(property["description"].is_string(), "{}: `{name}`", action.name());
        }
        let text = document(&[*action]);
        for name in
            properties.keys().map(String::as_str).chain(action.outputs().iter().map(|(name, _)| *name))
        {
            assert!(text.contains(&format!("| `{name}` |")), "{text}");
        }
        assert!(!text.contains("| `") || !text.contains("|  |  |  |"), "{text}");
    }
    let text = document(&[find("task.create").unwrap(), find("notify").unwrap()]);
    for line in [
        "## task.create\n\nCreates a task; the routes say who gets it.\nWorks on the state: the planner decides.\n",
        "| `type` | text | required | What kind of task it is. Routes, reviews and objectives match on it. |",
        "| `tier` | whole number |  | The review tier, where it differs from the default. |",
        "| `labels` | text or list of text |  | Words to sort it by. |",
        "| `level` | `info` or `warning` or `error` | `info` | How bad it is. |",
        "| `code` | the code of the task |",
        "```yaml\n- task.create:\n    prefix: BUG\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("| `to` |"), "{text}");
}

/// What readers know beyond what a schema can say; of durations, the order of their units.
const BEYOND: [&str; 4] =
    ["is not a pattern", "is not a format of logs", " is for `kind: ", " is not a duration"];

fn agree(action: &dyn Action, args: &Value) -> Result<(), String> {
    thread_local! {
        static COMPILED: std::collections::HashMap<&'static str, jsonschema::Validator> = ACTIONS
            .iter()
            .map(|action| (action.name(), jsonschema::validator_for(&schema(*action)).unwrap()))
            .collect();
    }
    let is_valid = COMPILED.with(|compiled| compiled[action.name()].is_valid(args));
    match action.check(args) {
        Ok(()) if !is_valid => Err(format!("{}: only the reader accepts {args}", action.name())),
        // Paths and globs are only texts to the schemas of `files.*`.
        Err(error)
            if is_valid
                && !action.name().starts_with("files.")
                && !BEYOND.iter().any(|known| error.message.contains(known)) =>
        {
            Err(format!("{}: only the schema accepts {args}: {error}", action.name()))
        }
        _ => Ok(()),
    }
}

fn odd_values() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        " ",
        "x",
        "A-1",
        "CONTENT-010",
        "REVIEW-1",
        "content-1",
        "a--b",
        "agent-01",
        "Agent",
        "P2",
        "p2",
        "P4",
        "2h",
        "PT",
        "30m2h",
        "12.5",
        " 87\n",
        "-3e2",
        "1e999",
        "NaN",
        "{{ x }}",
        "{{ x",
        "{%",
        "a{# #}",
        "a/b.csv",
        "a.CSV",
        "a.xls",
        "csv",
        "tab",
        ";",
        ";;",
        "info",
        "POST",
        "post",
        "json",
        "text",
        "https://api.example.com/v1",
        "https://x",
        "https://{{ host }}/",
        "ftp://x/",
        "https://x/{{ y }}",
        "https://u@x/",
        "2026-01-09T18:00:00Z",
        "2026-01-09",
        "case_study",
        "front_matter",
        "log",
        "common",
        "(?<x>",
        "é",
        "a\nb",
        "console",
    ];
    let mut values: Vec<Value> = texts.map(Value::from).into();
    values.extend([64, 65].map(|length| Value::from("x".repeat(length))));
    values.extend([
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!(["a"]),
        json!({ "a": "b" }),
        json!({ "kind": "console" }),
    ]);
    values.extend([-1, 0, 1, 3, 4, 99, 100, 200, 599, 600, 1_000_000].map(Value::from));
    values.extend([0.0, -0.0, 1.0, 200.0, 1.5, 1e300].map(Value::from));
    select(values)
}

fn paths(value: &Value, at: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    all.push(at.clone());
    let children: Vec<(String, &Value)> = match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        at.push(key);
        paths(child, at, all);
        at.pop();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn schemas_and_readers_agree_on_mutated_examples(
        action in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), 0..4u8, odd_values()), 1..4),
    ) {
        let action = *action.get(ACTIONS);
        let known: Vec<String> = schema(action)["properties"].as_object().unwrap().keys().cloned().collect();
        let mut args = example(action);
        for (place, key, how, value) in changes {
            let mut all = Vec::new();
            paths(&args, &mut Vec::new(), &mut all);
            let path = place.get(&all);
            match (path.split_last(), how) {
                (Some((last, above)), 0) => {
                    let pointer = above.iter().fold(String::new(), |at, key| format!("{at}/{key}"));
                    if let Some(Value::Object(map)) = args.pointer_mut(&pointer) {
                        map.shift_remove(last);
                    }
                }
                (_, 1) => drop(args.as_object_mut().map(|map| map.insert(key.get(&known).clone(), value))),
                (_, 2) => drop(args.as_object_mut().map(|map| map.insert("unknown".into(), value))),
                _ => {
                    let pointer = path.iter().fold(String::new(), |at, key| format!("{at}/{key}"));
                    if let Some(old) = args.pointer_mut(&pointer) {
                        *old = value;
                    }
                }
            }
        }
        prop_assert_eq!(agree(action, &args), Ok(()));
    }
}

#[test]
fn keys_that_do_not_exist_are_refused() {
    for action in ACTIONS {
        let mut args = example(*action);
        args.as_object_mut().unwrap().insert("nonsense".into(), json!(1));
        let error = action.check(&args).unwrap_err();
        assert_eq!(error.path, ["nonsense"], "{}: {error}", action.name());
        assert!(error.message.starts_with("unknown key `nonsense`"), "{}: {error}", action.name());
        assert!(
            action.check(&json!("text")).is_err() && action.check(&json!(null)).is_err(),
            "{}",
            action.name()
        );
    }
    let error =
        find("notify").unwrap().check(&json!({ "channel": "ops", "text": "x", "to": { "kind": "console" } }));
    assert_eq!(error.unwrap_err().message, "unknown key `to`; `channels.yaml` says where a channel leads");
}
