//! Facts from outside on their way in: requests as JSON lines, and tasks of other systems.
//! Pure readers; whoever has the text calls them.

mod inbox;
mod jsonl;
mod taken_over;
mod triggers;

pub use inbox::requests;
pub use jsonl::{LineProblem, LineProblems};
pub use taken_over::tasks;
pub use triggers::watches;
