//! The state on its branch: state → tree → commit → compare-and-swap → push, and the way back.
//!
//! ```text
//! format.json                                   Head: version, lineage, serial, the snapshot's serial
//! meta.json, archive.json                       as of the snapshot
//! config/…                                      the configuration that the tick was decided under
//! events/000001234.jsonl                        the log: one segment a tick
//! snapshot/tasks/CONTENT/0000000-0000999.jsonl  the hot tasks as of the snapshot, one a line
//! retired/CONTENT/0000000-0000999.jsonl         only in the commit of a fold: who left with it
//! branches.json                                 after a compaction: the branches that the history is on
//! ```
//!
//! Reading is the snapshot and the segments after it, folded. A tick adds a segment; a tick that
//! finds the log too long makes a new snapshot in the same commit (a *fold*). The commit after
//! a fold carries neither the segments that the snapshot covers nor the retired tasks: they are
//! in the history, and [`Head::previous_fold`] leads from fold to fold without walking it.
//!
//! A compaction (`orch compact`) is a last tick on the branch: a fold whose head says that the state goes on at
//! another branch ([`Head::continued`]). The first commit over there is made of that one alone, without parents;
//! whoever writes next makes it, and all make the same. The compare-and-swap of the last tick is the one moment
//! at which it happens: a tick of somebody else comes before it, or loses, reads again and follows. No branch
//! ever moves but forward, and the seals, serials and folds run on as if nothing were.
//!
//! What bounds the tree: a fold comes after 500 segments at the latest, so `events/` has about as many entries;
//! files of records split below 1 MB, and blocks hold 1,000 numbers, so a folder of tasks has as many entries as
//! there are active tasks, or thousands of numbers, whichever is less. `meta.json` keeps ten finished runs of a
//! workflow and half a megabyte of them in all. `archive.json` grows by a bit for each finished task, which is a
//! megabyte after two million. What one step says in one event (1 MB at most) is the largest object there is.
//!
//! Everything is written as git objects through [`Repo`](crate::ports::Repo); no work tree and
//! no index is touched, and the branch moves by compare-and-swap only.

mod branch;
mod branches;
mod error;
mod fold;
mod fsck;
mod head;
mod history;
mod object;
mod read;
mod replay;
mod segment;
mod snapshot;
mod sync;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod write;

pub use branch::{StateBranch, Tip};
pub use error::{HistoryEnd, StoreError};
pub use fold::Bounds;
pub use fsck::{Finding, Happened, Remark, Since, Verified, Witness};
pub use head::{FORMAT, Head};
pub use history::{Archived, History, HistoryEntry};
pub use sync::{Diverged, Pushed, Reconciled, Remote};
pub use write::{Committed, ConfigFile, Outcome, Prepared, Tick};
