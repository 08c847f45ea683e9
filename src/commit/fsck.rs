//! Verifies everything: every commit of the history, every file, and that the log folds into the state.

use std::collections::BTreeMap;
use std::fmt;

use super::StoreError;
use super::branch::{StateBranch, Tip};
use super::replay::Replay;
use crate::model::ReviewId;
use crate::ports::ObjectId;
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
    pub fn fsck(&self, tip: &Tip) -> Result<Vec<Finding>, StoreError> {
        let Some(newest) = tip.commit else { return Ok(Vec::new()) };
        let mut replay = Replay::new(self);
        let mut chain = vec![newest];
        let whole = loop {
            let commit = chain[chain.len() - 1];
            match self.parent(commit) {
                Ok(Some(parent)) if self.repo.has(parent) => chain.push(parent),
                Ok(Some(parent)) => {
                    replay.found(commit, "", None, format!("its parent {parent} is missing"));
                    break false;
                }
                Ok(None) => break true,
                Err(StoreError::HistoryEnds { .. }) => break false,
                Err(error) => {
                    replay.found(commit, "", None, error.to_string());
                    chain.pop();
                    break false;
                }
            }
        };
        replay.begin(whole);
        for commit in chain.into_iter().rev() {
            replay.step(commit)?;
        }
        let (mut findings, state) = replay.finish(tip, newest);
        if let Some(state) = state {
            findings.extend(references(&state).into_iter().map(|message| Finding {
                commit: newest,
                path: String::new(),
                line: None,
                message,
            }));
        }
        Ok(findings)
    }
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
