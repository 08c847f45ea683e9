//! What has happened to an issue.

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::payload;
use crate::model::{Github, GithubEvent, Issue};

pub(super) fn events(known: &Github, now: &Issue, body: &Value, repository: &str) -> Vec<GithubEvent> {
    let mut events = Vec::new();
    let mut tell = |action: &str, more: Option<(&str, Value)>| {
        let sender = now.author.as_ref().filter(|_| action == "opened");
        let mut about = vec![("issue", body.clone())];
        about.extend(more);
        events.push(payload::event("issues", action, repository, sender, &about));
    };
    let Some(before) = known.issues.get(&now.number) else {
        // One that was there at the last look was closed then.
        let is_old = now.number <= known.highest;
        match (now.closed, is_old) {
            (false, true) => tell("reopened", None),
            (false, false) => tell("opened", None),
            (true, false) => {
                tell("opened", None);
                tell("closed", None);
            }
            // Something about one that has been closed for long, such as a comment.
            (true, true) => {}
        }
        return events;
    };
    if before.title != now.title {
        tell("edited", None);
    }
    let mut list = |before: &[SmolStr], now: &[SmolStr], actions: [&str; 2], key: &str, field: &str| {
        let come = now.iter().filter(|name| !before.contains(name)).map(|name| (actions[0], name));
        let gone = before.iter().filter(|name| !now.contains(name)).map(|name| (actions[1], name));
        for (action, name) in come.chain(gone) {
            tell(action, Some((key, json!({ field: name }))));
        }
    };
    list(&before.labels, &now.labels, ["labeled", "unlabeled"], "label", "name");
    list(&before.assignees, &now.assignees, ["assigned", "unassigned"], "assignee", "login");
    if before.milestone != now.milestone {
        tell(if now.milestone.is_some() { "milestoned" } else { "demilestoned" }, None);
    }
    if now.closed {
        tell("closed", None);
    }
    events
}
