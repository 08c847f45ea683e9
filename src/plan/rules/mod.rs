//! The rules: small pure reactors, one file each, and the table that lists them.

pub(super) mod activation;
mod breaker;
mod claims;
mod declare;
mod dependencies;
mod github_isolation;
mod github_sla;
mod issues;
mod metrics;
mod results;
mod reviews;
mod routing;
mod runs;
pub(super) mod schedules;
mod show_issues;
mod sla;
mod staff;
mod steps;
mod things;
mod triggers;
mod watch;

pub(super) use claims::Claims;
pub use routing::{Offer, offer};
pub(crate) use runs::frozen_until;
pub(super) use steps::Steps;
pub(crate) use steps::{LEASE, LEASE_LEFT, lease_for};

use super::context::{Context, Reactions};
use crate::model::Event;

/// A reactor: it sees facts and adds those that follow.
///
/// A rule looks at the state before it adds anything, and adds nothing that holds already, so
/// that seeing the same event twice does no harm.
pub trait Rule: Sync {
    fn name(&self) -> &'static str;

    /// What its look at the whole state is about.
    fn about(&self) -> About {
        About::Tasks
    }

    /// Answers one event. The state already holds it, and perhaps later ones.
    fn react(&self, _: Context<'_>, _: &Event, _: &mut Reactions) {}

    /// Answers the state as a whole, when no event is left to answer.
    fn settle(&self, _: Context<'_>, _: &mut Reactions) {}
}

/// What a rule looks at when it looks at the state as a whole, so that it need not look again while
/// nothing of that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Tasks, and the clock.
    Tasks,
    /// The configuration and the clock.
    Clock,
    /// Runs.
    Runs,
}

/// All rules, in the order in which they see an event.
pub const RULES: &[&dyn Rule] = &[
    &declare::Declare,
    &issues::Issues,
    &results::Results,
    &staff::Staff,
    &dependencies::Dependencies,
    &reviews::Reviews,
    &sla::Sla,
    &github_sla::GithubSla,
    &github_isolation::GithubIsolation,
    &Claims,
    &routing::Routing,
    &activation::Activation,
    &watch::Watch,
    &schedules::Schedules,
    &metrics::Metrics,
    &triggers::Triggers,
    &runs::Runs,
    &Steps,
    &breaker::CircuitBreaker,
    &show_issues::ShowIssues,
];
