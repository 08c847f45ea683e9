//! Files that come, change or go.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::globs::{Globs, outermost};
use super::{LookError, Sight, WATCHED_FILES, Watch};
use crate::model::{Change, FileChange, FileWatch, FlowFact, On};
use crate::ports::{Digests, Stat, Workspace, WorkspaceError};

/// The files that any trigger watches, listed once.
pub(super) struct Listing<'a> {
    pub(super) files: &'a dyn Workspace,
    pub(super) digests: &'a dyn Digests,
    /// In the order of their paths.
    stats: Vec<Stat>,
    /// Of the triggers in their order; none for those that do not watch files.
    globs: Vec<Option<Globs>>,
}

impl<'a> Listing<'a> {
    pub(super) fn of(
        watches: &[Watch<'_>],
        files: &'a dyn Workspace,
        digests: &'a dyn Digests,
    ) -> Result<Self, LookError> {
        let compiled = |watch: &Watch<'_>| {
            let (On::Files(FileWatch { files, .. }) | On::Webhook { files, .. }) = &watch.trigger.on else {
                return Ok(None);
            };
            let wrong =
                |(pattern, why)| LookError::Pattern { workflow: watch.workflow.id.clone(), pattern, why };
            Globs::of_paths(files).map(Some).map_err(wrong)
        };
        let globs = watches.iter().map(compiled).collect::<Result<Vec<_>, _>>()?;
        let mut stats = Vec::new();
        for folder in outermost(globs.iter().flatten().flat_map(|globs| &globs.folders)) {
            stats.append(&mut files.list(folder)?);
        }
        stats.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, digests, stats, globs })
    }

    /// The files of one trigger.
    fn matching(&self, watch: Watch<'_>, index: usize) -> Result<Vec<&Stat>, LookError> {
        let Some(globs) = &self.globs[index] else { return Ok(Vec::new()) };
        let matching: Vec<&Stat> = self.stats.iter().filter(|stat| globs.matches(&stat.path)).collect();
        if matching.len() > WATCHED_FILES {
            let (On::Files(FileWatch { files, .. }) | On::Webhook { files, .. }) = &watch.trigger.on else {
                return Ok(Vec::new());
            };
            return Err(LookError::TooMany {
                workflow: watch.workflow.id.clone(),
                patterns: files.join(" "),
                count: matching.len(),
            });
        }
        Ok(matching)
    }

    /// What is another way than it is known, in the order of the paths. `contents` says whether other
    /// content of a known file counts.
    pub(super) fn changes(
        &self,
        watch: Watch<'_>,
        index: usize,
        contents: bool,
    ) -> Result<Vec<FileChange>, LookError> {
        let none = BTreeMap::new();
        let known = watch.mark.map_or(&none, |mark| &mark.files);
        let mut gone: BTreeMap<&SmolStr, &SmolStr> = known.iter().collect();
        let mut changes = Vec::new();
        for stat in self.matching(watch, index)? {
            let path = SmolStr::from(&stat.path);
            let before = known.get(&path);
            if before.is_some() && !contents {
                gone.remove(&path);
                continue;
            }
            // What went away since it was listed, or is a link now, is not there.
            let digest = match self.digests.of_file(self.files, stat) {
                Ok(digest) => digest,
                Err(WorkspaceError::Missing(_) | WorkspaceError::Link { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            gone.remove(&path);
            if before != Some(&digest) {
                let change = if before.is_some() { Change::Changed } else { Change::Created };
                changes.push(FileChange { path, change, digest: Some(digest) });
            }
        }
        let deleted =
            |path: &SmolStr| FileChange { path: path.clone(), change: Change::Deleted, digest: None };
        changes.extend(gone.into_keys().map(deleted));
        changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }
}

pub(super) fn look(
    watch: Watch<'_>,
    asked: &FileWatch,
    listing: &Listing<'_>,
    index: usize,
    sight: &mut Sight,
) -> Result<(), LookError> {
    // Other content that nobody asks for need not be known: a file is new or gone by its path alone.
    let contents = asked.changes.contains(&Change::Changed);
    let changes = listing.changes(watch, index, contents)?;
    let (workflow, trigger) = (watch.workflow.id.clone(), watch.trigger.key.clone());
    if watch.mark.is_none() {
        sight.facts.push(FlowFact::TriggerWatched { workflow, trigger, commit: None, files: changes });
    } else if !changes.is_empty() {
        let (files, seen) = changes.into_iter().partition(|file| asked.changes.contains(&file.change));
        sight.facts.push(FlowFact::FilesChanged { workflow, trigger, files, seen });
    }
    Ok(())
}
