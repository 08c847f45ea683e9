//! The branches that a state has gone over: from each the last commit leads to the next, and `branches.json`
//! leads back.
//!
//! To compact the history, a commit of the branch says that the state goes on at another one (it *closes* the
//! branch). That is the whole of it: the first commit over there follows from the closing one to the byte, so
//! that anybody makes the same, and nobody needs to be the first. The branches move forward only. Whoever writes
//! on a branch that was closed meanwhile loses the compare-and-swap, reads again, and finds the way.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::StoreError;
use super::branch::{StateBranch, Tip, reference};
use super::head::{COMPACTED, Head};
use super::object::{BRANCHES_FILE, FORMAT_FILE, Folder, Node, PREVIOUS, Put, json};
use super::sync::Remote;
use crate::ports::{ObjectId, ObjectKind};

/// The content of `branches.json`, format 2: it stands in every commit from the first closing one on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BranchesV1 {
    /// The branch that the commit was made for.
    pub(super) this: SmolStr,
    /// Those before, the oldest first.
    pub(super) before: Vec<ClosedV1>,
}

/// A branch that nothing is written to any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClosedV1 {
    pub(super) branch: SmolStr,
    /// Its last commit.
    pub(super) commit: ObjectId,
    /// The serial of that, and of the first commit of the next branch.
    pub(super) serial: u64,
}

impl StateBranch<'_> {
    /// The tip of the state: a few small objects, however large the state. Follows branches to where they go
    /// on, and changes nothing.
    ///
    /// # Errors
    /// When the repository cannot be read, or a branch stands in the way of the one on which the state goes on.
    pub fn tip(&self) -> Result<Tip, StoreError> {
        let (mut name, mut passed, mut last) = (self.name.clone(), Vec::new(), Tip::unborn());
        loop {
            let Some(commit) = self.repo.reference(&reference(&name))? else { return Ok(last) };
            let tip = match last.commit {
                None => self.tip_at(commit)?,
                Some(_) => self.not_in_the_way(&name, commit, &last)?,
            };
            // What an earlier attempt left there is not what goes on from here.
            if last.commit.is_some() && !self.goes_on(&last, &tip)? {
                return Ok(last);
            }
            let tip = tip.on(&name);
            let Some(closed) = self.closing(&tip)? else { return Ok(tip) };
            last = closed.on(&name);
            passed.push(std::mem::take(&mut name));
            name = next(&last, &passed)?;
        }
    }

    /// The tip to write on. Begins the branch on which the state goes on, if nobody has, and finishes what a
    /// process left half-way that went over to a remote.
    ///
    /// # Errors
    /// As for [`tip`](Self::tip).
    pub fn tip_to_write(&self) -> Result<Tip, StoreError> {
        self.tidy()
    }

    /// How many ticks the branch of a tip has.
    ///
    /// # Errors
    /// When the file that says so cannot be read.
    pub fn ticks(&self, tip: &Tip) -> Result<u64, StoreError> {
        let before = self.branches(tip)?.and_then(|branches| branches.before.last().map(|last| last.serial));
        Ok(tip.head.serial - before.unwrap_or(0).min(tip.head.serial))
    }

    /// The names that the branch after that of a tip may have, the best first.
    ///
    /// # Errors
    /// When the file that says which there were cannot be read.
    pub fn names_after(&self, tip: &Tip) -> Result<impl Iterator<Item = String> + use<>, StoreError> {
        let before = self.branches(tip)?.map(|branches| branches.before).unwrap_or_default();
        let base = before.first().map_or(self.name_of(tip), |first| first.branch.as_str()).to_owned();
        Ok((before.len() + 2..).map(move |number| format!("{base}-{number}")))
    }

    /// Whether there is a branch of this name here.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn is_taken(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.repo.reference(&reference(name))?.is_some())
    }

    /// Whether a remote has a branch of this name.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn is_taken_there(&self, name: &str, remote: &Remote<'_>) -> Result<bool, StoreError> {
        Ok(self.fetch(remote, name)?.is_some())
    }

    pub(super) fn branches(&self, tip: &Tip) -> Result<Option<BranchesV1>, StoreError> {
        let Some(commit) = tip.commit.filter(|_| tip.is_compacted()) else { return Ok(None) };
        self.json_file(tip, commit, BRANCHES_FILE).map(Some)
    }

    /// The branch that the history before the first commit of a branch is on.
    pub(super) fn branch_before(&self, first: ObjectId) -> Result<Option<SmolStr>, StoreError> {
        let branches = self.branches(&self.tip_at(first)?)?;
        Ok(branches.and_then(|branches| branches.before.last().map(|last| last.branch.clone())))
    }

    /// The commit that closed the branch of a tip: the tip itself, or one under what people made with git.
    pub(super) fn closing(&self, tip: &Tip) -> Result<Option<Tip>, StoreError> {
        if tip.by_orch {
            return Ok(tip.head.continued.is_some().then(|| tip.clone()));
        }
        // Where that is out of reach, nobody goes on from here anyway.
        let newest = self.newest_by_orch(tip);
        Ok(newest.ok().filter(|newest| newest.head.continued.is_some()))
    }

    /// Whether a tip comes after a commit that closed a branch.
    pub(super) fn goes_on(&self, closing: &Tip, tip: &Tip) -> Result<bool, StoreError> {
        let branches = self.branches(tip)?;
        Ok(branches.is_some_and(|it| it.before.iter().any(|closed| Some(closed.commit) == closing.commit)))
    }

    /// Brings the branches of this clone to where each leads to the next, and gives the tip of the last one.
    pub(super) fn tidy(&self) -> Result<Tip, StoreError> {
        let (mut name, mut passed) = (self.name.clone(), Vec::new());
        loop {
            let Some(commit) = self.repo.reference(&reference(&name))? else { return Ok(Tip::unborn()) };
            let tip = self.tip_at(commit)?.on(&name);
            if self.finish_going_over(&tip, &name)? {
                continue;
            }
            let Some(closed) = self.closing(&tip)? else { return Ok(tip) };
            let closed = closed.on(&name);
            passed.push(name.clone());
            let following = next(&closed, &passed)?;
            let there = self.repo.reference(&reference(&following))?;
            let follows = match there {
                None => false,
                Some(id) => self.goes_on(&closed, &self.not_in_the_way(&following, id, &tip)?)?,
            };
            if !follows {
                let first = self.begin(&closed)?;
                self.repo.flush()?;
                // Who was faster did the same.
                self.replace(&following, there, first.commit)?;
            }
            name = following;
        }
    }

    /// A process went over to the remote in one step, with the branch that it was on. The remote had closed
    /// that: what was gone over to belongs on the branch after it.
    fn finish_going_over(&self, tip: &Tip, name: &str) -> Result<bool, StoreError> {
        let Some(branches) = self.branches(tip)? else { return Ok(false) };
        let Some(place) = branches.before.iter().position(|closed| closed.branch == name) else {
            return Ok(false);
        };
        self.repo.flush()?;
        let this = branches.this.as_str();
        let there = self.repo.reference(&reference(this))?;
        let is_there = match there {
            None => false,
            Some(id) => self.contains(&self.not_in_the_way(this, id, tip)?, tip)?,
        };
        if !is_there && !self.replace(this, there, tip.commit)? {
            return Ok(true);
        }
        for closed in &branches.before[place + 1..] {
            let there = self.repo.reference(&reference(&closed.branch))?;
            if there != Some(closed.commit) {
                self.replace(&closed.branch, there, Some(closed.commit))?;
            }
        }
        // The last step: until then the tip is found under its old name.
        let closed = branches.before[place].commit;
        self.repo.swap(&reference(name), tip.commit, closed, "orch: closed by the remote")?;
        Ok(true)
    }

    /// Refuses to touch a branch that is not one of this state.
    pub(super) fn not_in_the_way(&self, name: &str, id: ObjectId, of: &Tip) -> Result<Tip, StoreError> {
        let in_the_way = || StoreError::InTheWay { branch: name.to_owned() };
        let tip = match self.tip_at(id) {
            Ok(tip) => tip,
            Err(StoreError::Corrupt { .. }) => return Err(in_the_way()),
            Err(error) => return Err(error),
        };
        if tip.head.lineage == of.head.lineage { Ok(tip) } else { Err(in_the_way()) }
    }

    /// Moves a branch to where the state goes on, and keeps what it was at. False if it moved meanwhile.
    fn replace(&self, name: &str, old: Option<ObjectId>, new: Option<ObjectId>) -> Result<bool, StoreError> {
        if let Some(old) = old {
            self.keep(old)?;
        }
        let Some(new) = new else { return Ok(false) };
        Ok(self.repo.swap(&reference(name), old, new, "orch: goes on from here")?)
    }

    /// Keeps a commit reachable that a branch is moved away from.
    pub(super) fn keep(&self, commit: ObjectId) -> Result<(), StoreError> {
        let name = super::sync::kept_as(commit);
        if self.repo.reference(&name)? != Some(commit) {
            self.repo.swap(&name, None, commit, "orch: kept when the remote was adopted")?;
        }
        Ok(())
    }

    /// The first commit of the branch after a closing one. It is made of nothing else, so that everybody
    /// makes the same.
    pub(super) fn begin(&self, closing: &Tip) -> Result<Tip, StoreError> {
        let mut put = |kind, bytes: &[u8]| self.repo.write(kind, bytes);
        let id = self.write_first(closing, &mut put)?;
        let next = closing.head.continued.as_deref().unwrap_or_default();
        Ok(self.tip_at(id)?.on(next))
    }

    /// Its id, written or not.
    pub(super) fn write_first(&self, closing: &Tip, put: &mut Put<'_>) -> Result<ObjectId, StoreError> {
        let corrupt = |commit, why: &str| StoreError::Corrupt {
            commit,
            path: FORMAT_FILE.into(),
            line: None,
            why: why.into(),
        };
        let Some(commit) = closing.commit else {
            return Err(corrupt(ObjectId([0; 20]), "nothing was closed"));
        };
        let (Some(next), Some(mut branches)) = (&closing.head.continued, self.branches(closing)?) else {
            return Err(corrupt(commit, "it does not say on which branch the state goes on"));
        };
        branches.before.push(ClosedV1 { branch: branches.this, commit, serial: closing.head.serial });
        branches.this = next.clone();
        let head = Head { version: COMPACTED, continued: None, ..closing.head.clone() };
        let mut root = Folder::default();
        for entry in &closing.root {
            root.put(&entry.name, if entry.is_tree { Node::Tree(entry.id) } else { Node::File(entry.id) });
        }
        root.put(BRANCHES_FILE, Node::File(put(ObjectKind::Blob, &json(&branches))?));
        root.put(FORMAT_FILE, Node::File(put(ObjectKind::Blob, &head.encode())?));
        let tree = root.write(put)?;
        let mut bytes = Vec::new();
        self.repo.read(commit, ObjectKind::Commit, &mut bytes)?;
        Ok(put(ObjectKind::Commit, &first_commit(&bytes, commit, tree))?)
    }
}

/// The bytes of the first commit of a branch: by whom and when the one before was closed, in the same words.
fn first_commit(closing: &[u8], id: ObjectId, tree: ObjectId) -> Vec<u8> {
    let text = String::from_utf8_lossy(closing);
    let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let by = |line: &&str| line.starts_with("author ") || line.starts_with("committer ");
    let by: Vec<&str> = headers.lines().filter(by).collect();
    let (by, message) = (by.join("\n"), message.trim_end());
    format!("tree {tree}\n{by}\n\n{message}\n{PREVIOUS}: {id}\n").into_bytes()
}

/// The branch after the one that a closing commit is on.
pub(super) fn next(closing: &Tip, passed: &[String]) -> Result<String, StoreError> {
    let next = closing.head.continued.clone().unwrap_or_default();
    match passed.iter().find(|name| **name == next) {
        Some(name) => Err(StoreError::Circle { branch: name.clone() }),
        None => Ok(next.into()),
    }
}
