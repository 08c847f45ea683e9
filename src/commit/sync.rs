//! The branch and the same branch of a remote: who is ahead, and how a tick gets there.
//!
//! Nothing is ever merged, rebased or overwritten. What was decided on a tip that lost is given
//! back as events, to be planned again on the tip that won.

use super::StoreError;
use super::branch::{StateBranch, Tip, reference};
use super::branches::{BranchesV1, next};
use super::history::HistoryEntry;
use super::write::{Committed, Prepared};
use crate::ports::{ObjectId, PushReply, Transport};

/// A remote of the repository.
#[derive(Clone, Copy)]
pub struct Remote<'t> {
    pub transport: &'t dyn Transport,
    /// As in `git remote`, or a URL.
    pub name: &'t str,
}

impl std::fmt::Debug for Remote<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remote").field(&self.name).finish()
    }
}

/// How the branch stands to that of the remote.
#[derive(Debug)]
pub enum Reconciled {
    /// The branch holds everything that the remote has.
    Ready {
        tip: Box<Tip>,
        /// Where the remote is: what a push must expect. None if it has no such branch.
        remote: Option<ObjectId>,
        /// Whether the branch was moved forward to get there.
        forwarded: bool,
    },
    /// Both have ticks that the other lacks.
    Diverged(Box<Diverged>),
}

/// Two lines of ticks with a common beginning.
#[derive(Debug)]
pub struct Diverged {
    pub local: Tip,
    pub remote: Tip,
    /// The last common tick.
    pub base: Option<ObjectId>,
    /// The ticks that the remote lacks, the oldest first.
    pub local_only: Vec<HistoryEntry>,
}

impl Diverged {
    /// The name under which the ticks that the remote lacks are kept.
    pub fn kept_as(&self) -> String {
        self.local.commit.map(kept_as).unwrap_or_default()
    }
}

/// The name under which a commit is kept that a branch was moved away from.
pub(super) fn kept_as(commit: ObjectId) -> String {
    format!("refs/orch/diverged/{}", commit.short())
}

/// How a push went.
#[derive(Debug)]
pub enum Pushed {
    /// The commit is on the remote, and on the branch here unless another process moved that.
    Accepted(Box<Committed>),
    /// The remote moved meanwhile: reconcile, plan again.
    Moved,
    /// A rule or hook of the server does not allow it, in these words.
    Refused { words: String },
    /// The remote did not have it when asked afterwards. The reason may pass: the network, credentials.
    Failed { words: String },
    /// The connection ended without an answer and the remote cannot be asked, or there was no answer in time and
    /// the server may still be at it. The next reconciliation will tell; until then nothing may be done that
    /// depends on it.
    Unknown { words: String },
}

/// The tip of the state on a remote.
struct There {
    tip: Tip,
    /// None: the branch that it is on is not there yet; its first commit follows from the one before.
    id: Option<ObjectId>,
}

impl StateBranch<'_> {
    /// Brings the remote's tip and compares. Moves the branch forward if it is merely behind, to other branches
    /// if the state goes on there.
    pub fn reconcile(&self, remote: &Remote<'_>) -> Result<Reconciled, StoreError> {
        let local = self.tip_to_write()?;
        let Some(There { tip: theirs, id }) = self.bring(remote, &local)? else {
            return Ok(ready(local, None, false));
        };
        if local.commit == theirs.commit {
            return Ok(ready(local, id, false));
        }
        if local.commit.is_some() && local.head.lineage != theirs.head.lineage {
            let (expected, found) = (local.head.lineage, theirs.head.lineage);
            return Err(StoreError::ForeignLineage { expected, found });
        }
        if self.contains(&theirs, &local)? {
            return self.forward(local, theirs, id);
        }
        if self.contains(&local, &theirs)? {
            let id = id.filter(|_| self.name_of(&local) == self.name_of(&theirs));
            return Ok(ready(local, id, false));
        }
        self.diverged(local, theirs)
    }

    /// One branch after the other, each to its end.
    fn forward(&self, mut local: Tip, theirs: Tip, id: Option<ObjectId>) -> Result<Reconciled, StoreError> {
        let branches = self.branches(&theirs)?;
        loop {
            self.check_not_checked_out(&local)?;
            let name = self.name_of(&local).to_owned();
            let closed = branches.iter().flat_map(|it| &it.before).find(|closed| closed.branch == name);
            let to = closed.map(|closed| closed.commit).or(theirs.commit).expect("the remote has a tip");
            if let (Some(branches), true) = (&branches, closed.is_some()) {
                self.take_later(branches, &name, theirs.commit)?;
            }
            let moved = self.repo.swap(&reference(&name), local.commit, to, "orch: forward to the remote")?;
            if moved && closed.is_none() {
                return Ok(ready(theirs, id, true));
            }
            local = self.tip_to_write()?;
            if local.commit == theirs.commit {
                return Ok(ready(local, id, true));
            }
            if !moved || !self.contains(&theirs, &local)? {
                // Another process was faster, most likely with the same step.
                return if self.contains(&local, &theirs)? {
                    let id = id.filter(|_| self.name_of(&local) == self.name_of(&theirs));
                    Ok(ready(local, id, true))
                } else {
                    self.diverged(local, theirs)
                };
            }
        }
    }

    /// Takes over the remote's branches after a closed one that this clone does not have yet, as they are: where
    /// history is cut off, nobody could tell later that they go on from their first commits.
    fn take_later(&self, branches: &BranchesV1, name: &str, tip: Option<ObjectId>) -> Result<(), StoreError> {
        let closed = branches.before.iter().map(|closed| (closed.branch.as_str(), Some(closed.commit)));
        let later = closed.skip_while(|(branch, _)| *branch != name).skip(1);
        for (branch, commit) in later.chain([(branches.this.as_str(), tip)]) {
            let name = reference(branch);
            if let Some(commit) = commit.filter(|commit| self.repo.has(*commit))
                && self.repo.reference(&name)?.is_none()
            {
                self.repo.swap(&name, None, commit, "orch: goes on from here")?;
            }
        }
        Ok(())
    }

    /// Brings the tip of the state on the remote, going from branch to branch.
    fn bring(&self, remote: &Remote<'_>, local: &Tip) -> Result<Option<There>, StoreError> {
        // A branch that was closed here stays so: there is nothing new on it.
        let mut name = self.name_of(local).to_owned();
        let mut found = self.fetch(remote, &name)?;
        if found.is_none() && name != self.name {
            name.clone_from(&self.name);
            found = self.fetch(remote, &name)?;
        }
        let Some(id) = found else { return Ok(None) };
        if local.commit == Some(id) {
            return Ok(Some(There { tip: local.clone(), id: Some(id) }));
        }
        let (mut there, mut passed) = (There { tip: self.tip_at(id)?.on(&name), id: Some(id) }, Vec::new());
        while let Some(closed) = self.closing(&there.tip)? {
            let closed = closed.on(&name);
            passed.push(name);
            name = next(&closed, &passed)?;
            let Some(id) = self.fetch(remote, &name)? else {
                return Ok(Some(There { tip: self.begin(&closed)?, id: None }));
            };
            let tip = self.not_in_the_way(&name, id, &closed)?.on(&name);
            if !self.goes_on(&closed, &tip)? {
                return Err(StoreError::InTheWay { branch: name });
            }
            there = There { tip, id: Some(id) };
        }
        Ok(Some(there))
    }

    /// Brings the tip of a branch; none if the remote does not have it.
    pub(super) fn fetch(&self, remote: &Remote<'_>, branch: &str) -> Result<Option<ObjectId>, StoreError> {
        let first = self.repo.reference(&reference(branch))?.is_none();
        Ok(remote.transport.fetch(remote.name, branch, first)?)
    }

    /// Whether `tip` is `other` or comes after it.
    pub(super) fn contains(&self, tip: &Tip, other: &Tip) -> Result<bool, StoreError> {
        let (Some(mut at), Some(sought)) = (tip.commit, other.commit) else {
            return Ok(other.commit.is_none());
        };
        // A tick counts one up, so the way is as long as the difference; what people make with git does not
        // count, nor does the first commit of a branch, which repeats the last one of the branch before.
        let mut left = tip.head.serial.saturating_sub(other.head.serial);
        while at != sought {
            let commit = self.commit_object(at)?;
            if commit.is_by_orch() && commit.goes_on_from().is_none() {
                if left == 0 {
                    return Ok(false);
                }
                left -= 1;
            }
            match self.parent(at)? {
                Some(parent) => at = parent,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn diverged(&self, local: Tip, remote: Tip) -> Result<Reconciled, StoreError> {
        let (mut ours, mut theirs) = (local.commit, remote.commit);
        let (mut our_serial, mut their_serial) = (local.head.serial, remote.head.serial);
        let mut only = Vec::new();
        while ours != theirs {
            let back_ours = our_serial >= their_serial;
            if their_serial >= our_serial
                && let Some(id) = theirs
            {
                let commit = self.commit_object(id)?;
                theirs = self.parent_of(id, &commit)?;
                their_serial = their_serial.saturating_sub(u64::from(commit.goes_on_from().is_none()));
            }
            if back_ours && let Some(id) = ours {
                let commit = self.commit_object(id)?;
                if commit.goes_on_from().is_some() {
                    // The remote's writers would not follow: they have not seen that the branch was closed.
                    let (here, base) = (self.name_of(&local).to_owned(), self.name.clone());
                    return Err(StoreError::CompactedApart { here, base });
                }
                only.push(self.history_entry(id)?);
                ours = self.parent_of(id, &commit)?;
                our_serial = our_serial.saturating_sub(1);
            }
        }
        only.reverse();
        Ok(Reconciled::Diverged(Box::new(Diverged { local, remote, base: ours, local_only: only })))
    }

    /// Moves the branch to the remote's tip, or to what was prepared on top of that, and keeps the old tip
    /// under `refs/orch/diverged/`. None if the branch moved meanwhile: reconcile again.
    pub fn adopt_remote(&self, diverged: &Diverged, onto: Option<&Tip>) -> Result<Option<Tip>, StoreError> {
        self.check_not_checked_out(&diverged.local)?;
        let (Some(local), Some(remote)) = (diverged.local.commit, diverged.remote.commit) else {
            return Ok(None);
        };
        let tip = onto.unwrap_or(&diverged.remote);
        self.repo.flush()?;
        self.keep(local)?;
        // One step, so that nothing is lost whenever this ends: if the remote has closed this branch, what
        // belongs on the next one is found here until it is there.
        let name = self.reference_of(&diverged.local);
        let new = tip.commit.unwrap_or(remote);
        if !self.repo.swap(&name, Some(local), new, "orch: adopt the remote")? {
            return Ok(None);
        }
        if self.name_of(&diverged.local) != self.name_of(tip) {
            self.tidy()?;
        }
        Ok(Some(tip.clone()))
    }

    /// Sends a prepared commit, and what the remote lacks before it, then moves the branch here.
    /// `expected` is where [`reconcile`](Self::reconcile) found the remote.
    pub fn push(
        &self,
        prepared: Prepared,
        remote: &Remote<'_>,
        expected: Option<ObjectId>,
    ) -> Result<Pushed, StoreError> {
        self.repo.flush()?;
        match self.send(&prepared.tip, remote, expected)? {
            Sent::Accepted => {}
            Sent::Moved => return Ok(Pushed::Moved),
            Sent::Refused(words) => return Ok(Pushed::Refused { words }),
            Sent::Failed(words) => return Ok(Pushed::Failed { words }),
            Sent::Unknown(words) => return Ok(Pushed::Unknown { words }),
        }
        // The remote is the truth now. If the branch moved here meanwhile, the next reconciliation says so.
        self.advance(&prepared)?;
        Ok(Pushed::Accepted(Box::new(Committed { tip: prepared.tip, state: prepared.state })))
    }

    /// Sends the tip as it is, when the remote merely lacks ticks. The state is that of the tip.
    pub fn push_tip(
        &self,
        committed: Committed,
        remote: &Remote<'_>,
        expected: Option<ObjectId>,
    ) -> Result<Pushed, StoreError> {
        Ok(match self.send(&committed.tip, remote, expected)? {
            Sent::Accepted => Pushed::Accepted(Box::new(committed)),
            Sent::Moved => Pushed::Moved,
            Sent::Refused(words) => Pushed::Refused { words },
            Sent::Failed(words) => Pushed::Failed { words },
            Sent::Unknown(words) => Pushed::Unknown { words },
        })
    }

    fn send(&self, tip: &Tip, remote: &Remote<'_>, expected: Option<ObjectId>) -> Result<Sent, StoreError> {
        let Some(new) = tip.commit else { return Ok(Sent::Accepted) };
        if expected.is_none()
            && let Some(otherwise) = self.send_closed(tip, remote)?
        {
            return Ok(otherwise);
        }
        // The lease would let a branch be overwritten on purpose. That what we send comes after what
        // is expected there is what makes it a step forward in every case.
        if let Some(expected) = expected
            && !self.contains(tip, &self.tip_at(expected)?)?
        {
            return Ok(Sent::Moved);
        }
        let reply = remote.transport.push(remote.name, self.name_of(tip), expected, new)?;
        self.understand(reply, tip, remote, expected)
    }

    fn understand(
        &self,
        reply: PushReply,
        tip: &Tip,
        remote: &Remote<'_>,
        expected: Option<ObjectId>,
    ) -> Result<Sent, StoreError> {
        Ok(match reply {
            PushReply::Accepted => Sent::Accepted,
            PushReply::Moved => Sent::Moved,
            PushReply::Refused(words) => Sent::Refused(words),
            PushReply::Overtaken => self.find_out(tip, remote, expected, Sent::Moved)?,
            PushReply::Unknown(words) => self.find_out(tip, remote, expected, Sent::Failed(words))?,
            // That it is not there now does not mean that it does not come: the server may still be at it.
            PushReply::Late(words) => self.find_out(tip, remote, expected, Sent::Unknown(words))?,
        })
    }

    /// Before a branch comes to a remote, those before it are closed there: who reads them must find it. Gives
    /// how it went if not well.
    fn send_closed(&self, tip: &Tip, remote: &Remote<'_>) -> Result<Option<Sent>, StoreError> {
        let Some(branches) = self.branches(tip)? else { return Ok(None) };
        for closed in branches.before.iter().filter(|closed| self.repo.has(closed.commit)) {
            let there = self.fetch(remote, &closed.branch)?;
            if there == Some(closed.commit) {
                continue;
            }
            let last = self.tip_at(closed.commit)?.on(&closed.branch);
            if let Some(there) = there
                && !self.contains(&last, &self.tip_at(there)?)?
            {
                return Ok(Some(Sent::Moved));
            }
            let reply = remote.transport.push(remote.name, &closed.branch, there, closed.commit)?;
            match self.understand(reply, &last, remote, there)? {
                Sent::Accepted => {}
                otherwise => return Ok(Some(otherwise)),
            }
        }
        Ok(None)
    }

    /// The answer says too little: whether our commit got there is for the remote to tell. `otherwise` is
    /// what it means if the remote is where it was.
    fn find_out(
        &self,
        tip: &Tip,
        remote: &Remote<'_>,
        expected: Option<ObjectId>,
        otherwise: Sent,
    ) -> Result<Sent, StoreError> {
        let now = match self.fetch(remote, self.name_of(tip)) {
            Ok(now) => now,
            Err(error) => return Ok(Sent::Unknown(error.to_string())),
        };
        let arrived = match now {
            Some(now) => self.contains(&self.tip_at(now)?, tip)?,
            None => false,
        };
        Ok(match (arrived, now == expected) {
            (true, _) => Sent::Accepted,
            (false, true) => otherwise,
            (false, false) => Sent::Moved,
        })
    }
}

fn ready(tip: Tip, remote: Option<ObjectId>, forwarded: bool) -> Reconciled {
    Reconciled::Ready { tip: Box::new(tip), remote, forwarded }
}

/// How a push went, before anything moves here.
enum Sent {
    Accepted,
    Moved,
    Refused(String),
    Failed(String),
    Unknown(String),
}
