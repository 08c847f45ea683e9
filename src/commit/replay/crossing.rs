//! From branch to branch: what leads back must be as it was, and what leads on must be what follows.

use super::Replay;
use crate::commit::StoreError;
use crate::commit::branch::Tip;
use crate::commit::object::{BRANCHES_FILE, json};
use crate::commit::read::SegmentFile;
use crate::ports::{ObjectId, ObjectKind};

impl Replay<'_, '_> {
    /// The first commit of a branch must be the one that follows from the last one of the branch before.
    pub(super) fn follow(
        &mut self,
        closing: &Tip,
        tip: Tip,
        commit: ObjectId,
        segments: Vec<SegmentFile>,
    ) -> Result<(), StoreError> {
        let repo = self.branch.repo;
        if self.branch.commit_object(commit)?.goes_on_from() != closing.commit {
            self.found(commit, "", None, "it comes after the one that closed its branch");
        } else if self.branch.write_first(closing, &mut |kind, bytes| repo.hash(kind, bytes))? != commit {
            self.found(commit, "", None, "it is not what follows from the last one of the branch before");
        }
        self.witness.resume_from(self.state.as_ref());
        self.before = Some((tip, segments));
        Ok(())
    }

    /// Only the tick that closes a branch changes what leads back; it says which branch that was.
    pub(super) fn verify_branches(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        before: &Tip,
    ) -> Result<(), StoreError> {
        let is_same = tip.entry(BRANCHES_FILE) == before.entry(BRANCHES_FILE);
        if tip.head.continued.is_none() {
            self.check(is_same, commit, BRANCHES_FILE, "what leads to the history before was changed");
            return Ok(());
        }
        let (found, known) = (self.branch.branches(tip)?, self.branch.branches(before)?);
        let known = known.map(|branches| branches.before).unwrap_or_default();
        let holds = found.as_ref().is_some_and(|branches| branches.before == known);
        self.check(holds, commit, BRANCHES_FILE, "what leads to the history before was changed");
        let written = found.map(|branches| json(&branches));
        let id = written.map(|bytes| self.branch.repo.hash(ObjectKind::Blob, &bytes)).transpose()?;
        let same = tip.entry(BRANCHES_FILE).map(|entry| entry.id) == id;
        self.check(same, commit, BRANCHES_FILE, "it is not as orch writes it");
        Ok(())
    }
}
