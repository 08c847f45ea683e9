//! What blocks a task: holds by hand and dependencies, followed down to where the chain begins.

use rustc_hash::FxHashSet;

use super::clean::one_line;
use super::narrate::awaited_by;
use super::plural::join_and;
use crate::model::{Code, Hold, Task, TaskStatus};
use crate::state::{Fate, State};

/// One thing that a task waits for.
#[derive(Debug)]
pub enum Blocker<'a> {
    Hold(&'a Hold),
    Dependency {
        code: &'a Code,
        /// None if it is archived, or declared but not created yet.
        task: Option<&'a Task>,
        fate: Option<Fate>,
        /// What blocks the dependency in turn.
        because: Vec<Blocker<'a>>,
        /// Its own blockers were shown at an earlier place.
        repeated: bool,
    },
}

/// What blocks a task, as a tree. A task met twice is followed only the first time.
pub fn blockers<'a>(state: &'a State, task: &'a Task) -> Vec<Blocker<'a>> {
    follow(state, task, &mut FxHashSet::default(), 0)
}

/// Deeper chains are cut: nobody reads on, and the stack is finite.
const DEPTH: usize = 64;

fn follow<'a>(
    state: &'a State,
    task: &'a Task,
    seen: &mut FxHashSet<&'a Code>,
    depth: usize,
) -> Vec<Blocker<'a>> {
    let hold = task.hold.iter().map(|hold| Blocker::Hold(hold));
    let mut found: Vec<_> = hold.collect();
    for code in &task.waiting_on {
        let other = state.task(code);
        let repeated = !seen.insert(code) || depth >= DEPTH;
        let because = match other {
            Some(other) if !repeated => follow(state, other, seen, depth + 1),
            _ => Vec::new(),
        };
        found.push(Blocker::Dependency { code, task: other, fate: state.fate(code), because, repeated });
    }
    found
}

impl Blocker<'_> {
    /// In a few words: `waits for LORE-003 (in progress, with canon-keeper)`.
    pub fn text(&self) -> String {
        match self {
            Self::Hold(hold) => {
                format!("on hold by {} since {}: {}", one_line(&hold.by), hold.at, one_line(&hold.reason))
            }
            Self::Dependency { code, task, fate, .. } => {
                format!("waits for {code} ({})", standing(*task, *fate))
            }
        }
    }
}

fn standing(task: Option<&Task>, fate: Option<Fate>) -> String {
    match (task, fate) {
        (_, Some(Fate::Cancelled)) => "cancelled: it will never be complete".to_owned(),
        (_, Some(Fate::Complete)) => "complete".to_owned(),
        (Some(task), None) => format!("{}, {}", task.status.in_words(), holder(task)),
        (None, None) => "not created yet".to_owned(),
    }
}

/// Who has the task in hands.
fn holder(task: &Task) -> String {
    match (task.status, &task.agent) {
        (TaskStatus::Review, _) => format!("waits for {}", join_and(&awaited_by(task))),
        (TaskStatus::Blocked, _) if task.hold.is_some() => "on hold".to_owned(),
        (TaskStatus::Blocked, _) => "waits for others".to_owned(),
        (_, Some(agent)) => format!("with {agent}"),
        (_, None) => "in the queue".to_owned(),
    }
}

/// Why a blocked task is blocked, on one line.
pub fn why_blocked(state: &State, task: &Task) -> String {
    let direct: Vec<String> = blockers(state, task).iter().map(Blocker::text).collect();
    if direct.is_empty() { "nothing holds it".to_owned() } else { direct.join("; ") }
}
