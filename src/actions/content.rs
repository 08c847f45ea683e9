//! Whole files of the project, within the permissions of the workflow.
//!
//! Writing what is already there is no change: an action that is repeated after its tick died finds
//! its own file, and is done.

use std::io::Read;

use super::formats::MAX_FILE;
use super::paths::{Pattern, globs};
use super::permit::{DEFAULT_MAX_BYTES, Permit};
use super::{Failure, World};
use crate::ports::{Stat, WorkspaceError};

/// The most files that patterns may select for reading.
const MAX_FILES: usize = 10_000;

/// A workspace that is busy may not be so the next time; everything else stays as it is.
fn failure(error: WorkspaceError) -> Failure {
    match error {
        WorkspaceError::Io { .. } | WorkspaceError::Changed(_) => Failure::passing(error.to_string()),
        _ => Failure::last(error.to_string()),
    }
}

/// Reads a file that is not too large.
pub(super) fn read(world: &World<'_>, path: &str) -> Result<Vec<u8>, Failure> {
    Permit::of(world.permissions)?.read(path)?;
    let found = world.files.stat(path).map_err(failure)?;
    let stat = found.ok_or_else(|| Failure::last(format!("`{path}` does not exist")))?;
    let too_large = |bytes: u64| {
        let (found, most) = (bytes.div_ceil(1 << 20), MAX_FILE >> 20);
        Failure::last(format!("`{path}` has {found} MB, and {most} MB is the most that is read; split it"))
    };
    if stat.bytes > MAX_FILE {
        return Err(too_large(stat.bytes));
    }
    let mut bytes = Vec::new();
    let file = world.files.open(path).map_err(failure)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::passing(format!("`{path}`: {error}")))?;
    // It may have grown since it was looked at.
    if bytes.len() as u64 > MAX_FILE { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// Writes a file whole or not at all.
pub(super) fn write(world: &World<'_>, path: &str, over: bool, bytes: &[u8]) -> Result<(), Failure> {
    Permit::of(world.permissions)?.write(path)?;
    let most = world.permissions.max_bytes.unwrap_or(DEFAULT_MAX_BYTES);
    if bytes.len() as u64 > most {
        let size = bytes.len();
        return Err(Failure::last(format!(
            "`{path}` would have {size} bytes, more than {most}; raise `permissions.max_bytes`"
        )));
    }
    if let Some(stat) = world.files.stat(path).map_err(failure)?
        && stat.bytes == bytes.len() as u64
        && is_same(world, path, bytes)?
    {
        return Ok(());
    }
    world.files.write(path, over, &mut |file| file.write_all(bytes)).map_err(|error| match error {
        WorkspaceError::Exists(path) => {
            Failure::last(format!("`{path}` exists already; write `over: true` to replace it"))
        }
        other => failure(other),
    })
}

fn is_same(world: &World<'_>, path: &str, bytes: &[u8]) -> Result<bool, Failure> {
    let mut there = Vec::with_capacity(bytes.len());
    let file = world.files.open(path).map_err(failure)?;
    let read = file.take(bytes.len() as u64 + 1).read_to_end(&mut there);
    Ok(read.is_ok() && there == bytes)
}

/// The files of paths and patterns, in the order of their paths, each once. A path that is no pattern
/// must exist.
pub(super) fn select(world: &World<'_>, patterns: &[String]) -> Result<Vec<Stat>, Failure> {
    let mut found = std::collections::BTreeMap::new();
    for pattern in patterns {
        if !is_pattern(pattern) {
            let stat = world.files.stat(pattern).map_err(failure)?;
            let stat = stat.ok_or_else(|| Failure::last(format!("`{pattern}` does not exist")))?;
            found.insert(stat.path.clone(), stat);
            continue;
        }
        let matcher = globs([&Pattern::new(pattern).map_err(Failure::last)?])?;
        let folder = pattern.split('/').take_while(|part| !is_pattern(part)).collect::<Vec<_>>().join("/");
        let listed = world.files.list(&folder).map_err(failure)?;
        for stat in listed.into_iter().filter(|stat| matcher.is_match(&stat.path)) {
            found.insert(stat.path.clone(), stat);
        }
        if found.len() > MAX_FILES {
            return Err(Failure::last(format!("`{pattern}` selects more than {MAX_FILES} files")));
        }
    }
    Ok(found.into_values().collect())
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}
