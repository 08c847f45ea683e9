//! What there is to say about configuration, state and events: sentences, standings, workloads,
//! reasons. Pure values; how they look is the business of `ui`.

mod activation;
mod activity;
mod blockers;
mod checkup;
mod clean;
mod consequences;
mod diagram;
mod digest;
mod effects;
mod explain;
mod filter;
mod github_standing;
mod isolation;
mod line;
mod logged;
mod moment;
mod narrate;
mod overview;
mod plural;
mod posted;
mod quantity;
mod registry;
mod remedies;
mod runs;
mod settlement;
mod standing;
mod steps;
mod story;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod testing_runs;
mod tip;
mod token;
mod triggers;
mod whereabouts;
mod workload;

pub use activation::{Call, do_again, last_call, when_called};
pub use activity::{Activity, Deed, OnGithub, activities};
pub use blockers::{Blocker, blockers, why_blocked};
pub use checkup::{Finding, Health, Patient, checkup};
pub use clean::{lines, one_line, shorten};
pub use consequences::{Consequence, consequences};
pub use diagram::mermaid;
pub use digest::{Item, digest};
pub use effects::{Then, effect_in_words, environment, script, then, totals};
pub use explain::{
    Explanation, Reason, Section, Step, explain_agent, explain_review, explain_run, explain_task,
    explain_workflow, when,
};
pub use filter::{EventFilter, ReviewFilter, Subject, TaskFilter, TypePattern, UnknownType};
pub use github_standing::{GithubStanding, github_standings};
pub use isolation::{AgentIsolation, IsolationReport, isolation};
pub use line::{Group, Line, Symbol};
pub use logged::{EventId, Logged};
pub use moment::relative;
pub use narrate::{described, ended, narrate, reviewer_text, started_by, took, traits};
pub use overview::{Bottleneck, Overview, overview};
pub use plural::{join_and, plural};
pub use posted::{Posted, failure_comment, plan_comment};
pub use quantity::{bytes, minutes};
pub use registry::{FlowOverview, Registered, WorkflowStatus, firings, flow_overview, registered, registry};
pub use remedies::{Remedy, remedy};
pub use runs::{
    Asked, RunFilter, RunStep, asked, failure, goes_on, length, next_of_run, run_steps, steps_over,
};
pub use settlement::{SETTLEMENTS, Settlement};
pub use standing::{Condition, NextStep, Standing, standings, standings_of};
pub use steps::{act_in_words, terms, undo_in_words};
pub use story::story;
pub use tally::{Tense, fitted, tally};
pub use tip::{Tip, short};
pub use token::{JobNeeds, job_needs};
pub use triggers::{trigger_in_words, trigger_problem, triggers_in_short};
pub use whereabouts::{away, is_sending, whereabouts};
pub use workload::{Todo, Workload, queue, todo, workload, workloads};
