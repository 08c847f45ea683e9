//! The only code that touches the world, one file for each outside thing.

pub mod clock;
pub mod digests;
pub mod disk;
pub mod git;
pub mod git_cli;
pub mod git_history;
pub mod host;
pub mod http;
pub mod journal;
pub mod scratch;
pub mod shell;
pub mod signals;
pub mod workspace;
