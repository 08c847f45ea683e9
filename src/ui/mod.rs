//! How things look: text for people, JSON for programs.

pub mod diagnostics;
pub mod json;
pub mod progress;
pub mod text;
