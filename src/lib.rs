//! `orch`: Terraform for the work that people and AI agents do together.
pub mod adapters;
pub mod commit;
pub mod model;
pub mod observe;
pub mod plan;
pub mod ports;
pub mod state;
pub mod template;
