//! The double of GitHub itself: that it answers, goes wrong as told, and finds what is wrong. A target of its own,
//! since it is held to GitHub's descriptions without `orch`, and what fails here explains what fails there.
#![expect(clippy::disallowed_methods, reason = "tests touch the world")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod client;
mod double;

mod descriptions;
mod faults;
mod payloads;
mod story;
