//! Diagnostics in four forms: for people, as JSON, as SARIF, and as GitHub annotations.
