//! Verifies everything: every commit of the history, every file, and that the log folds into the state.

use std::collections::BTreeMap;
use std::fmt;

use super::branch::{StateBranch, Tip};
use super::error::{HistoryEnd, StoreError};
use super::head::Head;
use super::replay::Replay;
use crate::model::{Event, Given, ReviewId, Time};
use crate::ports::{InvalidObjectId, ObjectId};
use crate::state::State;

/// Something that is wrong with the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub commit: ObjectId,
    /// From the root of the commit's tree; empty if it is about the commit itself.
    pub path: String,
    /// From 1.
    pub line: Option<usize>,
    pub message: String,
    /// Nothing is known to be wrong, but it could not be shown to be right.
    pub is_warning: bool,
}

/// Where a verification begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Since {
    /// The first commit that there is.
    #[default]
    Start,
    /// The commit whose id begins so.
    Commit(String),
    /// The commit of this tick.
    Serial(u64),
    /// The first commit at this time or later.
    Time(Time),
}

/// What a verification found.
#[derive(Debug)]
pub struct Verified {
    pub findings: Vec<Finding>,
    /// How many commits were verified.
    pub commits: usize,
    /// The first of them and its serial.
    pub first: Option<(ObjectId, u64)>,
    /// Whether earlier ones are missing in this clone, so that the first could not be compared with what was
    /// before it.
    pub is_cut: bool,
    /// Where they are, if that is known.
    pub end: Option<HistoryEnd>,
}

/// What one commit of the history tells.
#[derive(Debug, Clone, Copy)]
pub struct Happened<'a> {
    pub commit: ObjectId,
    pub head: &'a Head,
    /// The tree of the configuration.
    pub config: ObjectId,
    pub given: &'a Given,
    /// Whether all is recorded that the events were planned from; the earliest logs lack some of it.
    pub is_complete: bool,
    pub events: &'a [Event],
    /// The state that the events lead to.
    pub after: &'a State,
}

/// Something to say about a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The event that it is about, from 0; their number if one is missing after the last. None: the head.
    pub event: Option<usize>,
    pub message: String,
    pub is_warning: bool,
}

/// Somebody who is shown the history tick by tick, and says what is wrong with it.
pub trait Witness {
    /// A tick that is sound as a record.
    fn tick(&mut self, happened: &Happened<'_>) -> Result<Vec<Remark>, StoreError>;

    /// The state is this one now, whatever the ticks before said; none: it is not known.
    fn resume_from(&mut self, state: Option<&State>);
}

/// Says nothing.
struct Nobody;

impl Witness for Nobody {
    fn tick(&mut self, _: &Happened<'_>) -> Result<Vec<Remark>, StoreError> {
        Ok(Vec::new())
    }

    fn resume_from(&mut self, _: Option<&State>) {}
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.commit.short())?;
        if !self.path.is_empty() {
            write!(f, ":{}", self.path)?;
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl StateBranch<'_> {
    /// Verifies the whole history that this clone has, in the order of time. A shallow clone is
    /// verified from its oldest commit on.
    ///
    /// What it cannot find is a history that somebody rewrote from some commit on with every
    /// seal made anew: for that, remember the id of a commit.
    ///
    /// # Errors
    /// Only when nothing can be said at all: the state is of a newer format.
    pub fn fsck(&self, tip: &Tip) -> Result<Verified, StoreError> {
        self.verify(tip, &Since::Start, &mut Nobody)
    }

    /// The same from some commit on, while a witness looks at every tick.
    ///
    /// # Errors
    /// When nothing can be said at all: the state is of a newer format, or does not hold that commit.
    pub fn verify(
        &self,
        tip: &Tip,
        since: &Since,
        witness: &mut dyn Witness,
    ) -> Result<Verified, StoreError> {
        let Some(newest) = tip.commit else {
            return Ok(Verified { findings: Vec::new(), commits: 0, first: None, is_cut: false, end: None });
        };
        let mut replay = Replay::new(self, witness);
        check_number(tip, since)?;
        if let Since::Time(time) = since
            && *time > tip.head.at
        {
            return Err(StoreError::NothingSince { since: *time, newest: tip.head.at });
        }
        let Chain { commits, before, is_cut, end } = self.chain(newest, tip, since, &mut replay)?;
        replay.begin(before, is_cut)?;
        let (count, mut first) = (commits.len(), None);
        for commit in commits.into_iter().rev() {
            replay.step(commit)?;
            first.get_or_insert_with(|| (commit, replay.serial()));
        }
        let (mut findings, state) = replay.finish(tip, newest);
        if let Some(state) = state {
            findings.extend(references(&state).into_iter().map(|message| Finding {
                commit: newest,
                path: String::new(),
                line: None,
                message,
                is_warning: false,
            }));
        }
        Ok(Verified { findings, commits: count, first, is_cut, end })
    }

    /// The commits to verify.
    fn chain(
        &self,
        newest: ObjectId,
        tip: &Tip,
        since: &Since,
        replay: &mut Replay<'_, '_>,
    ) -> Result<Chain, StoreError> {
        let mut chain = Chain { commits: vec![newest], before: None, is_cut: true, end: None };
        loop {
            let commit = chain.commits[chain.commits.len() - 1];
            let is_first = self.is_first(commit, tip.head.serial, chain.commits.len(), since)?;
            match self.parent(commit) {
                Ok(Some(parent)) if !self.repo.has(parent) => {
                    replay.found(commit, "", None, format!("its parent {parent} is missing"));
                }
                Ok(Some(parent)) if is_first => {
                    (chain.before, chain.is_cut) = (Some(parent), false);
                }
                Ok(Some(parent)) => {
                    chain.commits.push(parent);
                    continue;
                }
                Ok(None) => chain.is_cut = false,
                Err(StoreError::HistoryEnds(end)) => chain.end = Some(end),
                Err(error) => {
                    replay.found(commit, "", None, error.to_string());
                    chain.commits.pop();
                }
            }
            let is_lost = !is_first && !matches!(since, Since::Start | Since::Time(_));
            return if is_lost {
                Err(StoreError::NotInHistory { first: commit, end: chain.end })
            } else {
                Ok(chain)
            };
        }
    }

    /// Whether a verification begins with a commit, the `nth` from the tip.
    fn is_first(&self, commit: ObjectId, newest: u64, nth: usize, since: &Since) -> Result<bool, StoreError> {
        Ok(match since {
            Since::Start => false,
            Since::Commit(prefix) => commit.to_string().starts_with(prefix.as_str()),
            Since::Serial(serial) => {
                newest < serial + nth as u64
                    && self.commit_object(commit)?.trailer("Orch-Serial") == Some(&serial.to_string())
            }
            Since::Time(time) => match self.parent(commit) {
                Ok(Some(parent)) if self.repo.has(parent) => self.tip_at(parent)?.head.at < *time,
                _ => false,
            },
        })
    }
}

impl StateBranch<'_> {
    /// The tick that a rollback went back to and its state; none where the clone does not have it.
    pub(super) fn restored(
        &self,
        to: &str,
        serial: u64,
        is_compacted: bool,
    ) -> Result<Option<(Tip, State)>, String> {
        let id: ObjectId = to.parse().map_err(|error: InvalidObjectId| error.to_string())?;
        if !self.repo.has(id) && (self.repo.is_shallow() || is_compacted) {
            return Ok(None);
        }
        let tip = self.tip_at(id).map_err(|error| error.to_string())?;
        if tip.head.serial != serial {
            return Err(format!("commit {} is not that of tick {serial}", id.short()));
        }
        let state = self.load(&tip).map_err(|error| error.to_string())?;
        Ok(Some((tip, state)))
    }

    /// The tick that somebody names, in the history up to a tip: that of a commit or serial, or the last one
    /// at a time or before.
    ///
    /// # Errors
    /// [`StoreError::NotInHistory`]
    pub fn find(&self, tip: &Tip, named: &Since) -> Result<Tip, StoreError> {
        let (mut first, mut end) = (tip.commit.ok_or(StoreError::NoState)?, None);
        check_number(tip, named)?;
        let mut next = Some(first);
        while let Some(id) = next {
            first = id;
            let object = self.commit_object(id)?;
            let serial = || object.trailer("Orch-Serial").and_then(|serial| serial.parse().ok());
            let is_it = object.is_by_orch()
                && match named {
                    Since::Start => true,
                    Since::Commit(prefix) => id.to_string().starts_with(prefix.as_str()),
                    Since::Serial(wanted) => serial() == Some(*wanted),
                    Since::Time(time) => self.tip_at(id)?.head.at <= *time,
                };
            if is_it {
                return self.tip_at(id);
            }
            next = match self.parent(id) {
                Err(StoreError::HistoryEnds(cut)) => {
                    end = Some(cut);
                    None
                }
                parent => parent?,
            };
        }
        Err(StoreError::NotInHistory { first, end })
    }
}

/// Refuses the number of a tick that there cannot be.
fn check_number(tip: &Tip, named: &Since) -> Result<(), StoreError> {
    match named {
        Since::Serial(serial) if *serial == 0 || *serial > tip.head.serial => {
            Err(StoreError::NoSuchTick { serial: *serial, newest: tip.head.serial })
        }
        _ => Ok(()),
    }
}

/// Commits, the newest first.
struct Chain {
    commits: Vec<ObjectId>,
    /// The one before the oldest, if that is not the first of all.
    before: Option<ObjectId>,
    /// Whether what was before is not in this clone.
    is_cut: bool,
    end: Option<HistoryEnd>,
}

/// What a state says that cannot be, whatever the log.
fn references(state: &State) -> Vec<String> {
    let mut found = Vec::new();
    let mut reviews = BTreeMap::new();
    let counter = |prefix: &str| state.meta.counters.get(prefix).copied().unwrap_or(0);
    for task in state.sorted_tasks() {
        let code = &task.code;
        if code.number() > counter(code.prefix()) {
            found.push(format!("task `{code}` has a number above the counter of its prefix"));
        }
        for unknown in task.spec.depends_on.iter().filter(|other| !state.is_known(other)) {
            found.push(format!("task `{code}` depends on `{unknown}`, which does not exist"));
        }
        for other in task.waiting_on.iter().filter(|other| !task.spec.depends_on.contains(other)) {
            found.push(format!("task `{code}` waits on `{other}`, on which it does not depend"));
        }
        for review in &task.reviews {
            if review.id.0 > counter(ReviewId::PREFIX) {
                found.push(format!("review `{}` of `{code}` has a number above the counter", review.id));
            }
            if let Some(other) = reviews.insert(review.id, code) {
                found.push(format!("review `{}` belongs to both `{other}` and `{code}`", review.id));
            }
        }
    }
    for (task, alert) in state.meta.alerts.keys().filter(|(task, _)| !state.is_known(task)) {
        found.push(format!("alert `{alert}` is about task `{task}`, which does not exist"));
    }
    found
}
