//! Events that GitHub sent.

use serde_json::Value;
use smol_str::SmolStr;

use super::{Comment, builds, deployments, issues, pulls, read};
use crate::model::{Check, FlowFact, Github, GithubEvent, GithubItem, GithubKind, Project, Pull, PullState};

/// An event as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    /// `pull_request`.
    pub name: SmolStr,
    /// The same whenever the same event is sent again.
    pub id: SmolStr,
    pub payload: Value,
}

/// What an event tells that the state does not know: nothing if a look has found it out before.
pub fn delivered(project: &Project, known: &Github, event: &Delivered) -> Option<FlowFact> {
    let told = GithubEvent {
        event: event.name.clone(),
        action: event.payload.get("action").and_then(Value::as_str).map(SmolStr::from),
        payload: event.payload.clone(),
    };
    let (item, events) = match about(project, known, event) {
        Some((item, events)) if events.iter().any(|one| is_same(one, &told)) => {
            // What a look would have found out as well is told in the words of GitHub.
            let in_full = |one| if is_same(&one, &told) { told.clone() } else { one };
            (item, events.into_iter().map(in_full).collect())
        }
        Some(_) if is_found_out(&told) => return None,
        _ => (GithubItem::Delivery(event.id.clone()), vec![told]),
    };
    known.is_news(&item).then(|| FlowFact::GithubSeen { item, events, delivered: true })
}

fn is_same(one: &GithubEvent, other: &GithubEvent) -> bool {
    (&one.event, &one.action) == (&other.event, &other.action)
}

/// Whether a look finds out by itself that this has happened, so that it has if it is no news.
fn is_found_out(told: &GithubEvent) -> bool {
    let Some(action) = told.action.as_deref() else { return false };
    match (told.event.as_str(), action) {
        ("pull_request" | "issues", "edited") => {
            told.payload.get("changes").is_some_and(|changes| changes.get("body").is_none())
        }
        (
            "pull_request",
            "opened"
            | "reopened"
            | "closed"
            | "synchronize"
            | "ready_for_review"
            | "converted_to_draft"
            | "labeled"
            | "unlabeled"
            | "assigned"
            | "unassigned"
            | "review_requested"
            | "review_request_removed"
            | "milestoned"
            | "demilestoned",
        )
        | ("pull_request_review", "submitted" | "dismissed")
        | ("check_run", "created" | "completed")
        | (
            "issues",
            "opened" | "reopened" | "closed" | "labeled" | "unlabeled" | "assigned" | "unassigned"
            | "milestoned" | "demilestoned",
        )
        | ("issue_comment" | "deployment" | "deployment_status", "created")
        | ("workflow_run", "requested" | "in_progress" | "completed") => true,
        _ => false,
    }
}

/// What it is about, as it is now, and what has happened to that since it was seen last. None where nothing looks for
/// such things.
fn about(project: &Project, known: &Github, event: &Delivered) -> Option<(GithubItem, Vec<GithubEvent>)> {
    let payload = &event.payload;
    let repository = payload.get("repository")?.get("full_name")?.as_str()?;
    let watches = |kind: GithubKind| known.is_of(repository) && known.through.contains_key(&kind);
    match event.name.as_str() {
        "pull_request" | "pull_request_review" if watches(GithubKind::Pulls) => {
            let mut now = read::pull(payload.get("pull_request")?)?;
            let before = known.pulls.get(&now.number).map(AsRef::as_ref);
            complete(&mut now, before, payload, &event.name);
            let now = pulls::completed(before, &now);
            let events = pulls::events(before, known.closed.contains(&now.number), &now, repository);
            Some((GithubItem::Pull(Box::new(now)), events))
        }
        "check_run" if watches(GithubKind::Pulls) => {
            let (now, before) = checked(known, payload)?;
            let events = pulls::events(Some(before), false, &now, repository);
            Some((GithubItem::Pull(Box::new(now)), events))
        }
        "issues" if watches(GithubKind::Issues) => {
            let body = payload.get("issue")?;
            let now = read::with_body(read::issue(body)?, body, project);
            let events = issues::events(known, &now, body, repository);
            Some((GithubItem::Issue(Box::new(now)), events))
        }
        "issue_comment" if watches(GithubKind::Comments) => {
            let Comment { id, at, .. } = read::comment(payload.get("comment")?)?;
            let action = payload.get("action").and_then(Value::as_str).filter(|action| *action == "created");
            let told = action.map(|action| GithubEvent {
                event: event.name.clone(),
                action: Some(action.into()),
                payload: Value::Null,
            });
            Some((GithubItem::Comment { id, at }, told.into_iter().collect()))
        }
        "workflow_run" if watches(GithubKind::Builds) => {
            let body = payload.get("workflow_run")?;
            let now = read::build(body)?;
            let before = known.builds.get(&now.id).map(AsRef::as_ref);
            let events = builds::events(before, &now, body, repository);
            Some((GithubItem::Build(Box::new(now)), events))
        }
        "deployment" | "deployment_status" if watches(GithubKind::Deployments) => {
            let found = deployments::sent(payload)?;
            let before = known.deployments.get(&found.deployment.id).map(AsRef::as_ref);
            // Of an old one everything is told as it is sent.
            if before.is_none() && known.is_past(&found.deployment) {
                return None;
            }
            let now = deployments::merged(before, &found.deployment);
            let events = deployments::events(before, &now, &found, repository);
            Some((GithubItem::Deployment(Box::new(now)), events))
        }
        _ => None,
    }
}

/// Adds to a pull request of a payload what such a payload does not tell.
pub(super) fn complete(now: &mut Pull, before: Option<&Pull>, payload: &Value, event: &str) {
    if let Some(before) = before {
        now.reviews.clone_from(&before.reviews);
        now.files.clone_from(&before.files);
        if before.sha == now.sha {
            now.checks.clone_from(&before.checks);
        }
        if now.changed_files == 0 {
            (now.changed_files, now.additions, now.deletions) =
                (before.changed_files, before.additions, before.deletions);
        }
    }
    if event == "pull_request_review"
        && let Some(review) = payload.get("review").and_then(read::review)
    {
        now.reviews.retain(|known| known.id != review.id);
        now.reviews.push(review);
    }
}

/// The open pull request whose commit was checked, with that check.
fn checked<'k>(known: &'k Github, payload: &Value) -> Option<(Pull, &'k Pull)> {
    let run = payload.get("check_run")?;
    let (sha, name) = (run.get("head_sha")?.as_str()?, run.get("name")?.as_str()?);
    let before = known.pulls.values().find(|pull| pull.sha == sha && pull.state == PullState::Open)?;
    let time = |key: &str| run.get(key)?.as_str()?.parse().ok();
    let check = Check {
        conclusion: run.get("conclusion").and_then(Value::as_str).map(SmolStr::from),
        started_at: time("started_at"),
        completed_at: time("completed_at"),
    };
    let mut now = before.as_ref().clone();
    now.checks.insert(name.into(), check);
    Some((now, before))
}
