//! The double of GitHub itself: that it answers, goes wrong as told, and finds what is wrong; and what `orch` speaks
//! to GitHub with, against it. A target of its own: what fails here explains what fails in the stories of `orch`.
#![expect(clippy::disallowed_methods, reason = "tests touch the world")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod client;
mod double;
#[path = "../cli/harness.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod harness;

mod actions_do;
mod actions_talk;
mod activation;
mod adapter;
mod descriptions;
mod faults;
mod forge;
mod hostile;
mod looks;
mod merged;
mod payloads;
mod plans;
mod runners;
mod story;
mod tasks;
mod team;
