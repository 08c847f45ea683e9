//! `files.rotate`: compresses files after a while and deletes them after a longer one.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::compress::{compress, gzip_of};
use super::each::{OUTPUTS, Touches, agreed, allow, each, planned};
use super::selection::{Choice, Patterns, is_older, was_there};
use crate::actions::fields::{Age, Templated, finished, get, read};
use crate::actions::paths::FolderPath;
use crate::actions::permit::Permit;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, ManifestFile, Needs, World};
use crate::model::Duration;

const COMPRESS_AFTER: Duration = Duration::from_minutes(7 * 24 * 60);
const KEEP: Duration = Duration::from_minutes(30 * 24 * 60);

#[derive(Debug)]
pub struct Rotate;

/// Which files to rotate, and when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The folder to look in, at any depth. Without it: the project's folder.
    #[serde(rename = "in")]
    folder: Option<Templated<FolderPath>>,
    /// Globs from that folder, such as `**/*.log`; they stand for the compressed files as well.
    #[serde(rename = "match")]
    matching: Patterns,
    /// Globs that leave files out.
    #[serde(default)]
    not_match: Patterns,
    /// How long after its last change a file is compressed. Without it: `7d`.
    compress_after: Option<Age>,
    /// How long after its last change a file, compressed or not, is deleted. Without it: `30d`.
    keep: Option<Age>,
}

const TOUCHES: Touches = Touches { reads: true, writes: true };

impl Args {
    fn choice(&self) -> Choice<'_> {
        Choice {
            folder: self.folder.as_ref(),
            matching: &self.matching,
            not_match: &self.not_match,
            older_than: None,
            larger_than: None,
            keep_newest: None,
        }
    }

    fn ages(&self) -> Result<(Duration, Duration), Failure> {
        let compress_after = get(self.compress_after.as_ref())?.copied().unwrap_or(COMPRESS_AFTER);
        Ok((compress_after, get(self.keep.as_ref())?.copied().unwrap_or(KEEP)))
    }
}

fn plan(args: &Value, world: &World<'_>) -> Result<Manifest, Failure> {
    let args: Args = finished(args)?;
    let (compress_after, keep) = args.ages()?;
    let chooser = args.choice().compile()?;
    let permit = Permit::of(world.permissions)?;
    let mut files = Vec::new();
    for file in world.files.list(&chooser.folder.0).map_err(|error| super::failure(&error))? {
        let original = file.path.strip_suffix(".gz");
        if !(chooser.matches(&file.path) || original.is_some_and(|original| chooser.matches(original))) {
            continue;
        }
        if !was_there(&file, world) {
            continue;
        }
        permit.read(&file.path)?;
        if is_older(&file, keep, world.chosen_at()) {
            files.push(ManifestFile { verb: Some("delete".into()), ..planned(None, file) });
        } else if original.is_none() && is_older(&file, compress_after, world.chosen_at()) {
            let to = Some(gzip_of(&file.path));
            files.push(ManifestFile { verb: Some("compress".into()), ..planned(to, file) });
        }
    }
    Ok(Manifest { verb: "rotate".into(), files })
}

impl Action for Rotate {
    fn name(&self) -> &'static str {
        "files.rotate"
    }

    fn about(&self) -> &'static str {
        "Compresses files some days after their last change, and deletes them some more days later."
    }

    fn example(&self) -> &'static str {
        "files.rotate: { in: logs, match: \"**/*.log\", compress_after: 7d, keep: 30d }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        const { &ROTATE_OUTPUTS }
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        // Ages that are templates are compared when they are known.
        match args.ages() {
            Ok((compress_after, keep)) if compress_after > keep => Err(ArgsError {
                path: vec![if args.keep.is_some() { "keep" } else { "compress_after" }.into()],
                message: format!(
                    "files are deleted after {keep}, before they are compressed after {compress_after}"
                ),
            }),
            _ => Ok(()),
        }
    }

    fn needs(&self, args: &Value) -> Needs {
        let Ok(args) = read::<Args>(args) else { return Needs::default() };
        let files = args.choice().reach();
        let write = files.iter().cloned().chain(files.iter().map(|glob| gzip_of(glob))).collect();
        Needs { read: files, write, ..Needs::default() }
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
        let (mut compressed, mut deleted) = (0u64, 0u64);
        let outputs = each(&manifest, |file, seen| {
            let count = match &file.to {
                Some(to) => {
                    compress(seen, to, world)?;
                    &mut compressed
                }
                None => &mut deleted,
            };
            world.files.remove(seen)?;
            *count += 1;
            Ok(())
        });
        let with_counts = |mut outputs: Map<String, Value>| {
            outputs.insert("compressed".into(), compressed.into());
            outputs.insert("deleted".into(), deleted.into());
            outputs
        };
        match outputs {
            Ok(outputs) => Ok(with_counts(outputs)),
            Err(failure) => Err(Failure { outputs: with_counts(failure.outputs.clone()), ..failure }),
        }
    }
}

const ROTATE_OUTPUTS: [(&str, &str); OUTPUTS.len() + 2] = {
    let mut all = [("compressed", "how many files were compressed"); OUTPUTS.len() + 2];
    all[1] = ("deleted", "how many files were deleted");
    let mut at = 0;
    while at < OUTPUTS.len() {
        all[at + 2] = OUTPUTS[at];
        at += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::files::testing::Bench;

    #[test]
    fn compresses_after_a_week_and_deletes_after_a_month() {
        let bench = Bench::new();
        for day in [0, 6, 7, 20, 29, 30, 100] {
            bench.file(&format!("logs/day-{day:03}.log"), "line\n", day);
        }
        bench.file("logs/other.txt", "x", 100);
        bench.file("logs/old.log.gz", "x", 31);
        bench.file("logs/new.log.gz", "x", 8);
        let args = json!({ "in": "logs", "match": "*.log" });
        let manifest = bench.preview(&Rotate, &args);
        let verbs: Vec<_> = manifest
            .files
            .iter()
            .map(|file| format!("{} {}", file.verb.as_deref().unwrap(), file.path))
            .collect();
        assert_eq!(
            verbs,
            [
                "compress logs/day-007.log",
                "compress logs/day-020.log",
                "compress logs/day-029.log",
                "delete logs/day-030.log",
                "delete logs/day-100.log",
                "delete logs/old.log.gz",
            ]
        );
        let outputs = bench.perform_planned(&Rotate, &args, &manifest).unwrap();
        assert_eq!(
            (&outputs["compressed"], &outputs["deleted"], &outputs["count"]),
            (&json!(3), &json!(3), &json!(6))
        );
        assert_eq!(
            bench.paths(),
            [
                "logs/day-000.log",
                "logs/day-006.log",
                "logs/day-007.log.gz",
                "logs/day-020.log.gz",
                "logs/day-029.log.gz",
                "logs/new.log.gz",
                "logs/other.txt",
            ]
        );
        assert_eq!(bench.perform(&Rotate, &args).unwrap()["count"], 0, "a second run finds nothing to do");
        let later = json!({ "in": "logs", "match": "*.log", "keep": "25d" });
        assert_eq!(bench.perform(&Rotate, &later).unwrap()["files"], json!(["logs/day-029.log.gz"]));
    }

    #[test]
    fn ages_must_make_sense() {
        let error = Rotate.check(&json!({ "match": "*.log", "keep": "3d" })).unwrap_err();
        assert_eq!(error.path, ["keep"]);
        assert_eq!(error.message, "files are deleted after 3d, before they are compressed after 7d");
        assert_eq!(Rotate.check(&json!({ "match": "*.log", "keep": "{{ vars.keep }}" })), Ok(()));
        assert_eq!(Rotate.check(&json!({ "match": "*.log", "keep": "3d", "compress_after": "1d" })), Ok(()));
    }
}
