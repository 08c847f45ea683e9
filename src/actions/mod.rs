//! The built-in actions of workflow steps: one file each, and the table that lists them.
//!
//! An action says what arguments it takes (a type, from which its schema and documentation come),
//! how values in them are quoted, what it touches, and does it: an action of the state answers with
//! requests, which the planner admits; an action of the world works through [`World`].

mod action;
mod agent_pause;
mod agent_resume;
mod asking;
mod content;
mod data_convert;
mod data_extract;
mod document;
mod expressions;
pub mod fields;
pub mod files;
mod formats;
mod github;
mod http_request;
mod metric_record;
mod notify;
pub mod paths;
pub mod permit;
mod report_render;
mod state_set;
mod task_assign;
mod task_block;
mod task_cancel;
mod task_complete;
mod task_create;
mod task_edit;
mod task_start;
mod task_unblock;
mod words;
mod workflow_pause;
mod workflow_resume;
mod workflow_run;

pub use crate::model::{Manifest, ManifestFile};
pub use action::{Action, ActionKind, ArgsError, Failure, Needs, World};

pub use document::document;

use asking::StateAction;

/// All actions, in the order of their names.
pub const ACTIONS: &[&dyn Action] = &[
    &StateAction::<agent_pause::AgentPause>::NEW,
    &StateAction::<agent_resume::AgentResume>::NEW,
    &data_convert::DataConvert,
    &data_extract::DataExtract,
    &files::Archive,
    &files::Compress,
    &files::Copy,
    &files::Delete,
    &files::List,
    &files::Move,
    &files::Rotate,
    &files::Verify,
    &files::Write,
    &github::Assign,
    &github::Check,
    &github::Comment,
    &github::Dispatch,
    &github::Issue,
    &github::Label,
    &github::Merge,
    &github::Milestone,
    &github::PullRequest,
    &github::Rerun,
    &github::Review,
    &github::Status,
    &http_request::HttpRequest,
    &StateAction::<metric_record::MetricRecord>::NEW,
    &notify::Notify,
    &report_render::ReportRender,
    &StateAction::<state_set::StateSet>::NEW,
    &StateAction::<task_assign::TaskAssign>::NEW,
    &StateAction::<task_block::TaskBlock>::NEW,
    &StateAction::<task_cancel::TaskCancel>::NEW,
    &StateAction::<task_complete::TaskComplete>::NEW,
    &StateAction::<task_create::TaskCreate>::NEW,
    &StateAction::<task_edit::TaskEdit>::NEW,
    &StateAction::<task_start::TaskStart>::NEW,
    &StateAction::<task_unblock::TaskUnblock>::NEW,
    &StateAction::<workflow_pause::WorkflowPause>::NEW,
    &StateAction::<workflow_resume::WorkflowResume>::NEW,
    &StateAction::<workflow_run::WorkflowRun>::NEW,
];

/// The action of a name.
pub fn find(name: &str) -> Option<&'static dyn Action> {
    ACTIONS.iter().copied().find(|action| action.name() == name)
}

#[cfg(test)]
mod tests;
