//! From a folder to [`Sources`]: find the project, read its files, and turn their text into
//! trees of values that know where they stand.
//!
//! Nothing here knows what the keys mean; that is the business of `check`.

mod deserialize;
mod error;
mod find;
mod kind;
mod list;
mod node;
mod scalar;
mod short;
mod sources;
mod spanned;
mod yaml;

#[cfg(test)]
mod tests;

pub use error::LoadError;
pub use find::load;
pub use kind::Kind;
pub use sources::{MAX_FILE_BYTES, SourceFile, Sources};

pub(crate) use deserialize::{Mismatch, from_node};
pub(crate) use list::OneOrMany;
pub(crate) use node::{Entry, Node, Value};
pub(crate) use short::ShortOr;
pub(crate) use spanned::Spanned;
pub(crate) use yaml::parse;
