//! A double of GitHub for tests: an emulator of its API that nobody here wrote, and before it a front that records
//! what it is asked, serves what the emulator lacks, and goes wrong where a test says so. What was recorded is held
//! against GitHub's own descriptions of its two APIs.
//!
//! ```ignore
//! let Some(github) = GitHub::start() else { return };       // says why, or fails, where the tools are missing
//! let number = github.open_pull("ada", "fix", &[("src/a.rs", "fn a() {}\n")]);
//! github.fault(When::new("POST", "/repos/*/*/issues/*/comments"), Fault::ErrorAfter);
//! sandbox.orch_command(&["tick"]).envs(github.env()).output();
//! assert_eq!(github.done("POST", "/repos/*/*/issues/*/comments"), 1);
//! github.assert_valid();
//! ```
//!
//! What the emulator does otherwise than GitHub, and the front does not put right: who may do what is hardly checked,
//! merges never conflict, a base that moved on is not merged into, comments do not change when a pull request was
//! updated, and nobody is kept from approving what is theirs.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "test support, not all of it used everywhere"
)]

mod actions;
mod deployments;
mod emulator;
mod faults;
mod front;
mod github;
mod issues;
mod openapi;
mod pulls;
mod quota;
mod recorded;
mod tables;
mod tools;
mod webhooks;
mod wire;

pub use emulator::{BOT, Emulator, NAME, OWNER, PEOPLE, token};
pub use faults::{FAULTS, Fault, When, path_fits};
pub use github::GitHub;
pub use openapi::Oracle;
pub use recorded::{Recorded, Sent};
pub use tables::Run;
pub use tools::{Tools, root};
pub use webhooks::{Example, examples};
