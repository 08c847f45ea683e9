//! Doing something to each file of a manifest, and saying what was done.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::actions::permit::Permit;
use crate::actions::{Failure, Manifest, ManifestFile, World};
use crate::ports::{Stat, WorkspaceError};

/// How many files outputs name; the rest are counted.
const NAMED: usize = 100;

/// The outputs that all actions on chosen files have.
pub(super) const OUTPUTS: &[(&str, &str)] = &[
    ("count", "how many files it was done to"),
    ("bytes", "their bytes, before"),
    ("files", "their paths, the first 100"),
    ("more", "how many files beyond those"),
    ("left_alone", "`{path, why}` of planned files that it was not done to, the first 100"),
    ("left_count", "how many those are"),
];

/// What was done, and what was not.
#[derive(Debug, Default)]
pub(super) struct Done {
    count: u64,
    bytes: u64,
    files: Vec<String>,
    left: Vec<Value>,
    left_count: u64,
    failures: u64,
    first_failure: Option<String>,
}

impl Done {
    pub(super) fn add(&mut self, path: &str, bytes: u64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.files.len() < NAMED {
            self.files.push(path.to_owned());
        }
    }

    pub(super) fn leave(&mut self, path: &str, why: &str) {
        self.left_count += 1;
        if self.left.len() < NAMED {
            self.left.push(json!({ "path": path, "why": why }));
        }
    }

    /// Notes what came of one file. What somebody else did to the files meanwhile is no failure.
    pub(super) fn note(&mut self, file: &ManifestFile, result: Result<(), WorkspaceError>) {
        let path = &file.path;
        match result {
            Ok(()) => self.add(path, file.bytes),
            Err(WorkspaceError::Missing(gone)) if gone == *path => self.leave(path, "is gone"),
            Err(WorkspaceError::Changed(_)) => self.leave(path, "changed since it was planned"),
            Err(error @ (WorkspaceError::Exists(_) | WorkspaceError::Link { .. })) => {
                self.leave(path, &error.to_string());
            }
            Err(error) => {
                self.failures += 1;
                self.first_failure.get_or_insert_with(|| error.to_string());
                self.leave(path, &error.to_string());
            }
        }
    }

    /// The outputs; a failure with the same outputs if the world refused anything.
    pub(super) fn outputs(self, verb: &str) -> Result<Map<String, Value>, Failure> {
        let more = self.count - self.files.len() as u64;
        let mut outputs = Map::new();
        outputs.insert("count".into(), self.count.into());
        outputs.insert("bytes".into(), self.bytes.into());
        outputs.insert("files".into(), self.files.into());
        outputs.insert("more".into(), more.into());
        outputs.insert("left_alone".into(), self.left.into());
        outputs.insert("left_count".into(), self.left_count.into());
        let Some(first) = self.first_failure else { return Ok(outputs) };
        let all = self.count + self.left_count;
        let message = match self.failures {
            1 => format!("failed to {verb} one of {all} files: {first}"),
            failures => format!("failed to {verb} {failures} of {all} files, the first: {first}"),
        };
        Err(Failure { outputs, ..Failure::passing(message) })
    }
}

/// A manifest of files, `to` says where each goes.
pub(super) fn manifest(
    verb: &str,
    files: Vec<Stat>,
    mut to: impl FnMut(&Stat) -> Option<String>,
) -> Manifest {
    let files = files.into_iter().map(|file| planned(to(&file), file)).collect();
    Manifest { verb: verb.to_owned(), files }
}

pub(super) fn planned(to: Option<String>, file: Stat) -> ManifestFile {
    ManifestFile {
        verb: None,
        path: file.path,
        bytes: file.bytes,
        modified: file.modified,
        to,
        mark: file.mark,
    }
}

/// The file as it was when it was planned.
pub(super) fn seen(file: &ManifestFile) -> Stat {
    Stat {
        path: file.path.clone(),
        bytes: file.bytes,
        modified: file.modified,
        mark: file.mark.clone(),
        changed: String::new(),
    }
}

/// What an action may do to the files of its manifest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touches {
    /// The files are read, not only moved or removed.
    pub(super) reads: bool,
    /// They change or go.
    pub(super) writes: bool,
}

/// Holds a whole manifest to the permissions and caps before anything is touched.
pub(super) fn allow(manifest: &Manifest, touches: Touches, world: &World<'_>) -> Result<(), Failure> {
    let permit = Permit::of(world.permissions)?;
    permit.size(manifest)?;
    for file in &manifest.files {
        if touches.reads {
            permit.read(&file.path)?;
        }
        if touches.writes {
            permit.write(&file.path)?;
        }
        if let Some(to) = &file.to {
            permit.write(to)?;
        }
    }
    Ok(())
}

/// Does one thing to each file, as far as it still is as it was planned.
pub(super) fn each(
    manifest: &Manifest,
    mut one: impl FnMut(&ManifestFile, &Stat) -> Result<(), WorkspaceError>,
) -> Result<Map<String, Value>, Failure> {
    let mut done = Done::default();
    for file in &manifest.files {
        done.note(file, one(file, &seen(file)));
    }
    done.outputs(&manifest.verb)
}

/// The manifest that was planned, or one made now.
pub(super) fn agreed(
    planned: Option<&Manifest>,
    plan: impl FnOnce() -> Result<Manifest, Failure>,
) -> Result<Cow<'_, Manifest>, Failure> {
    match planned {
        Some(manifest) => Ok(Cow::Borrowed(manifest)),
        None => plan().map(Cow::Owned),
    }
}
