//! `orch explain`: why a task, a review, an agent, a run or a workflow is where it is, as a tree of reasons with the
//! line of configuration of each rule that held or did not, and what will change next.

mod agent;
mod blocking;
mod explanation;
mod review;
mod reviewing;
mod routing;
mod run;
mod task;
#[cfg(test)]
mod tests;
mod timing;
mod workflow;

pub use agent::explain_agent;
pub use explanation::{Explanation, Reason, Section, Step};
pub use review::explain_review;
pub use run::explain_run;
pub use task::explain_task;
pub use timing::when;
pub use workflow::explain_workflow;
