//! `files.move`: moves files into a folder.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::each::{OUTPUTS, Touches, agreed, allow, each};
use super::selection::choosing;
use super::target::{self, Target};
use crate::actions::fields::{Templated, finished, read};
use crate::actions::paths::{FilePath, FolderPath};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World};

#[derive(Debug)]
pub struct Move;

choosing! {
    /// Which files to move, and where to.
    struct Args {
        /// The folder that the files go to, with their folders below `in`.
        to: Templated<FolderPath>,
        /// The new name, where one file is moved.
        #[serde(rename = "as")]
        name: Option<Templated<FilePath>>,
        /// Replaces files that are there already.
        #[serde(default)]
        over: bool,
    }
}

/// Moving needs the right to read: else a file could be moved to where it may be read.
const TOUCHES: Touches = Touches { reads: true, writes: true };

fn plan(args: &Args, world: &World<'_>) -> Result<Manifest, Failure> {
    let target = Target { to: &args.to, name: args.name.as_ref(), keeps: false };
    target::plan("move", args.choice(), target, world)
}

impl Action for Move {
    fn name(&self) -> &'static str {
        "files.move"
    }

    fn about(&self) -> &'static str {
        "Moves files into a folder; exactly those that the plan lists and nobody changed since."
    }

    fn example(&self) -> &'static str {
        "files.move: { in: inbox, match: \"*.md\", to: \"archive/{{ now | date }}\" }"
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
        let Ok(args) = read::<Args>(args) else { return Needs::default() };
        let read = args.choice().reach();
        let mut write = read.clone();
        write.push(args.to.reach());
        Needs { read, write, ..Needs::default() }
    }

    fn preview(&self, args: &Value, world: &World<'_>) -> Result<Option<Manifest>, Failure> {
        let manifest = plan(&finished(args)?, world)?;
        allow(&manifest, TOUCHES, world)?;
        Ok(Some(manifest))
    }

    fn perform(
        &self,
        args: &Value,
        manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = finished(args)?;
        let manifest = agreed(manifest, || plan(&args, world))?;
        allow(&manifest, TOUCHES, world)?;
        each(&manifest, |file, seen| {
            world.files.rename(seen, file.to.as_deref().unwrap_or_default(), args.over)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::files::testing::Bench;

    #[test]
    fn moves_and_leaves_what_is_in_the_way() {
        let bench = Bench::new();
        bench.file("inbox/a.md", "a", 5);
        bench.file("inbox/deep/ü\n.md", "b", 6);
        bench.file("inbox/c.md", "c", 6);
        bench.file("done/c.md", "other", 6);
        let args = json!({ "in": "inbox", "match": "**", "to": "done" });
        let outputs = bench.perform(&Move, &args).unwrap();
        assert_eq!((&outputs["count"], &outputs["left_count"]), (&json!(2), &json!(1)));
        assert_eq!(bench.paths(), ["done/a.md", "done/c.md", "done/deep/ü\n.md", "inbox/c.md"]);
        assert_eq!(bench.text("done/c.md"), "other");
        let over = json!({ "in": "inbox", "match": "**", "to": "done", "over": true });
        assert_eq!(bench.perform(&Move, &over).unwrap()["count"], 1);
        assert_eq!(bench.text("done/c.md"), "c");
    }

    #[test]
    fn what_may_not_be_read_may_not_be_moved_to_where_it_may() {
        let mut bench = Bench::new();
        bench.file("secret/a", "a", 5);
        bench.permissions.read = Some(vec!["public/**".into()]);
        let error =
            bench.perform(&Move, &json!({ "in": "secret", "match": "*", "to": "public" })).unwrap_err();
        assert_eq!(error.message, "`secret/a` is outside of `permissions.read`, which allows `public/**`");
    }

    #[test]
    fn follows_the_plan() {
        let bench = Bench::new();
        bench.file("in/a", "a", 5);
        bench.file("in/b", "b", 5);
        let args = json!({ "in": "in", "match": "**", "to": "out" });
        let manifest = bench.preview(&Move, &args);
        assert_eq!(manifest.files[0].to.as_deref(), Some("out/a"));
        bench.file("in/b", "changed", 1);
        bench.file("in/new", "new", 5);
        let outputs = bench.perform_planned(&Move, &args, &manifest).unwrap();
        assert_eq!(outputs["left_alone"], json!([{ "path": "in/b", "why": "changed since it was planned" }]));
        assert_eq!(bench.paths(), ["in/b", "in/new", "out/a"]);
    }
}
