//! `orch`: Terraform for the work that people and AI agents do together.
pub mod adapters;
pub mod check;
pub mod cli;
pub mod commit;
pub mod diag;
pub mod load;
pub mod model;
pub mod observe;
pub mod plan;
pub mod ports;
pub mod report;
pub mod state;
pub mod template;
pub mod ui;
