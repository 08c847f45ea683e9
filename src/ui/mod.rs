//! How things look: to people, and to programs.

pub mod diagnostics;
