//! What a schema cannot say: one rule a file, each over everything that was declared.
//!
//! A rule reports all it finds and stops for nothing. To add one: a file here, a line in the
//! table, a code in `diag`, and a fixture for the code.

mod agents;
mod calendars;
mod capacity;
mod context;
mod cycles;
mod deadlines;
mod duplicates;
mod durations;
mod empty_lists;
mod escalation;
mod git_names;
mod idle_objectives;
mod only_reviewer;
mod ratings;
mod repeated;
mod review_types;
mod shadowed;
mod task_codes;
mod tiers;
mod times;
mod unrouted;
mod unused_tiers;
mod unused_types;
mod without_effect;

use crate::diag::Diagnostics;

pub(super) use context::Context;

type Rule = fn(&Context<'_>, &mut Diagnostics);

const RULES: &[Rule] = &[
    agents::rule,
    calendars::rule,
    capacity::rule,
    cycles::rule,
    deadlines::rule,
    duplicates::rule,
    durations::rule,
    empty_lists::rule,
    escalation::rule,
    git_names::rule,
    idle_objectives::rule,
    only_reviewer::rule,
    ratings::rule,
    repeated::rule,
    review_types::rule,
    shadowed::rule,
    task_codes::rule,
    tiers::rule,
    times::rule,
    unrouted::rule,
    unused_tiers::rule,
    unused_types::rule,
    without_effect::rule,
];

/// Runs every rule.
pub(super) fn run(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for rule in RULES {
        rule(context, diagnostics);
    }
}
