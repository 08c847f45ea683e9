//! The built program, driven end to end: one file a command or story.
#![expect(clippy::disallowed_methods, reason = "tests touch the world")]

mod harness;
mod prose;
