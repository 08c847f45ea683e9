//! Everything that touches the world, one file per outside thing.

pub mod clock;
pub mod git;
pub mod git_cli;
