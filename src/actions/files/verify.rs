//! `files.verify`: whether archives hold what they should.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::selection::choosing;
use super::zipped;
use crate::actions::fields::{finished, read};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World};
use crate::ports::Stat;

#[derive(Debug)]
pub struct Verify;

choosing! {
    /// Which archives to verify. There must be at least one.
    struct Args {}
}

/// What was found in one archive or several.
#[derive(Debug, Default)]
struct Found {
    entries: usize,
    bytes: u64,
}

impl Action for Verify {
    fn name(&self) -> &'static str {
        "files.verify"
    }

    fn about(&self) -> &'static str {
        "Reads archives of `files.archive` and fails unless each holds every file of its manifest, by SHA-256."
    }

    fn example(&self) -> &'static str {
        "files.verify: { in: backups, match: \"data-*.zip\" }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("count", "how many archives were read"),
            ("entries", "how many files are in them"),
            ("bytes", "the bytes of those files, unpacked"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args).map(drop)
    }

    fn needs(&self, args: &Value) -> Needs {
        read::<Args>(args)
            .map(|args| Needs { read: args.choice().reach(), ..Needs::default() })
            .unwrap_or_default()
    }

    fn perform(
        &self,
        args: &Value,
        _: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let archives = finished::<Args>(args)?.choice().compile()?.choose_readable(world)?;
        if archives.is_empty() {
            return Err(Failure::last("there is no archive to verify"));
        }
        let mut found = Found::default();
        archives.iter().try_for_each(|archive| verify(archive, &mut found, world))?;
        let mut outputs = Map::new();
        outputs.insert("count".into(), archives.len().into());
        outputs.insert("entries".into(), found.entries.into());
        outputs.insert("bytes".into(), found.bytes.into());
        Ok(outputs)
    }
}

fn verify(file: &Stat, found: &mut Found, world: &World<'_>) -> Result<(), Failure> {
    let path = &file.path;
    let opened = zipped::Archive::open(path, world).map_err(|error| super::failure(&error))?;
    let mut archive = opened.ok_or_else(|| Failure::last(format!("`{path}` is no zip that can be read")))?;
    let entries = archive
        .entries()
        .ok_or_else(|| Failure::last(format!("`{path}` has no {} to hold it to", zipped::MANIFEST)))?;
    for entry in entries.values() {
        if !archive.holds(entry) {
            let message =
                format!("`{path}` is damaged: it does not hold `{}` as its manifest says", entry.path);
            return Err(Failure::last(message));
        }
        found.entries += 1;
        found.bytes = found.bytes.saturating_add(entry.bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
