//! The branch and the same branch of a remote: who is ahead, and how a tick gets there.
//!
//! Nothing is ever merged, rebased or overwritten. What was decided on a tip that lost is given
//! back as events, to be planned again on the tip that won.

use super::StoreError;
use super::branch::{StateBranch, Tip};
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
        let id = self.local.commit.map(ObjectId::short).unwrap_or_default();
        format!("refs/orch/diverged/{id}")
    }
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
    /// The connection ended without an answer, and the remote cannot be asked. The next reconciliation
    /// will tell; until then nothing may be done that depends on it.
    Unknown { words: String },
}

impl StateBranch<'_> {
    /// Brings the remote's tip and compares. Moves the branch forward if it is merely behind.
    pub fn reconcile(&self, remote: &Remote<'_>) -> Result<Reconciled, StoreError> {
        let local = self.tip()?;
        let Some(id) = self.fetch(remote)? else {
            return Ok(ready(local, None, false));
        };
        if local.commit == Some(id) {
            return Ok(ready(local, Some(id), false));
        }
        let theirs = self.tip_at(id)?;
        if local.commit.is_some() && local.head.lineage != theirs.head.lineage {
            let (expected, found) = (local.head.lineage, theirs.head.lineage);
            return Err(StoreError::ForeignLineage { expected, found });
        }
        if self.contains(&theirs, &local)? {
            return self.forward(&local, theirs, id);
        }
        if self.contains(&local, &theirs)? {
            return Ok(ready(local, Some(id), false));
        }
        self.diverged(local, theirs)
    }

    fn forward(&self, local: &Tip, theirs: Tip, id: ObjectId) -> Result<Reconciled, StoreError> {
        self.check_not_checked_out()?;
        if self.repo.swap(&self.reference(), local.commit, id, "orch: forward to the remote")? {
            return Ok(ready(theirs, Some(id), true));
        }
        // Another process was faster, most likely with the same step.
        let tip = self.tip()?;
        if self.contains(&tip, &theirs)? {
            return Ok(ready(tip, Some(id), true));
        }
        self.diverged(tip, theirs)
    }

    fn fetch(&self, remote: &Remote<'_>) -> Result<Option<ObjectId>, StoreError> {
        let first = self.repo.reference(&self.reference())?.is_none();
        Ok(remote.transport.fetch(remote.name, &self.name, first)?)
    }

    /// Whether `tip` is `other` or comes after it.
    fn contains(&self, tip: &Tip, other: &Tip) -> Result<bool, StoreError> {
        let (Some(mut at), Some(sought)) = (tip.commit, other.commit) else {
            return Ok(other.commit.is_none());
        };
        // A tick has one parent and counts one up, so the way is as long as the difference; what people make
        // with git does not count.
        let mut left = tip.head.serial.saturating_sub(other.head.serial);
        while at != sought {
            if self.commit_object(at)?.is_by_orch() {
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
                theirs = self.parent(id)?;
                their_serial = their_serial.saturating_sub(1);
            }
            if back_ours && let Some(id) = ours {
                only.push(self.history_entry(id)?);
                ours = self.parent(id)?;
                our_serial = our_serial.saturating_sub(1);
            }
        }
        only.reverse();
        Ok(Reconciled::Diverged(Box::new(Diverged { local, remote, base: ours, local_only: only })))
    }

    /// Moves the branch to the remote's tip, or to what was prepared on top of that, and keeps the old tip
    /// under `refs/orch/diverged/`. None if the branch moved meanwhile: reconcile again.
    pub fn adopt_remote(&self, diverged: &Diverged, onto: Option<&Tip>) -> Result<Option<Tip>, StoreError> {
        self.check_not_checked_out()?;
        let (Some(local), Some(remote)) = (diverged.local.commit, diverged.remote.commit) else {
            return Ok(None);
        };
        let tip = onto.unwrap_or(&diverged.remote);
        self.repo.flush()?;
        let keep = diverged.kept_as();
        if self.repo.reference(&keep)? != Some(local) {
            self.repo.swap(&keep, None, local, "orch: kept when the remote was adopted")?;
        }
        let moved = self.repo.swap(
            &self.reference(),
            Some(local),
            tip.commit.unwrap_or(remote),
            "orch: adopt the remote",
        )?;
        Ok(moved.then(|| tip.clone()))
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
        // The lease would let a branch be overwritten on purpose. That what we send comes after what
        // is expected there is what makes it a step forward in every case.
        if let Some(expected) = expected
            && !self.contains(tip, &self.tip_at(expected)?)?
        {
            return Ok(Sent::Moved);
        }
        Ok(match remote.transport.push(remote.name, &self.name, expected, new)? {
            PushReply::Accepted => Sent::Accepted,
            PushReply::Moved => Sent::Moved,
            PushReply::Refused(words) => Sent::Refused(words),
            PushReply::Overtaken => self.find_out(tip, remote, expected, Sent::Moved)?,
            PushReply::Unknown(words) => self.find_out(tip, remote, expected, Sent::Failed(words))?,
        })
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
        let now = match self.fetch(remote) {
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
