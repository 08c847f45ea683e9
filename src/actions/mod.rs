//! The built-in actions of workflow steps: one file each, and the table that lists them.
//!
//! An action says what arguments it takes (a type, from which its schema and documentation come),
//! how values in them are quoted, what it touches, and does it: an action of the state answers with
//! requests, which the planner admits; an action of the world works through [`World`].

mod action;
pub mod fields;

pub use action::{Action, ActionKind, ArgsError, Failure, Manifest, ManifestFile, Needs, World};

/// All actions, in the order of their names.
pub const ACTIONS: &[&dyn Action] = &[];

/// The action of a name.
pub fn find(name: &str) -> Option<&'static dyn Action> {
    ACTIONS.iter().copied().find(|action| action.name() == name)
}
