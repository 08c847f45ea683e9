//! `files.archive`: puts files into a zip with a manifest.
//!
//! A zip that exists is never changed: what it does not hold goes into the next number beside it,
//! `x.zip`, `x-2.zip`. What it does hold, whole and by checksum, is not archived again, so that an
//! attempt that died before it removed the originals is finished by the next one.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::each::{Done, OUTPUTS, Touches, agreed, allow, manifest, seen};
use super::selection::choosing;
use super::zipped::{self, Entry, MANIFEST, PackError, pack};
use crate::actions::fields::{Templated, finished, read};
use crate::actions::paths::{FilePath, Written};
use crate::actions::permit::Permit;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, ManifestFile, Needs, World};
use crate::ports::{Stat, WorkspaceError};

/// The most archives of one name.
const NUMBERS: u32 = 1_000;

#[derive(Debug)]
pub struct Archive;

choosing! {
    /// Which files to archive, and where to.
    struct Args {
        /// The archive, which ends in `.zip`. If it exists, the next number beside it: `x-2.zip`.
        to: Templated<FilePath>,
        /// Removes the files, once the archive was read back and holds each of them.
        #[serde(default)]
        remove: bool,
    }
}

/// What archives made before hold of some files, and the first name that is free.
struct Earlier {
    /// The archive that holds a file, by the file's path.
    held: BTreeMap<String, String>,
    free: String,
}

impl Args {
    fn touches(&self) -> Touches {
        Touches { reads: true, writes: self.remove }
    }

    fn plan(&self, world: &World<'_>) -> Result<Manifest, Failure> {
        let to = &self.to.get()?.0;
        let chooser = self.choice().compile()?;
        let mut files = if self.remove {
            chooser.choose_readable_for_good(world)?
        } else {
            chooser.choose_readable(world)?
        };
        files.retain(|file| !is_numbered(&file.path, to));
        let earlier = earlier(to, &files, world)?;
        if !self.remove {
            // A second run finds its work done.
            files.retain(|file| !earlier.held.contains_key(&file.path));
        }
        let goes_to = |file: &Stat| earlier.held.get(&file.path).unwrap_or(&earlier.free).clone();
        Ok(manifest("archive", files, |file| Some(goes_to(file))))
    }
}

impl Action for Archive {
    fn name(&self) -> &'static str {
        "files.archive"
    }

    fn about(&self) -> &'static str {
        "Puts files into a zip with a MANIFEST.json of sizes, times and SHA-256, and may remove them once it was read back."
    }

    fn example(&self) -> &'static str {
        "files.archive: { in: reports, match: \"**/*.md\", older_than: 90d, to: archive/reports.zip, remove: true }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        const { &ARCHIVE_OUTPUTS }
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        let to = args.to.written();
        if to.to_ascii_lowercase().ends_with(".zip") || to.trim_end().ends_with("}}") {
            return Ok(());
        }
        Err(ArgsError { path: vec!["to".into()], message: format!("`{to}` does not end in `.zip`") })
    }

    fn needs(&self, args: &Value) -> Needs {
        let Ok(args) = read::<Args>(args) else { return Needs::default() };
        let files = args.choice().reach();
        let mut write = vec![args.to.written().to_owned()];
        if args.remove {
            write.extend(files.iter().cloned());
        }
        Needs { read: files, write, ..Needs::default() }
    }

    fn preview(&self, args: &Value, world: &World<'_>) -> Result<Option<Manifest>, Failure> {
        let args: Args = finished(args)?;
        let manifest = args.plan(world)?;
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
        let manifest = agreed(manifest, || args.plan(world))?;
        allow(&manifest, args.touches(), world)?;
        let files: Vec<Stat> = manifest.files.iter().map(seen).collect();
        let Earlier { mut held, free } = earlier(&args.to.get()?.0, &files, world)?;
        Permit::of(world.permissions)?.write(&free)?;
        let mut done = Done::default();
        let rest = manifest.files.iter().filter(|file| !held.contains_key(&file.path)).collect();
        let new = add(rest, &free, &mut done, world)?;
        let added = new.len();
        held.extend(new.into_iter().map(|path| (path, free.clone())));
        for file in manifest.files.iter().filter(|file| held.contains_key(&file.path)) {
            let removed = if args.remove { world.files.remove(&seen(file)) } else { Ok(()) };
            done.note(file, removed.or_else(|error| if_gone(error, file)));
        }
        let archive = if added > 0 { Some(&free) } else { held.values().next_back() }.cloned();
        let archives: std::collections::BTreeSet<_> = held.into_values().collect();
        let mut outputs = done.outputs("archive");
        let target = match &mut outputs {
            Ok(outputs) => outputs,
            Err(failure) => &mut failure.outputs,
        };
        target.insert("archive".into(), archive.into());
        target.insert("archives".into(), Value::from_iter(archives));
        target.insert("added".into(), added.into());
        outputs
    }
}

const ARCHIVE_OUTPUTS: [(&str, &str); OUTPUTS.len() + 3] = {
    let mut all =
        [("archive", "the zip that was written, or that holds the files already"); OUTPUTS.len() + 3];
    all[1] = ("archives", "all zips that hold the files");
    all[2] = ("added", "how many files were put into a new zip");
    let mut at = 0;
    while at < OUTPUTS.len() {
        all[at + 3] = OUTPUTS[at];
        at += 1;
    }
    all
};

/// A file that an archive holds and that is gone was removed by an earlier attempt.
fn if_gone(error: WorkspaceError, file: &ManifestFile) -> Result<(), WorkspaceError> {
    match error {
        WorkspaceError::Missing(path) if path == file.path => Ok(()),
        error => Err(error),
    }
}

/// Packs the files into a new archive, reads it back, and gives the paths of those that it holds.
fn add(
    mut files: Vec<&ManifestFile>,
    to: &str,
    done: &mut Done,
    world: &World<'_>,
) -> Result<Vec<String>, Failure> {
    if let Some(file) = files.iter().find(|file| file.path == MANIFEST) {
        return Err(Failure::last(format!(
            "`{}` cannot be archived, because the archive's own manifest has that name; leave it out with `not_match`",
            file.path
        )));
    }
    // Each round leaves out one file that changed meanwhile, mostly none.
    while !files.is_empty() {
        let stats: Vec<Stat> = files.iter().map(|file| seen(file)).collect();
        match pack(to, &stats, world) {
            Ok(entries) => return verify(to, &entries, world).map(|()| paths_of(entries)),
            Err(PackError::Archive(error)) => return Err(super::failure(&error)),
            Err(PackError::File(path, error)) => {
                if let Some(at) = files.iter().position(|file| file.path == path) {
                    done.note(files.remove(at), Err(error));
                }
            }
        }
    }
    Ok(Vec::new())
}

fn paths_of(entries: Vec<Entry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.path).collect()
}

/// Reads an archive back. One that does not hold what it should is removed, before any file is.
fn verify(to: &str, entries: &[Entry], world: &World<'_>) -> Result<(), Failure> {
    let failed = |error: WorkspaceError| super::failure(&error);
    let found = zipped::Archive::open(to, world).map_err(failed)?;
    let is_whole = found.is_some_and(|mut archive| {
        let listed = archive.entries().unwrap_or_default();
        listed.len() == entries.len()
            && entries.iter().all(|entry| listed.get(&entry.path) == Some(entry) && archive.holds(entry))
    });
    if is_whole {
        return Ok(());
    }
    if let Some(broken) = world.files.stat(to).map_err(failed)? {
        world.files.remove(&broken).map_err(failed)?;
    }
    Err(Failure::passing(format!("`{to}` could not be read back as it was written; no file was removed")))
}

/// Looks into the archives of this name for the files, as they were seen.
fn earlier(to: &str, files: &[Stat], world: &World<'_>) -> Result<Earlier, Failure> {
    let failed = |error: WorkspaceError| super::failure(&error);
    let mut held = BTreeMap::new();
    for number in 1..=NUMBERS {
        let path = numbered(to, number);
        if world.files.stat(&path).map_err(failed)?.is_none() {
            return Ok(Earlier { held, free: path });
        }
        let Some(mut archive) = zipped::Archive::open(&path, world).map_err(failed)? else { continue };
        let Some(entries) = archive.entries() else { continue };
        for file in files {
            let Some(entry) = entries.get(&file.path) else { continue };
            let is_like = (entry.bytes, entry.modified) == (file.bytes, file.modified);
            if is_like && is_unchanged(file, entry, world).map_err(failed)? && archive.holds(entry) {
                held.insert(file.path.clone(), path.clone());
            }
        }
    }
    Err(Failure::last(format!(
        "`{to}` and {NUMBERS} numbers of it exist already; choose another name for `to`"
    )))
}

/// Whether a file, unless it is gone, still is what was archived.
fn is_unchanged(file: &Stat, entry: &Entry, world: &World<'_>) -> Result<bool, WorkspaceError> {
    match world.files.stat(&file.path)? {
        None => Ok(true),
        Some(now) => Ok(now.mark == file.mark && zipped::sha256(&file.path, world)? == entry.sha256),
    }
}

/// `a/x.zip`, `a/x-2.zip`, `a/x-3.zip`, …
fn numbered(to: &str, number: u32) -> String {
    let (stem, ending) = to.rsplit_once('.').unwrap_or((to, "zip"));
    if number == 1 { to.to_owned() } else { format!("{stem}-{number}.{ending}") }
}

/// Whether a path is an archive of this name, which does not go into itself.
fn is_numbered(path: &str, to: &str) -> bool {
    let (stem, ending) = to.rsplit_once('.').unwrap_or((to, "zip"));
    let number = path
        .strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix('-')?.strip_suffix(ending)?.strip_suffix('.'));
    path == to || number.is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests;
