//! `files.delete`: removes files for good.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::each::{OUTPUTS, Touches, agreed, allow, each, manifest};
use super::selection::choosing;
use crate::actions::fields::{finished, read};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World};

#[derive(Debug)]
pub struct Delete;

choosing! {
    /// Which files to delete.
    struct Args {}
}

const TOUCHES: Touches = Touches { reads: false, writes: true };

fn plan(args: &Value, world: &World<'_>) -> Result<Manifest, Failure> {
    let files = finished::<Args>(args)?.choice().compile()?.choose_for_good(world)?;
    Ok(manifest("delete", files, |_| None))
}

impl Action for Delete {
    fn name(&self) -> &'static str {
        "files.delete"
    }

    fn about(&self) -> &'static str {
        "Deletes files that match globs, by age and size; exactly those that the plan lists and nobody changed since."
    }

    fn example(&self) -> &'static str {
        "files.delete: { in: logs, match: \"**/*.log\", older_than: 30d }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        OUTPUTS
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args).map(drop)
    }

    fn needs(&self, args: &Value) -> Needs {
        read::<Args>(args)
            .map(|args| Needs { write: args.choice().reach(), ..Needs::default() })
            .unwrap_or_default()
    }

    fn preview(&self, args: &Value, world: &World<'_>) -> Result<Option<Manifest>, Failure> {
        let manifest = plan(args, world)?;
        allow(&manifest, TOUCHES, world)?;
        Ok(Some(manifest))
    }

    fn perform(
        &self,
        args: &Value,
        manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let manifest = agreed(manifest, || plan(args, world))?;
        allow(&manifest, TOUCHES, world)?;
        each(&manifest, |_, seen| world.files.remove(seen))
    }
}

#[cfg(test)]
mod tests;
