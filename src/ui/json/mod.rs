//! JSON for programs: one module a format version, each of frozen structs.

pub mod v1;
