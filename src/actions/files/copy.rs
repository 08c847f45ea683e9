//! `files.copy`: copies files into a folder.

use std::io;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::each::{OUTPUTS, Touches, agreed, allow, each, seen};
use super::selection::choosing;
use super::target::{self, Target, is_there};
use crate::actions::fields::{Templated, finished, read};
use crate::actions::paths::{FilePath, FolderPath};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World};
use crate::ports::WorkspaceError;

#[derive(Debug)]
pub struct Copy;

choosing! {
    /// Which files to copy, and where to.
    struct Args {
        /// The folder that the copies go to, with the files' folders below `in`.
        to: Templated<FolderPath>,
        /// The name of the copy, where one file is copied.
        #[serde(rename = "as")]
        name: Option<Templated<FilePath>>,
        /// Replaces files that are there already.
        #[serde(default)]
        over: bool,
    }
}

const TOUCHES: Touches = Touches { reads: true, writes: false };

fn plan(args: &Args, world: &World<'_>) -> Result<Manifest, Failure> {
    let target = Target { to: &args.to, name: args.name.as_ref(), keeps: true };
    let mut manifest = target::plan("copy", args.choice(), target, world)?;
    // A second run finds its work done.
    manifest.files.retain(|file| file.to.as_ref().is_none_or(|to| !is_there(&seen(file), to, world)));
    Ok(manifest)
}

impl Action for Copy {
    fn name(&self) -> &'static str {
        "files.copy"
    }

    fn about(&self) -> &'static str {
        "Copies files into a folder, with their times and permissions; copies that are there already are left."
    }

    fn example(&self) -> &'static str {
        "files.copy: { in: docs, match: \"**/*.md\", to: backup/docs }"
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
        Needs { read: args.choice().reach(), write: vec![args.to.reach()], ..Needs::default() }
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
            let to = file.to.as_deref().unwrap_or_default();
            let copied =
                world.files.write_from(seen, to, args.over, &mut |from, into| io::copy(from, into).map(drop));
            match copied {
                // Made by an attempt that died before it could say so.
                Err(WorkspaceError::Exists(_)) if is_there(seen, to, world) => Ok(()),
                copied => copied,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::files::testing::Bench;

    #[test]
    fn copies_once_with_folders_and_times() {
        let bench = Bench::new();
        bench.file("docs/a.md", "a", 5);
        bench.file("docs/deep/b.md", "b", 6);
        bench.file("docs/copies/a.md", "kept", 7);
        let args = json!({ "in": "docs", "match": "**/*.md", "to": "docs/copies" });
        let outputs = bench.perform(&Copy, &args).unwrap();
        assert_eq!(outputs["files"], json!(["docs/deep/b.md"]));
        assert_eq!(
            outputs["left_alone"],
            json!([{ "path": "docs/a.md", "why": "`docs/copies/a.md` exists already" }])
        );
        assert_eq!(bench.text("docs/copies/deep/b.md"), "b");
        assert_eq!(bench.stat("docs/copies/deep/b.md").modified, bench.stat("docs/deep/b.md").modified);
        assert_eq!(bench.text("docs/copies/a.md"), "kept");
        let over = json!({ "in": "docs", "match": "**/*.md", "to": "docs/copies", "over": true });
        assert_eq!(bench.perform(&Copy, &over).unwrap()["files"], json!(["docs/a.md"]));
        assert_eq!(bench.text("docs/copies/a.md"), "a");
        assert_eq!(bench.perform(&Copy, &over).unwrap()["count"], 0);
        // An attempt that died: the plan still has the file, and the copy is there.
        let manifest = bench.preview(&Copy, &json!({ "in": "docs", "match": "a.md", "to": "new" }));
        for _ in 0..2 {
            let args = json!({ "in": "docs", "match": "a.md", "to": "new" });
            assert_eq!(bench.perform_planned(&Copy, &args, &manifest).unwrap()["count"], 1);
        }
    }

    #[test]
    fn one_file_may_get_a_name() {
        let bench = Bench::new();
        bench.file("a.md", "a", 0);
        bench.file("b.md", "b", 0);
        let args = json!({ "match": "a.md", "to": ".", "as": "done/z.md" });
        assert_eq!(bench.perform(&Copy, &args).unwrap()["count"], 1);
        assert_eq!(bench.text("done/z.md"), "a");
        let many = json!({ "match": "*.md", "to": ".", "as": "z.md" });
        assert!(bench.perform(&Copy, &many).unwrap_err().message.contains("and 2 match"));
        assert_eq!(bench.perform(&Copy, &json!({ "match": "*.md", "to": "." })).unwrap()["count"], 0);
    }

    #[test]
    fn both_ends_need_permission() {
        let mut bench = Bench::new();
        bench.file("a/x", "1", 0);
        let args = json!({ "in": "a", "match": "**", "to": "b" });
        bench.permissions.read = Some(vec!["a/**".into()]);
        bench.permissions.write = Some(vec!["a/**".into()]);
        assert!(
            bench
                .perform(&Copy, &args)
                .unwrap_err()
                .message
                .starts_with("`b/x` is outside of `permissions.write`")
        );
        bench.permissions.write = Some(vec!["b/**".into()]);
        assert_eq!(bench.perform(&Copy, &args).unwrap()["count"], 1);
        let config = json!({ "in": "a", "match": "**", "to": "workflows" });
        bench.permissions.write = None;
        assert!(bench.perform(&Copy, &config).unwrap_err().message.contains("configuration of orch"));
    }
}
