//! `orch`: Terraform for the work that people and AI agents do together.
pub mod model;
pub mod plan;
pub mod report;
pub mod state;
pub mod ui;
