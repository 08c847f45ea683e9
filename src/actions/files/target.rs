//! Where `files.copy` and `files.move` put files.

use crate::actions::fields::Templated;
use crate::actions::paths::{FilePath, FolderPath};
use crate::actions::{Failure, Manifest, World};
use crate::ports::Stat;

use super::each::manifest;
use super::selection::Choice;

/// A folder that keeps the files' folders below `in`, or one file.
pub(super) struct Target<'a> {
    pub(super) to: &'a Templated<FolderPath>,
    pub(super) name: Option<&'a Templated<FilePath>>,
    /// Whether the files stay where they are.
    pub(super) keeps: bool,
}

/// Files and where they go; what lies in the target already is not taken.
pub(super) fn plan(
    verb: &str,
    choice: Choice<'_>,
    target: Target<'_>,
    world: &World<'_>,
) -> Result<Manifest, Failure> {
    let chooser = choice.compile()?;
    let to = target.to.get()?;
    let mut files = if target.keeps {
        chooser.choose_readable(world)?
    } else {
        chooser.choose_readable_for_good(world)?
    };
    let is_target_above =
        to.0 == chooser.folder.0 || to.0.is_empty() || chooser.folder.0.starts_with(&format!("{}/", to.0));
    if !is_target_above {
        files.retain(|file| to.strip(&file.path).is_none());
    }
    let name = target.name.map(Templated::get).transpose()?;
    if let (Some(name), [_, _, ..]) = (name, files.as_slice()) {
        return Err(Failure::last(format!(
            "`as: {}` names one file, and {} match; leave `as` out, or choose one",
            name.0,
            files.len()
        )));
    }
    let goes_to = |file: &Stat| match name {
        Some(name) => to.join(&name.0),
        None => to.join(chooser.folder.strip(&file.path).unwrap_or(&file.path)),
    };
    files.retain(|file| goes_to(file) != file.path);
    Ok(manifest(verb, files, |file| Some(goes_to(file))))
}

/// Whether what stands at a path is a copy made before: of the same size and time.
pub(super) fn is_there(file: &Stat, to: &str, world: &World<'_>) -> bool {
    let found = world.files.stat(to).ok().flatten();
    found.is_some_and(|found| (found.bytes, found.modified) == (file.bytes, file.modified))
}
