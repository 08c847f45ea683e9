//! The rules: small pure reactors, one file each, and the table that lists them.

mod declare;
mod dependencies;
mod reviews;
mod routing;
mod sla;
mod staff;

pub use routing::{Offer, offer};

use super::context::{Context, Reactions};
use crate::model::Event;

/// A reactor: it sees facts and adds those that follow.
///
/// A rule looks at the state before it adds anything, and adds nothing that holds already, so
/// that seeing the same event twice does no harm.
pub trait Rule: Sync {
    fn name(&self) -> &'static str;

    /// Answers one event. The state already holds it, and perhaps later ones.
    fn react(&self, _: Context<'_>, _: &Event, _: &mut Reactions) {}

    /// Answers the state as a whole, when no event is left to answer.
    fn settle(&self, _: Context<'_>, _: &mut Reactions) {}
}

/// All rules, in the order in which they see an event.
pub const RULES: &[&dyn Rule] = &[
    &declare::Declare,
    &staff::Staff,
    &dependencies::Dependencies,
    &reviews::Reviews,
    &sla::Sla,
    &routing::Routing,
];
