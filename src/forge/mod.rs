//! GitHub, above the port [`crate::ports::Forge`]: what may be sent and when, what it answered, in our own words.
//!
//! No clock, no randomness and no environment of its own: they are given to the [`Client`].
//!
//! - [`client`]: a budget of calls, GitHub's limits, reads that are tried again, writes that are not, pages.
//! - [`pulls`]: pull requests with reviews, checks and files, a hundred a request.
//! - [`deployments`]: deployments with their statuses, a hundred a request.
//! - [`comment`] and [`check`]: one comment, and one check run, that is kept up to date in place.
//! - [`changes`]: the lines that a pull request changes.
//! - [`marker`]: by which texts on GitHub are known again as ours.

mod budget;
pub mod changes;
pub mod check;
pub mod client;
pub mod comment;
pub mod deployments;
mod error;
mod graphql;
pub mod marker;
mod pages;
pub mod pulls;
mod repo;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
mod workplace;
mod write_once;

pub use budget::{Budget, PutOff, Why};
pub use client::{Client, Limits};
pub use error::{ClientError, Refused, RefusedKind};
pub use graphql::Queried;
pub use pages::{Cache, Cached, Pages};
pub use repo::{InvalidRepository, Repository};
pub use workplace::Workplace;
pub use write_once::{Consistency, Written};
