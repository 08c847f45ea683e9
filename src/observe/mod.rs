//! Facts from outside on their way in: requests as JSON lines, tasks of other systems, and what triggers see
//! of files and commits. The readers of text are pure; those that look do so through ports.

pub mod github;
mod inbox;
mod jsonl;
mod taken_over;
mod triggers;

pub use inbox::requests;
pub use jsonl::{LineProblem, LineProblems};
pub use taken_over::tasks;
pub use triggers::{LookError, Sight, WATCHED_FILES, look, watches};
