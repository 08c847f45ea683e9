//! orch
fn main() {}
