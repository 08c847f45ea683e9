//! What a schema cannot say: one rule a file, each over everything that was declared.
//!
//! A rule reports all it finds and stops for nothing. To add one: a file here, a line in the
//! table, a code in `diag`, and a fixture for the code.

mod agents;
mod arguments;
mod calendars;
mod capacity;
mod channels;
mod conditions;
mod context;
mod cycles;
mod deadlines;
mod duplicates;
mod durations;
mod empty_lists;
mod environment;
mod escalation;
mod event_types;
mod exactly_one;
mod expressions;
mod freezes;
mod git_names;
mod graph;
mod idle_keys;
mod idle_objectives;
mod inputs;
mod issue_tasks;
mod items;
mod needs;
mod only_reviewer;
mod owners;
mod patterns;
mod permissions;
mod ratings;
mod references;
mod repeated;
mod review_types;
mod roles;
mod schedules;
mod secrets;
mod shadowed;
mod step_cycles;
mod task_codes;
mod tiers;
mod timeouts;
mod times;
mod unrouted;
mod unused_tiers;
mod unused_types;
mod without_effect;
mod workflow_cycles;
mod workflow_names;

use crate::diag::Diagnostics;

pub(super) use context::Context;

type Rule = fn(&Context<'_>, &mut Diagnostics);

const RULES: &[Rule] = &[
    agents::rule,
    arguments::rule,
    calendars::rule,
    capacity::rule,
    channels::rule,
    conditions::rule,
    cycles::rule,
    deadlines::rule,
    duplicates::rule,
    durations::rule,
    empty_lists::rule,
    environment::rule,
    escalation::rule,
    event_types::rule,
    exactly_one::rule,
    expressions::rule,
    freezes::rule,
    git_names::rule,
    idle_objectives::rule,
    idle_keys::rule,
    inputs::rule,
    issue_tasks::rule,
    items::rule,
    needs::rule,
    only_reviewer::rule,
    owners::rule,
    patterns::rule,
    permissions::rule,
    ratings::rule,
    references::rule,
    repeated::rule,
    review_types::rule,
    roles::rule,
    schedules::rule,
    secrets::rule,
    shadowed::rule,
    step_cycles::rule,
    task_codes::rule,
    tiers::rule,
    timeouts::rule,
    times::rule,
    unrouted::rule,
    unused_tiers::rule,
    unused_types::rule,
    without_effect::rule,
    workflow_cycles::rule,
    workflow_names::rule,
];

/// Runs every rule.
pub(super) fn run(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for rule in RULES {
        rule(context, diagnostics);
    }
}
