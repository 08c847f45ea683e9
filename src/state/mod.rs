//! The fold of all events so far. [`State::apply`] is the only thing that changes it; it
//! reads no configuration, so that a state can be rebuilt from its log alone.

mod archive;
mod flow;
mod fold;
mod lines;
mod links;
mod load;
mod queries;
mod work;

pub use archive::{Archive, Fate};
pub use fold::Inconsistent;
pub use load::Meta;
pub use queries::Turns;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;

use crate::model::{Code, Name, ReviewId, RunId, Task};

/// Everything that happened, folded.
///
/// Two states are equal when their records are; the indexes are derived from those.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub meta: Meta,
    /// The hot set: all unfinished tasks, and the finished ones until the next snapshot.
    /// Boxed, because a record is large and is handed on a few times while it is read.
    tasks: IndexMap<Code, Box<Task>, FxBuildHasher>,
    /// Which codes are finished and have left the hot set.
    pub archive: Archive,
    /// Derived: how many active tasks each agent holds.
    load: FxHashMap<Name, u32>,
    /// Derived: who waits for an unfinished task.
    dependents: FxHashMap<Code, Vec<Code>>,
    /// Derived: the task of each review in the hot set.
    reviews: FxHashMap<ReviewId, Code>,
    /// Derived: how many reviews are pending with each reviewer.
    to_review: FxHashMap<Name, u32>,
    /// Derived: how many tasks wait for an agent.
    queued: usize,
    /// Derived: the runs that have not ended, in the order of their names.
    open_runs: BTreeSet<RunId>,
    /// Derived: who of them waits its turn, and who has begun.
    lines: lines::Lines,
}

/// Something that a person must look at: its key within the task, and what it says.
pub type Alerts = BTreeMap<(Code, SmolStr), String>;
