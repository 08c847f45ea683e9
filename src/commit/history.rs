//! Looking back: what each tick did, and finished tasks that have left the hot set.

use super::branch::{StateBranch, Tip};
use super::error::{HistoryEnd, StoreError};
use super::object::RETIRED;
use super::read::corrupt;
use super::snapshot;
use crate::model::{Code, Event, Task, Time};
use crate::ports::{ObjectId, ObjectKind};

/// One tick of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    pub serial: u64,
    pub at: Time,
    pub commit: ObjectId,
    /// The first line of the commit's message.
    pub subject: String,
    pub events: Vec<Event>,
    /// Whether `orch` made it.
    pub by_orch: bool,
}

/// The ticks of a branch, the newest first.
#[derive(Debug)]
pub struct History<'b, 'r> {
    branch: &'b StateBranch<'r>,
    next: Option<ObjectId>,
    ends: Option<HistoryEnd>,
}

impl History<'_, '_> {
    /// The oldest commit there is, if what was before it is not in this clone. Known once the
    /// iterator has come to its end.
    pub fn ends_at(&self) -> Option<&HistoryEnd> {
        self.ends.as_ref()
    }

    fn read(&mut self, mut commit: ObjectId) -> Result<HistoryEntry, StoreError> {
        // The first commit of a branch repeats the tick that closed the one before.
        if let Some(closing) = self.branch.commit_object(commit)?.goes_on_from()
            && self.branch.repo.has(closing)
        {
            commit = closing;
        }
        let entry = self.branch.history_entry(commit)?;
        self.next = match self.branch.parent(commit) {
            Err(StoreError::HistoryEnds(end)) => {
                self.ends = Some(end);
                None
            }
            parent => parent?,
        };
        Ok(entry)
    }
}

impl Iterator for History<'_, '_> {
    type Item = Result<HistoryEntry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let commit = self.next.take()?;
        Some(self.read(commit))
    }
}

/// What is known of a task that is not in the hot set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Archived {
    Found(Box<Task>),
    /// No fold retired such a task.
    Unknown,
    /// Not in the part of the history that this clone has, which ends before this commit.
    OutOfReach(HistoryEnd),
}

impl<'r> StateBranch<'r> {
    /// The ticks up to a tip, the newest first; an error ends them.
    pub fn history<'b>(&'b self, tip: &Tip) -> History<'b, 'r> {
        History { branch: self, next: tip.commit, ends: None }
    }

    pub(super) fn history_entry(&self, commit: ObjectId) -> Result<HistoryEntry, StoreError> {
        let tip = self.tip_at(commit)?;
        let subject = self.commit_object(commit)?.subject().to_owned();
        // What a person made with git repeats the records of an earlier tick.
        let events = if tip.by_orch { self.own_events(&tip)? } else { Vec::new() };
        Ok(HistoryEntry {
            serial: tip.head.serial,
            at: tip.head.at,
            commit,
            subject,
            events,
            by_orch: tip.by_orch,
        })
    }

    /// Looks for a finished task that has left the hot set, going from fold to fold.
    pub fn find_archived(&self, tip: &Tip, code: &Code) -> Result<Archived, StoreError> {
        let mut next = if tip.head.is_fold() { tip.commit } else { tip.head.previous_fold };
        while let Some(commit) = next {
            if let Some(end) = self.end_before(tip, commit)? {
                return Ok(Archived::OutOfReach(end));
            }
            let fold = self.tip_at(commit)?;
            if let Some(task) = self.retired(&fold, commit, code)? {
                return Ok(Archived::Found(Box::new(task)));
            }
            next = fold.head.previous_fold;
        }
        Ok(Archived::Unknown)
    }

    /// All finished tasks that have left the hot set, the latest fold first.
    ///
    /// # Errors
    /// [`StoreError::HistoryEnds`] in a clone that lacks some of them.
    pub fn archived(&self, tip: &Tip) -> Result<Vec<Task>, StoreError> {
        let (mut bytes, mut tasks) = (Vec::new(), Vec::new());
        let mut next = if tip.head.is_fold() { tip.commit } else { tip.head.previous_fold };
        while let Some(commit) = next {
            if let Some(end) = self.end_before(tip, commit)? {
                return Err(StoreError::HistoryEnds(end));
            }
            let fold = self.tip_at(commit)?;
            for file in self.files(&fold, RETIRED)? {
                self.repo.read(file.id, ObjectKind::Blob, &mut bytes)?;
                snapshot::decode(&bytes, &mut |task| tasks.push(*task))
                    .map_err(|bad| corrupt(commit, &file.path, bad))?;
            }
            next = fold.head.previous_fold;
        }
        Ok(tasks)
    }

    /// Where the history of this clone ends, if a fold of it is not here.
    fn end_before(&self, tip: &Tip, fold: ObjectId) -> Result<Option<HistoryEnd>, StoreError> {
        if self.repo.has(fold) {
            return Ok(None);
        }
        let missing = |end: &super::branches::ClosedV1| !self.repo.has(end.commit);
        let closed = self.branches(tip)?.and_then(|it| it.before.into_iter().rev().find(missing));
        Ok(match closed {
            Some(closed) => Some(HistoryEnd { commit: fold, elsewhere: Some(closed.branch) }),
            None if self.repo.is_shallow() => Some(HistoryEnd { commit: fold, elsewhere: None }),
            None => None,
        })
    }

    fn retired(&self, fold: &Tip, commit: ObjectId, code: &Code) -> Result<Option<Task>, StoreError> {
        let (mut bytes, mut tasks) = (Vec::new(), Vec::new());
        for file in self.files(fold, RETIRED)? {
            let path = file.path.strip_prefix("retired/").unwrap_or(&file.path);
            if !snapshot::may_hold(path, code) {
                continue;
            }
            self.read_file(file.id, commit, &file.path, &mut bytes)?;
            snapshot::decode(&bytes, &mut |task| tasks.push(*task))
                .map_err(|bad| corrupt(commit, &file.path, bad))?;
        }
        let same = |task: &Task| task.code.number() == code.number() && task.code.prefix() == code.prefix();
        Ok(tasks.into_iter().find(same))
    }
}
