//! What has happened to a run of one of GitHub's workflows.

use serde_json::Value;

use super::payload;
use crate::model::{Build, GithubEvent};

pub(super) fn events(
    before: Option<&Build>,
    now: &Build,
    body: &Value,
    repository: &str,
) -> Vec<GithubEvent> {
    // Another attempt begins anew.
    let before = before.filter(|before| before.attempt == now.attempt);
    let was_running = before.is_some_and(|before| before.running || before.conclusion.is_some());
    let was_over = before.is_some_and(|before| before.conclusion.is_some());
    let steps = [
        ("requested", before.is_none()),
        ("in_progress", !was_running && (now.running || now.conclusion.is_some())),
        ("completed", !was_over && now.conclusion.is_some()),
    ];
    let happened = steps.into_iter().filter(|(_, happened)| *happened);
    happened
        .map(|(action, _)| {
            payload::event("workflow_run", action, repository, None, &[("workflow_run", body.clone())])
        })
        .collect()
}
