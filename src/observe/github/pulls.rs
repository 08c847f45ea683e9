//! What has happened to a pull request.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::payload;
use crate::model::{Account, GithubEvent, Pull, PullState};

/// With what no look tells: when it was a draft no more.
pub(super) fn completed(before: Option<&Pull>, now: &Pull) -> Pull {
    let ready_at = match before {
        Some(before) if before.draft && !now.draft => Some(now.updated_at),
        Some(before) => before.ready_at,
        None => None,
    };
    Pull { ready_at, ..now.clone() }
}

/// Between what was known and what is there now, in the order in which such things happen.
pub(super) fn events(
    before: Option<&Pull>,
    was_closed: bool,
    now: &Pull,
    repository: &str,
) -> Vec<GithubEvent> {
    let mut told = Told { now, repository, events: Vec::new() };
    match before {
        None if was_closed => told.pull("reopened", None, &[]),
        None if now.state == PullState::Open => told.pull("opened", now.author.as_ref(), &[]),
        None => {}
        Some(before) => told.edits(before),
    }
    told.reviews(before);
    told.checks(before);
    if now.state != PullState::Open {
        told.pull("closed", None, &[]);
    }
    told.events
}

struct Told<'a> {
    now: &'a Pull,
    repository: &'a str,
    events: Vec<GithubEvent>,
}

impl Told<'_> {
    fn pull(&mut self, action: &str, sender: Option<&Account>, more: &[(&str, Value)]) {
        let mut about = vec![("number", json!(self.now.number)), ("pull_request", payload::pull(self.now))];
        about.extend(more.iter().cloned());
        self.events.push(payload::event("pull_request", action, self.repository, sender, &about));
    }

    fn edits(&mut self, before: &Pull) {
        let now = self.now;
        if before.sha != now.sha {
            self.pull("synchronize", None, &[("before", json!(before.sha)), ("after", json!(now.sha))]);
        }
        if before.title != now.title || before.base != now.base {
            self.pull("edited", None, &[]);
        }
        match (before.draft, now.draft) {
            (true, false) => self.pull("ready_for_review", None, &[]),
            (false, true) => self.pull("converted_to_draft", None, &[]),
            _ => {}
        }
        let named =
            |key: &'static str, field: &'static str| move |name: &SmolStr| (key, json!({ field: name }));
        self.list(&before.labels, &now.labels, ["labeled", "unlabeled"], named("label", "name"));
        self.list(&before.assignees, &now.assignees, ["assigned", "unassigned"], named("assignee", "login"));
        let reviewed: BTreeSet<&SmolStr> =
            now.reviews.iter().filter_map(|review| Some(&review.by.as_ref()?.login)).collect();
        // Who gives a review is no longer asked for one.
        let left: Vec<SmolStr> =
            before.reviewers.iter().filter(|who| !reviewed.contains(who)).cloned().collect();
        let actions = ["review_requested", "review_request_removed"];
        self.list(&left, &now.reviewers, actions, named("requested_reviewer", "login"));
        if before.milestone != now.milestone {
            let action = if now.milestone.is_some() { "milestoned" } else { "demilestoned" };
            self.pull(action, None, &[]);
        }
    }

    fn list(
        &mut self,
        before: &[SmolStr],
        now: &[SmolStr],
        [come, gone]: [&str; 2],
        about: impl Fn(&SmolStr) -> (&'static str, Value),
    ) {
        for name in now.iter().filter(|name| !before.contains(name)) {
            self.pull(come, None, &[about(name)]);
        }
        for name in before.iter().filter(|name| !now.contains(name)) {
            self.pull(gone, None, &[about(name)]);
        }
    }

    fn reviews(&mut self, before: Option<&Pull>) {
        for review in &self.now.reviews {
            let known = before.and_then(|pull| pull.reviews.iter().find(|known| known.id == review.id));
            let action = match known {
                None => "submitted",
                Some(known) if known.state != review.state && review.state == "dismissed" => "dismissed",
                Some(known) if known.state != review.state => "edited",
                Some(_) => continue,
            };
            let about = [("pull_request", payload::pull(self.now)), ("review", payload::review(review))];
            let sender = review.by.as_ref().filter(|_| action == "submitted");
            self.events.push(payload::event("pull_request_review", action, self.repository, sender, &about));
        }
    }

    fn checks(&mut self, before: Option<&Pull>) {
        for (name, check) in &self.now.checks {
            // Those of another commit say nothing about this one.
            let known = before.filter(|pull| pull.sha == self.now.sha).and_then(|pull| pull.checks.get(name));
            let actions: &[&str] = match (known, &check.conclusion) {
                (None, None) => &["created"],
                (None, Some(_)) => &["created", "completed"],
                (Some(known), Some(_)) if known != check => &["completed"],
                (Some(known), None) if known.conclusion.is_some() => &["created"],
                _ => &[],
            };
            for action in actions {
                let about = [("check_run", payload::check(name, check, self.now))];
                self.events.push(payload::event("check_run", action, self.repository, None, &about));
            }
        }
    }
}
