//! The built program, driven end to end: one file a command or story.
#![expect(clippy::disallowed_methods, reason = "tests touch the world")]
#![expect(clippy::too_many_lines, reason = "what users see is long, and stands in the tests")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../support/git_http.rs"]
mod git_http;
mod harness;
#[path = "../support/seeds.rs"]
mod seeds;

mod activation;
mod agents;
mod architecture;
mod bugs;
mod claims;
mod compaction;
mod concurrency;
mod config_from;
mod durability;
mod faults;
mod github;
mod history;
mod injection;
mod library;
mod look;
mod patterns;
mod plans;
mod prose;
mod recovery;
mod resuming;
mod runners;
mod servers;
mod stories;
mod watching;
mod words;
mod workflows;
mod wrong_input;
