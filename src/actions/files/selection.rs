//! Which files an action on files is about: the arguments that all of them share.

use globset::GlobSet;

use crate::actions::fields::{Age, ByteSize, OneOrMany, Templated, get};
use crate::actions::paths::{FolderPath, Pattern, Written, globs};
use crate::actions::permit::Permit;
use crate::actions::{Failure, World};
use crate::model::{Duration, Time};
use crate::ports::Stat;

/// Globs as arguments give them.
pub(super) type Patterns = OneOrMany<Templated<Pattern>>;

/// Declares a type of arguments that has, beside its own, those that choose files.
macro_rules! choosing {
    ($(#[doc = $about:literal])* struct $name:ident {
        $($(#[$meta:meta])* $field:ident: $kind:ty,)*
    }) => {
        $(#[doc = $about])*
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            /// The folder to look in, at any depth. Without it: the project's folder.
            #[serde(default, rename = "in")]
            folder: Option<crate::actions::fields::Templated<crate::actions::paths::FolderPath>>,
            /// Globs from that folder, one of which a file must match: `*.log` for files right in
            /// the folder, `**/*.log` for those at any depth.
            #[serde(rename = "match")]
            matching: super::selection::Patterns,
            /// Globs that leave files out.
            #[serde(default)]
            not_match: super::selection::Patterns,
            /// Only files that were last modified at least this long ago.
            older_than: Option<crate::actions::fields::Age>,
            /// Only files of more bytes.
            larger_than: Option<crate::actions::fields::Templated<crate::actions::fields::ByteSize>>,
            /// Leaves that many of the matching files out, those modified last, whatever their age.
            keep_newest: Option<crate::actions::fields::Templated<u32>>,
            $($(#[$meta])* $field: $kind,)*
        }

        impl $name {
            fn choice(&self) -> super::selection::Choice<'_> {
                super::selection::Choice {
                    folder: self.folder.as_ref(),
                    matching: &self.matching,
                    not_match: &self.not_match,
                    older_than: self.older_than.as_ref(),
                    larger_than: self.larger_than.as_ref(),
                    keep_newest: self.keep_newest.as_ref(),
                }
            }
        }
    };
}

pub(super) use choosing;

/// The arguments that choose files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) folder: Option<&'a Templated<FolderPath>>,
    pub(super) matching: &'a Patterns,
    pub(super) not_match: &'a Patterns,
    pub(super) older_than: Option<&'a Age>,
    pub(super) larger_than: Option<&'a Templated<ByteSize>>,
    pub(super) keep_newest: Option<&'a Templated<u32>>,
}

/// The same, final and compiled.
#[derive(Debug)]
pub(super) struct Chooser {
    pub(super) folder: FolderPath,
    matching: GlobSet,
    not_match: GlobSet,
    older_than: Option<Duration>,
    larger_than: Option<u64>,
    keep_newest: u32,
}

impl Choice<'_> {
    pub(super) fn compile(self) -> Result<Chooser, Failure> {
        Ok(Chooser {
            folder: get(self.folder)?.cloned().unwrap_or_default(),
            matching: compiled(self.matching)?,
            not_match: compiled(self.not_match)?,
            older_than: get(self.older_than)?.copied(),
            larger_than: get(self.larger_than)?.map(|size| size.0),
            keep_newest: get(self.keep_newest)?.copied().unwrap_or(0),
        })
    }

    /// The globs from the project's folder, templates and all.
    pub(super) fn reach(self) -> Vec<String> {
        let folder = self.folder.map_or("", Written::written);
        let folder = FolderPath(folder.trim_end_matches('/').to_owned());
        self.matching.iter().map(|glob| folder.join(glob.written())).collect()
    }
}

fn compiled(patterns: &Patterns) -> Result<GlobSet, Failure> {
    let patterns = patterns.iter().map(Templated::get).collect::<Result<Vec<_>, _>>()?;
    globs(patterns)
}

impl Chooser {
    /// Whether the globs take a path from the project's folder.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.folder
            .strip(path)
            .is_some_and(|below| self.matching.is_match(below) && !self.not_match.is_match(below))
    }

    /// The chosen files of the workspace, in the order of their paths.
    fn choose(&self, world: &World<'_>) -> Result<Vec<Stat>, Failure> {
        Ok(self.among(self.list(world)?, world.now))
    }

    /// The same of files that are done away with: as of the first attempt.
    pub(super) fn choose_for_good(&self, world: &World<'_>) -> Result<Vec<Stat>, Failure> {
        let mut files = self.list(world)?;
        files.retain(|file| was_there(file, world));
        Ok(self.among(files, world.chosen_at()))
    }

    /// As [`choose`](Self::choose), of files that are read.
    pub(super) fn choose_readable(&self, world: &World<'_>) -> Result<Vec<Stat>, Failure> {
        readable(self.choose(world)?, world)
    }

    /// As [`choose_for_good`](Self::choose_for_good), of files that are read.
    pub(super) fn choose_readable_for_good(&self, world: &World<'_>) -> Result<Vec<Stat>, Failure> {
        readable(self.choose_for_good(world)?, world)
    }

    fn list(&self, world: &World<'_>) -> Result<Vec<Stat>, Failure> {
        let mut files = world.files.list(&self.folder.0).map_err(|error| super::failure(&error))?;
        files.retain(|file| self.matches(&file.path));
        Ok(files)
    }

    fn among(&self, mut files: Vec<Stat>, now: Time) -> Vec<Stat> {
        self.leave_newest(&mut files);
        files.retain(|file| {
            self.older_than.is_none_or(|age| is_older(file, age, now))
                && self.larger_than.is_none_or(|size| file.bytes > size)
        });
        files
    }

    fn leave_newest(&self, files: &mut Vec<Stat>) {
        if self.keep_newest == 0 {
            return;
        }
        // Of those modified in the same second the names decide, since they often end in a date.
        files.sort_unstable_by(|a, b| (b.modified, &b.path).cmp(&(a.modified, &a.path)));
        let kept = usize::try_from(self.keep_newest).unwrap_or(usize::MAX).min(files.len());
        files.drain(..kept);
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    }
}

fn readable(files: Vec<Stat>, world: &World<'_>) -> Result<Vec<Stat>, Failure> {
    let permit = Permit::of(world.permissions)?;
    files.iter().try_for_each(|file| permit.read(&file.path))?;
    Ok(files)
}

/// Whether a file was as it is when the step began.
pub(super) fn was_there(file: &Stat, world: &World<'_>) -> bool {
    world.begun.is_none_or(|begun| file.modified <= begun)
}

/// Whether a file was last modified at least that long ago.
pub(super) fn is_older(file: &Stat, age: Duration, now: Time) -> bool {
    file.modified + age <= now
}
