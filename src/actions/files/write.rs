//! `files.write`: writes one file, text or JSON.

use std::io::Read;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::actions::fields::{Templated, Text, finished, read};
use crate::actions::paths::{FilePath, Written};
use crate::actions::permit::Permit;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, ManifestFile, Needs, World};
use crate::expr::Sink;
use crate::ports::{Stat, inside, is_configuration};

#[derive(Debug)]
pub struct Write;

/// What to write, and where to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The file. Its ending says how values in `text` are quoted: as Markdown, HTML, JSON, for a
    /// shell, or not at all.
    path: Templated<FilePath>,
    /// The content as text.
    text: Option<Text>,
    /// The content as a value, written as JSON.
    json: Option<Value>,
    /// Replaces the file if it is there already.
    #[serde(default)]
    over: bool,
}

/// What is there, and what should be.
struct Planned {
    path: String,
    content: Vec<u8>,
    found: Option<Stat>,
    is_same: bool,
}

impl Args {
    fn content(&self) -> Result<Vec<u8>, Failure> {
        match (&self.text, &self.json) {
            (Some(text), None) => Ok(text.0.clone().into_bytes()),
            (None, Some(json)) => {
                let text = serde_json::to_string_pretty(json);
                text.map(|text| (text + "\n").into_bytes()).map_err(|error| Failure::last(error.to_string()))
            }
            _ => Err(Failure::last("give either `text` or `json`")),
        }
    }
}

fn plan(args: &Value, world: &World<'_>) -> Result<(Planned, Manifest), Failure> {
    let args: Args = finished(args)?;
    let path = args.path.get()?.0.clone();
    let content = args.content()?;
    let permit = Permit::of(world.permissions)?;
    permit.write(&path)?;
    let found = world.files.stat(&path).map_err(|error| super::failure(&error))?;
    let is_same = match &found {
        Some(found) => found.bytes == content.len() as u64 && holds(&path, &content, world)?,
        None => false,
    };
    if found.is_some() && !is_same && !args.over {
        return Err(Failure::last(format!("`{path}` exists already (to replace it, say `over: true`)")));
    }
    let file = ManifestFile {
        path: path.clone(),
        bytes: content.len() as u64,
        modified: found.as_ref().map_or(world.now, |found| found.modified),
        mark: found.as_ref().map(|found| found.mark.clone()).unwrap_or_default(),
        ..ManifestFile::default()
    };
    let files = if is_same { Vec::new() } else { vec![file] };
    let manifest = Manifest { verb: "write".into(), files };
    permit.size(&manifest)?;
    Ok((Planned { path, content, found, is_same }, manifest))
}

fn holds(path: &str, content: &[u8], world: &World<'_>) -> Result<bool, Failure> {
    let file = world.files.open(path).map_err(|error| super::failure(&error))?;
    let mut bytes = Vec::with_capacity(content.len());
    let limit = content.len() as u64 + 1;
    let read = file.take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Failure::passing(format!("`{path}`: {error}")))?;
    Ok(bytes == content)
}

impl Action for Write {
    fn name(&self) -> &'static str {
        "files.write"
    }

    fn about(&self) -> &'static str {
        "Writes a file whole or not at all, from text or a value; a file that holds the same already is left."
    }

    fn example(&self) -> &'static str {
        "files.write: { path: reports/week.md, text: \"# {{ vars.title }}\", over: true }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("path", "the file"),
            ("bytes", "its size"),
            ("changed", "whether it was written; false if it held the same already"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        args.content().map_err(|failure| ArgsError { path: Vec::new(), message: failure.message })?;
        let literal = args.path.literal().map(|path| inside(&path.0));
        if literal.is_some_and(|names| names.is_ok_and(|names| is_configuration(&names))) {
            let message =
                format!("`{}` is configuration of orch, which only people change", args.path.written());
            return Err(ArgsError { path: vec!["path".into()], message });
        }
        Ok(())
    }

    fn sink(&self, args: &Value, path: &[&str]) -> Sink {
        let file = args.get("path").and_then(Value::as_str).unwrap_or_default();
        match path {
            ["text"] => sink_of(file),
            _ => Sink::Plain,
        }
    }

    fn needs(&self, args: &Value) -> Needs {
        let path = args.get("path").and_then(Value::as_str);
        Needs { write: path.map(str::to_owned).into_iter().collect(), ..Needs::default() }
    }

    fn preview(&self, args: &Value, world: &World<'_>) -> Result<Option<Manifest>, Failure> {
        plan(args, world).map(|(_, manifest)| Some(manifest))
    }

    fn perform(
        &self,
        args: &Value,
        manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let (Planned { path, content, found, is_same }, _) = plan(args, world)?;
        if !is_same {
            let mark = found.as_ref().map_or("", |found| found.mark.as_str());
            let agreed = manifest.map(|manifest| manifest.files.iter().find(|file| file.path == path));
            if agreed.is_some_and(|file| file.is_none_or(|file| file.mark != mark)) {
                return Err(Failure::last(format!(
                    "`{path}` changed since it was planned, and is left alone"
                )));
            }
            let written = world.files.write(&path, found.is_some(), &mut |file| file.write_all(&content));
            written.map_err(|error| super::failure(&error))?;
        }
        let mut outputs = Map::new();
        outputs.insert("path".into(), path.into());
        outputs.insert("bytes".into(), content.len().into());
        outputs.insert("changed".into(), (!is_same).into());
        Ok(outputs)
    }
}

/// How values are quoted in a file, by its ending.
fn sink_of(path: &str) -> Sink {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "md" | "markdown" => Sink::Markdown,
        "html" | "htm" | "xml" | "svg" => Sink::Html,
        "json" => Sink::Json,
        "sh" | "bash" => Sink::Shell,
        _ => Sink::Plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::files::testing::Bench;

    #[test]
    fn writes_once() {
        let bench = Bench::new();
        let args = json!({ "path": "./reports/a.md", "text": "# One\n" });
        let outputs = bench.perform(&Write, &args).unwrap();
        assert_eq!(Value::Object(outputs), json!({ "path": "reports/a.md", "bytes": 6, "changed": true }));
        let stat = bench.stat("reports/a.md");
        assert_eq!(bench.perform(&Write, &args).unwrap()["changed"], false);
        assert_eq!(bench.stat("reports/a.md"), stat);
        let other = json!({ "path": "reports/a.md", "text": "# Two\n" });
        let error = bench.perform(&Write, &other).unwrap_err();
        assert_eq!(error.message, "`reports/a.md` exists already (to replace it, say `over: true`)");
        let over = json!({ "path": "reports/a.md", "json": { "b": [1, "x"] }, "over": true });
        assert_eq!(bench.perform(&Write, &over).unwrap()["changed"], true);
        assert_eq!(bench.text("reports/a.md"), "{\n  \"b\": [\n    1,\n    \"x\"\n  ]\n}\n");
        let number = json!({ "path": "n", "text": 3.5 });
        bench.perform(&Write, &number).unwrap();
        assert_eq!(bench.text("n"), "3.5");
    }

    #[test]
    fn leaves_what_changed_since_the_plan() {
        let bench = Bench::new();
        bench.file("a", "old", 3);
        let args = json!({ "path": "a", "text": "new", "over": true });
        let manifest = bench.preview(&Write, &args);
        assert_eq!((manifest.files.len(), manifest.files[0].bytes), (1, 3));
        bench.file("a", "mine", 1);
        let error = bench.perform_planned(&Write, &args, &manifest).unwrap_err();
        assert_eq!(
            (error.message.as_str(), error.is_final),
            ("`a` changed since it was planned, and is left alone", true)
        );
        assert_eq!(bench.text("a"), "mine");
        // An attempt that wrote and died: the second one finds it done.
        let manifest = bench.preview(&Write, &args);
        for changed in [true, false] {
            assert_eq!(bench.perform_planned(&Write, &args, &manifest).unwrap()["changed"], changed);
        }
        assert_eq!(bench.preview(&Write, &args).files, []);
    }

    #[test]
    fn arguments_and_places_are_checked() {
        for (args, path) in [
            (json!({ "path": "a" }), ""),
            (json!({ "path": "a", "text": "x", "json": 1 }), ""),
            (json!({ "path": "../a", "text": "x" }), "path"),
            (json!({ "path": "workflows/a.yaml", "text": "x" }), "path"),
            (json!({ "path": ".git/hooks/pre-commit", "text": "x" }), "path"),
            (json!({ "path": "a", "text": ["x"] }), "text"),
            (json!({ "path": "a", "text": "x", "over": "yes" }), "over"),
        ] {
            assert_eq!(Write.check(&args).unwrap_err().path.join("."), path, "{args}");
        }
        assert_eq!(Write.check(&json!({ "path": "{{ x }}/a.md", "text": "{{ y }}" })), Ok(()));
        // What the check could not see is refused when it is known.
        let mut bench = Bench::new();
        for path in ["../a", "orch.yaml", ".GIT/config", "a/../../b"] {
            let args = json!({ "path": path, "text": "x" });
            let error = bench.in_world(|world| Write.perform(&args, None, world)).unwrap_err();
            assert!(error.is_final, "{path}: {error}");
        }
        bench.permissions.write = Some(vec!["out/*".into()]);
        let error = bench.perform(&Write, &json!({ "path": "a", "text": "x" })).unwrap_err();
        assert_eq!(error.message, "`a` is outside of `permissions.write`, which allows `out/*`");
        bench.permissions = crate::model::Permissions { max_bytes: Some(2), ..Default::default() };
        let error = bench.perform(&Write, &json!({ "path": "a", "text": "xyz" })).unwrap_err();
        assert!(error.message.contains("`permissions.max_bytes`"), "{error}");
        assert!(bench.paths().is_empty());
    }

    #[test]
    fn the_ending_says_how_to_quote() {
        for (path, sink) in [
            ("a.md", Sink::Markdown),
            ("a.HTML", Sink::Html),
            ("{{ name }}.json", Sink::Json),
            ("a.sh", Sink::Shell),
            ("a.txt", Sink::Plain),
            ("{{ name }}", Sink::Plain),
        ] {
            assert_eq!(Write.sink(&json!({ "path": path, "text": "" }), &["text"]), sink, "{path}");
        }
        assert_eq!(Write.sink(&json!({ "path": "a.md" }), &["json", "x"]), Sink::Plain);
    }
}
