//! The table of actions: its order, and what stands in it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::actions::{ACTIONS, Action, find};
use crate::load;

#[test]
fn the_table_is_in_order() {
    let names: Vec<_> = ACTIONS.iter().map(|action| action.name()).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    assert_eq!(find("files.delete").map(Action::name), Some("files.delete"));
    assert!(find("files.erase").is_none());
}

#[test]
fn examples_pass_their_own_checks() {
    for action in ACTIONS {
        let name = action.name();
        let (node, problems) = load::parse(&name.into(), action.example());
        let step = node.unwrap_or_else(|| panic!("{name}: {problems:?}")).to_json();
        let args = step.get(name).unwrap_or_else(|| panic!("{name}: its example is of something else"));
        assert_eq!(action.check(args), Ok(()), "{name}");
        let mut generator = schemars::SchemaGenerator::default();
        let mut schema = action.schema(&mut generator).to_value();
        schema["$defs"] = Value::Object(generator.take_definitions(true));
        let schema = jsonschema::validator_for(&schema).unwrap();
        assert!(schema.is_valid(args), "{name}: {:?}", schema.iter_errors(args).next());
    }
}

#[test]
fn actions_are_documented() {
    for action in ACTIONS {
        let name = action.name();
        assert!(action.about().ends_with('.') && action.about().len() < 130, "{name}");
        let outputs: BTreeSet<_> = action.outputs().iter().map(|(output, _)| *output).collect();
        assert_eq!(outputs.len(), action.outputs().len(), "{name}: an output is listed twice");
    }
}
