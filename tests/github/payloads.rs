//! Examples of webhooks.

use std::collections::BTreeSet;

use super::double::{Tools, examples};

/// No example is larger than this, in bytes; GitHub itself sends up to 25 MB.
const LARGEST: usize = 32 * 1024;

#[test]
fn all_examples_of_webhooks_are_there() {
    let Some(tools) = Tools::find() else { return };
    let all = examples(&tools);
    assert_eq!(all.len(), 329);
    let events: BTreeSet<&str> = all.iter().map(|one| one.event.as_str()).collect();
    assert_eq!(events.len(), 58);
    let pairs: BTreeSet<_> = all.iter().map(|one| (&one.event, &one.action)).collect();
    assert_eq!(pairs.len(), 161);
    for one in &all {
        let size = one.payload.to_string().len();
        assert!(one.payload.is_object() && size < LARGEST, "{} {:?}: {size}", one.event, one.action);
    }
    for event in ["push", "pull_request", "issues", "check_run", "workflow_run", "repository_dispatch"] {
        assert!(events.contains(event), "{event}");
    }
}
