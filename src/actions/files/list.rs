//! `files.list`: which files there are.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::selection::choosing;
use crate::actions::fields::{Templated, finished, get, read};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World};

/// The most paths that are given, unless `limit` says otherwise.
const LIMIT: u32 = 1_000;

#[derive(Debug)]
pub struct List;

choosing! {
    /// Which files to list.
    struct Args {
        /// The most paths to give; the rest are counted in `more`. Without it: 1000.
        limit: Option<Templated<u32>>,
    }
}

impl Action for List {
    fn name(&self) -> &'static str {
        "files.list"
    }

    fn about(&self) -> &'static str {
        "Lists files that match globs, by age and size."
    }

    fn example(&self) -> &'static str {
        "files.list: { in: reports, match: \"**/*.md\", older_than: 90d }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("count", "how many files there are"),
            ("bytes", "their bytes"),
            ("files", "their paths in order, as many as `limit` says"),
            ("more", "how many files beyond those"),
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
        let args: Args = finished(args)?;
        let files = args.choice().compile()?.choose_readable(world)?;
        let limit = usize::try_from(*get(args.limit.as_ref())?.unwrap_or(&LIMIT)).unwrap_or(usize::MAX);
        let paths: Vec<_> = files.iter().take(limit).map(|file| file.path.clone()).collect();
        let mut outputs = Map::new();
        outputs.insert("count".into(), files.len().into());
        outputs.insert("bytes".into(), files.iter().map(|file| file.bytes).sum::<u64>().into());
        outputs.insert("more".into(), (files.len() - paths.len()).into());
        outputs.insert("files".into(), paths.into());
        Ok(outputs)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::files::testing::Bench;

    #[test]
    fn chooses_by_glob_age_size_and_rank() {
        let bench = Bench::new();
        for (path, bytes, days) in [
            ("logs/a.log", 10, 1),
            ("logs/b.log", 20, 40),
            ("logs/deep/c.log", 30, 50),
            ("logs/deep/keep.log", 40, 60),
            ("logs/x.txt", 50, 70),
            ("other/d.log", 60, 80),
        ] {
            bench.file(path, &"x".repeat(bytes), days);
        }
        let files = |args: Value| bench.perform(&List, &args).unwrap()["files"].clone();
        for (args, expected) in [
            (json!({ "in": "logs", "match": "*.log" }), json!(["logs/a.log", "logs/b.log"])),
            (
                json!({ "in": "logs/", "match": "**/*.log", "not_match": "**/keep*", "older_than": "30d" }),
                json!(["logs/b.log", "logs/deep/c.log"]),
            ),
            (
                json!({ "match": "logs/**", "larger_than": "30B" }),
                json!(["logs/deep/keep.log", "logs/x.txt"]),
            ),
            (
                json!({ "match": ["**/*.log", "**/*.txt"], "keep_newest": 3 }),
                json!(["logs/deep/keep.log", "logs/x.txt", "other/d.log"]),
            ),
            (json!({ "match": "**/*.log", "keep_newest": 4, "older_than": "70d" }), json!(["other/d.log"])),
            (json!({ "in": "nowhere", "match": "**" }), json!([])),
            (json!({ "match": "**/*.log", "older_than": "40d", "limit": 1 }), json!(["logs/b.log"])),
        ] {
            assert_eq!(files(args.clone()), expected, "{args}");
        }
        let outputs = bench.perform(&List, &json!({ "match": "**", "limit": 2 })).unwrap();
        assert_eq!(
            (&outputs["count"], &outputs["bytes"], &outputs["more"]),
            (&json!(6), &json!(210), &json!(4))
        );
    }

    #[test]
    fn only_what_may_be_read() {
        let mut bench = Bench::new();
        bench.file("a/x", "1", 0);
        bench.file("b/x", "1", 0);
        bench.permissions.read = Some(vec!["a/**".into()]);
        assert!(bench.perform(&List, &json!({ "in": "a", "match": "**" })).is_ok());
        let error = bench.perform(&List, &json!({ "match": "**" })).unwrap_err();
        assert_eq!(error.message, "`b/x` is outside of `permissions.read`, which allows `a/**`");
    }

    #[test]
    fn arguments_are_checked_with_their_place() {
        for (args, path) in [
            (json!({ "in": "../x", "match": "**" }), "in"),
            (json!({ "match": ["**", "/etc/*"] }), "match.1"),
            (json!({ "match": "**", "older_than": "soon" }), "older_than"),
            (json!({ "match": "**", "keep_newest": -1 }), "keep_newest"),
            (json!({ "match": "**", "older": "3d" }), "older"),
            (json!({ "in": "logs" }), ""),
        ] {
            assert_eq!(List.check(&args).unwrap_err().path.join("."), path, "{args}");
        }
        let templated = json!({ "in": "{{ vars.folder }}/logs", "match": "{{ vars.glob }}", "older_than": "{{ inputs.age }}" });
        assert_eq!(List.check(&templated), Ok(()));
        assert_eq!(List.needs(&templated).read, ["{{ vars.folder }}/logs/{{ vars.glob }}"]);
    }
}
