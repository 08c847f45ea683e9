//! Diagnostics in four forms: for people, as JSON, as SARIF, and as GitHub annotations.
//!
//! All are pure functions from diagnostics and the texts they are about to a string.

mod github;
mod human;
mod json;
mod place;
mod sarif;
mod summary;

#[cfg(test)]
mod tests;

pub use github::{Remark, github, remarks};
pub use human::human;
pub use json::json;
pub use sarif::sarif;
pub use summary::summary;
