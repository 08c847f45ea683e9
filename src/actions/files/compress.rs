//! `files.compress`: replaces files by their gzip.

use std::io::{self, Read};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::each::{OUTPUTS, Touches, agreed, allow, each, manifest};
use super::selection::choosing;
use crate::actions::fields::{finished, read};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World};
use crate::ports::{Stat, WorkspaceError};

/// What compressing again would only make larger.
const COMPRESSED: [&str; 7] = ["gz", "zip", "zst", "xz", "bz2", "7z", "tgz"];

#[derive(Debug)]
pub struct Compress;

choosing! {
    /// Which files to compress.
    struct Args {
        /// Keeps the files beside their gzip.
        #[serde(default)]
        keep_original: bool,
    }
}

fn plan(args: &Args, world: &World<'_>) -> Result<Manifest, Failure> {
    let mut files = args.choice().compile()?.choose_readable_for_good(world)?;
    files.retain(|file| !is_compressed(&file.path));
    if args.keep_original {
        // A second run finds its work done: the gzip has the time of its file.
        let is_done = |file: &Stat| {
            let found = world.files.stat(&gzip_of(&file.path)).ok().flatten();
            found.is_some_and(|found| found.modified == file.modified)
        };
        files.retain(|file| !is_done(file));
    }
    Ok(manifest("compress", files, |file| Some(gzip_of(&file.path))))
}

impl Args {
    fn touches(&self) -> Touches {
        Touches { reads: true, writes: !self.keep_original }
    }
}

impl Action for Compress {
    fn name(&self) -> &'static str {
        "files.compress"
    }

    fn about(&self) -> &'static str {
        "Replaces each file by its gzip, `a.log` by `a.log.gz`, with its time and permissions."
    }

    fn example(&self) -> &'static str {
        "files.compress: { in: logs, match: \"**/*.log\", older_than: 7d }"
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
        let files = args.choice().reach();
        let mut write: Vec<_> = files.iter().map(|glob| gzip_of(glob)).collect();
        if !args.keep_original {
            write.extend(files.iter().cloned());
        }
        Needs { read: files, write, ..Needs::default() }
    }

    fn preview(&self, args: &Value, world: &World<'_>) -> Result<Option<Manifest>, Failure> {
        let args: Args = finished(args)?;
        let manifest = plan(&args, world)?;
        allow(&manifest, args.touches(), world)?;
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
        allow(&manifest, args.touches(), world)?;
        each(&manifest, |file, seen| {
            compress(seen, file.to.as_deref().unwrap_or_default(), world)?;
            if args.keep_original { Ok(()) } else { world.files.remove(seen) }
        })
    }
}

pub(super) fn gzip_of(path: &str) -> String {
    format!("{path}.gz")
}

fn is_compressed(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    COMPRESSED.iter().any(|one| one.eq_ignore_ascii_case(ending))
}

/// Writes the gzip of a file; one that is there already must hold the same content.
pub(super) fn compress(seen: &Stat, to: &str, world: &World<'_>) -> Result<(), WorkspaceError> {
    let modified = u32::try_from(seen.modified.as_second()).unwrap_or(0);
    let written = world.files.write_from(seen, to, false, &mut |from, into| {
        let mut gzip = flate2::GzBuilder::new().mtime(modified).write(into, Compression::default());
        io::copy(from, &mut gzip)?;
        gzip.finish().map(drop)
    });
    match written {
        // Made by an attempt that died before it removed the file.
        Err(WorkspaceError::Exists(_)) if is_gzip_of(seen, to, world)? => Ok(()),
        written => written,
    }
}

fn is_gzip_of(seen: &Stat, gzip: &str, world: &World<'_>) -> Result<bool, WorkspaceError> {
    let mut unpacked = MultiGzDecoder::new(io::BufReader::new(world.files.open(gzip)?));
    Ok(is_same(&mut *world.files.open(&seen.path)?, &mut unpacked).unwrap_or(false))
}

/// Whether two readers give the same bytes.
fn is_same(one: &mut (impl Read + ?Sized), other: &mut impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = one.read(&mut left)?;
        if read == 0 {
            return Ok(other.read(&mut right)? == 0);
        }
        match other.read_exact(&mut right[..read]) {
            Ok(()) if left[..read] == right[..read] => {}
            _ => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::files::testing::Bench;

    fn unpacked(bench: &Bench, path: &str) -> String {
        let mut text = String::new();
        MultiGzDecoder::new(&bench.bytes(path)[..]).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn compresses_and_keeps_time() {
        let bench = Bench::new();
        bench.file("logs/a.log", &"line\n".repeat(1000), 10);
        bench.file("logs/b.zip", "zip", 10);
        let modified = bench.stat("logs/a.log").modified;
        let args = json!({ "in": "logs", "match": "**" });
        let outputs = bench.perform(&Compress, &args).unwrap();
        assert_eq!((&outputs["files"], &outputs["bytes"]), (&json!(["logs/a.log"]), &json!(5000)));
        assert_eq!(bench.paths(), ["logs/a.log.gz", "logs/b.zip"]);
        assert_eq!(unpacked(&bench, "logs/a.log.gz"), "line\n".repeat(1000));
        let gzip = bench.stat("logs/a.log.gz");
        assert!(gzip.modified == modified && gzip.bytes < 200, "{gzip:?}");
        assert_eq!(bench.perform(&Compress, &args).unwrap()["count"], 0);
    }

    #[test]
    fn originals_may_stay() {
        let bench = Bench::new();
        bench.file("a", "text", 10);
        let args = json!({ "match": "**", "keep_original": true });
        assert_eq!(bench.perform(&Compress, &args).unwrap()["count"], 1);
        assert_eq!(bench.paths(), ["a", "a.gz"]);
        assert_eq!(bench.perform(&Compress, &args).unwrap()["count"], 0);
    }

    #[test]
    fn finishes_what_a_killed_attempt_began() {
        let bench = Bench::new();
        bench.file("a", "same", 10);
        bench.file("b", "mine", 10);
        let keep = json!({ "match": "?", "keep_original": true });
        bench.perform(&Compress, &keep).unwrap();
        bench.file("b", "another", 9);
        let outputs = bench.perform(&Compress, &json!({ "match": "?" })).unwrap();
        assert_eq!(outputs["files"], json!(["a"]));
        assert_eq!(outputs["left_alone"], json!([{ "path": "b", "why": "`b.gz` exists already" }]));
        assert_eq!(bench.paths(), ["a.gz", "b", "b.gz"]);
        assert_eq!(unpacked(&bench, "b.gz"), "mine");
    }
}
