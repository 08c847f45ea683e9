//! `orch`: Terraform for the work that people and AI agents do together.
pub mod adapters;
pub mod check;
pub mod diag;
pub mod load;
pub mod model;
pub mod ports;
pub mod state;
pub mod ui;
