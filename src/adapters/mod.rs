//! The only code that touches the world, one file for each outside thing.

pub mod clock;
pub mod dice;
pub mod digests;
pub mod disk;
pub mod faults;
pub mod git;
pub mod git_cli;
pub mod git_history;
pub mod git_http;
pub mod git_tree;
pub mod github;
pub mod host;
pub mod http;
pub mod journal;
pub mod journals;
mod ref_lock;
pub mod scratch;
pub mod shell;
pub mod signals;
pub mod transport;
pub mod workspace;
