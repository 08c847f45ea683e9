//! From [`Sources`](crate::load::Sources) to a valid [`Config`](crate::model::Config), or to
//! everything that is wrong with them.
//!
//! Each file is read into strict types. Only when that fails is its JSON Schema compiled, which
//! then finds all errors of shape at once; what is wrong is cut out, so that the rules can judge
//! the rest in the same run.

mod activation;
mod build;
mod declared;
mod entry;
mod flow;
mod paths;
mod raw;
mod read;
mod repair;
mod rules;
mod schema;
mod violations;

#[cfg(test)]
mod tests;

pub use entry::{Checked, Known, check, project};
#[cfg(any(test, fuzzing))]
pub(crate) use read::agree;
pub use schema::schema;
