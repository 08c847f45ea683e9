//! Tests of checking: every code has a project that shows it and one that does not, and one
//! project has forty mistakes at once.

mod activation;
mod agreement;
mod fixtures;
mod forty;
mod hostile;
mod model;
mod rules;
mod runners;
mod schemas;
mod workflows;
