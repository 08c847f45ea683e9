//! The stages in a row: load, check, open the state, plan, commit, push. Commands say what
//! they want of it; nothing else chains stages.

mod carry;
mod compact;
mod desk;
mod diverged;
mod eyes;
mod github;
#[cfg(test)]
mod interleavings;
mod kit;
mod logs;
mod machine;
mod pace;
mod project;
mod pull_request;
mod read;
mod rollback;
mod saved;
#[cfg(test)]
mod simulator;
mod site;
mod tick;
mod verify;
mod write;

pub(crate) use compact::{CompactRefused, Compacted, compact};
pub(crate) use desk::AtWork;
pub(crate) use logs::log_path;
pub(crate) use project::{Invalid, Project, known};
pub(crate) use pull_request::{NoPullRequest, PullRequest};
pub(crate) use read::{Reader, logged, read, tell_end};
pub(crate) use rollback::{AlreadyThere, rollback};
pub(crate) use saved::{SavedPlan, Stale};
pub(crate) use tick::{Busy, CutShort, PushFailed, PushRefused, PushUnknown, Rescue, Ticked, Work};
pub(crate) use verify::verify;
pub(crate) use write::{actor, carry_out, commit, report, tell_hold, write, write_under};
