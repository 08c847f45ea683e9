//! Text for people: plain aligned columns without boxes, readable without colour. Every function
//! gives the whole text, ending with a line break.

mod actions;
mod activity;
mod agents;
mod checkup;
mod columns;
mod effects;
mod events;
mod explain;
mod isolation;
mod log;
mod outcome;
mod page;
mod plan;
mod reviews;
mod runs;
mod sections;
mod sla;
mod status;
mod style;
mod task;
mod tasks;
#[cfg(test)]
mod tests;
mod workflow;
mod workflows;

pub use actions::{action_list, metric_list};
pub use activity::{agent_activities, agent_activity};
pub use agents::{agent_list, agent_show};
pub use checkup::checkup;
pub use events::event_list;
pub use explain::{event_fields, explanation, settlements};
pub use isolation::agent_isolation;
pub use log::log;
pub use outcome::{Outcome, outcome, preview};
pub use plan::{PlanView, Saved, plan};
pub use reviews::review_list;
pub use runs::{Log, RunView, run_list, run_logs, run_show};
pub use sla::sla_status;
pub use status::status;
pub use style::Style;
pub use task::{TaskView, task_show};
pub use tasks::task_list;
pub use workflow::workflow_document;
pub use workflows::workflow_list;
