//! Why the state could not be read or written.

use std::path::PathBuf;

use smol_str::SmolStr;

use super::head::FORMAT;
use crate::model::Time;
use crate::ports::{ObjectId, RepoError, TransportError};

/// What the world did to the state, or would do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(
        "the state was written by a newer orch (format {found}; this is {}, format {FORMAT})",
        env!("CARGO_PKG_VERSION")
    )]
    NewerFormat { found: u32 },
    #[error("the state belongs to another project (lineage `{found}`, expected `{expected}`)")]
    ForeignLineage { expected: SmolStr, found: SmolStr },
    #[error("`{path}` of the state at commit {} {}: {why}", .commit.short(), trouble(*.line))]
    Corrupt { commit: ObjectId, path: String, line: Option<usize>, why: String },
    #[error("the history of this clone ends at commit {}", .0.commit.short())]
    HistoryEnds(HistoryEnd),
    #[error("branch `{branch}` is closed: the state goes on at `{next}`")]
    Closed { branch: SmolStr, next: SmolStr },
    #[error("branch `{branch}` is not one of this state, and the state goes on at that name")]
    InTheWay { branch: String },
    #[error("the state goes on from branch to branch in a circle, back to `{branch}`")]
    Circle { branch: String },
    #[error("this clone was compacted while the remote went on without that")]
    CompactedApart { here: String, base: String },
    #[error("commit {} (`{subject}`) of the state branch was not made by orch", .commit.short())]
    NotByOrch { commit: ObjectId, subject: String, same_as: Option<ObjectId> },
    #[error("the history of the state does not hold that commit; it begins at {}", .first.short())]
    NotInHistory { first: ObjectId, end: Option<HistoryEnd> },
    #[error("there is no tick {serial}; the newest is {newest}")]
    NoSuchTick { serial: u64, newest: u64 },
    #[error("there is no tick since {since}; the newest is of {newest}")]
    NothingSince { since: Time, newest: Time },
    #[error("there is no state yet")]
    NoState,
    #[error("branch `{branch}` is checked out in `{}`", .dir.display())]
    CheckedOut { branch: String, dir: PathBuf },
    #[error("`{0}` cannot be the path of a configuration file")]
    ConfigPath(String),
}

/// Where the history of a clone ends, though there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEnd {
    /// The oldest commit there is.
    pub commit: ObjectId,
    /// The branch that has what was before; none if the clone is shallow.
    pub elsewhere: Option<SmolStr>,
}

impl HistoryEnd {
    /// What brings the rest.
    pub fn remedy(&self) -> String {
        match &self.elsewhere {
            Some(branch) => format!(
                "`git fetch origin {branch}:{branch}` brings the rest, or the same from where that branch is archived"
            ),
            None => "`git fetch --unshallow` brings the rest".to_owned(),
        }
    }
}

fn trouble(line: Option<usize>) -> String {
    line.map_or_else(|| "cannot be used".to_owned(), |line| format!("is corrupt in line {line}"))
}

impl StoreError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Repo(error) => error.hint(),
            Self::NewerFormat { .. } => Some("install the newer orch; nothing was changed".into()),
            Self::ForeignLineage { .. } => Some(
                "two projects need two branches: check `state_branch` and `remote` in `orch.yaml`; if this clone merely \
                 began a state of its own before it saw the remote's, set that aside with `git branch -m`"
                    .into(),
            ),
            Self::Corrupt { .. } => Some(
                "see all that is wrong with `orch fsck`; `git fetch --refetch --no-filter` brings what a clone lacks"
                    .into(),
            ),
            Self::HistoryEnds(end) | Self::NotInHistory { end: Some(end), .. } => Some(end.remedy()),
            Self::Closed { .. } => Some("nothing was changed; run the command again".into()),
            Self::InTheWay { branch } => Some(format!(
                "nothing was changed; give that branch another name: `git branch -m {branch} NAME`, on the remote too \
                 if it is there"
            )),
            Self::Circle { .. } => Some(
                "orch makes no such thing: see who did with `git log --all -- format.json`, and put the branch back"
                    .into(),
            ),
            Self::CompactedApart { here, base } => Some(format!(
                "set what this clone has aside: `git branch -m {here} {here}-apart && git branch -m {base} \
                 {base}-apart`; the next command takes up the remote's. Compact with `--push` where there is a remote"
            )),
            Self::NotByOrch { same_as: Some(same), .. } => Some(format!(
                "it has the state of commit {0}: `orch rollback {0}` takes that up, and holds it until `orch resume`",
                same.short()
            )),
            Self::NotByOrch { .. } => Some(
                "it has no state that there was before: `orch rollback COMMIT` goes back to one, see `orch log`".into(),
            ),
            Self::NoSuchTick { .. } | Self::NothingSince { .. } => {
                Some("`orch log` shows the ticks, their numbers and times".into())
            }
            Self::NoState => Some("the first `orch tick` makes it".into()),
            Self::NotInHistory { .. } => Some(
                "`orch log` shows the commits of the history; one that was there once and is no more was rewritten"
                    .into(),
            ),
            Self::CheckedOut { dir, .. } => Some(format!(
                "the state needs no work tree, and changing it would make that one look edited: run `git -C {} \
                 switch` to another branch",
                dir.display()
            )),
            Self::Transport(_) | Self::ConfigPath(_) => None,
        }
    }
}
