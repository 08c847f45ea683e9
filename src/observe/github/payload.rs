//! Events in the words of GitHub, as far as a look finds them out
//! (<https://docs.github.com/webhooks/webhook-events-and-payloads>).

use serde_json::{Map, Value, json};

use super::Comment;
use crate::model::{Account, Check, GithubEvent, Pull, PullReview, PullState};

/// An event with what it is about, and who did it where that is known.
pub(super) fn event(
    name: &str,
    action: &str,
    repository: &str,
    sender: Option<&Account>,
    about: &[(&str, Value)],
) -> GithubEvent {
    let mut payload = Map::new();
    payload.insert("action".to_owned(), action.into());
    payload.extend(about.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    payload.insert("repository".to_owned(), repository_named(repository));
    if let Some(sender) = sender {
        payload.insert("sender".to_owned(), account(sender));
    }
    GithubEvent { event: name.into(), action: Some(action.into()), payload: payload.into() }
}

fn repository_named(full_name: &str) -> Value {
    let (owner, name) = full_name.split_once('/').unwrap_or_default();
    json!({ "full_name": full_name, "name": name, "owner": { "login": owner } })
}

pub(super) fn account(account: &Account) -> Value {
    json!({ "id": account.id, "login": account.login })
}

/// A pull request.
pub(super) fn pull(pull: &Pull) -> Value {
    let logins = |list: &[smol_str::SmolStr]| -> Vec<Value> {
        list.iter().map(|login| json!({ "login": login })).collect()
    };
    json!({
        "number": pull.number,
        "title": pull.title,
        "state": if pull.state == PullState::Open { "open" } else { "closed" },
        "merged": pull.state == PullState::Merged,
        "draft": pull.draft,
        "user": pull.author.as_ref().map(account),
        "head": { "ref": pull.head, "sha": pull.sha, "repo": { "fork": pull.fork } },
        "base": { "ref": pull.base },
        "created_at": pull.created_at,
        "updated_at": pull.updated_at,
        "labels": pull.labels.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "milestone": pull.milestone.as_ref().map(|title| json!({ "title": title })),
        "assignees": logins(&pull.assignees),
        "requested_reviewers": logins(&pull.reviewers),
        "changed_files": pull.changed_files,
        "additions": pull.additions,
        "deletions": pull.deletions,
    })
}

pub(super) fn review(review: &PullReview) -> Value {
    json!({
        "id": review.id,
        "user": review.by.as_ref().map(account),
        "state": review.state,
        "submitted_at": review.at,
        "commit_id": review.sha,
    })
}

pub(super) fn check(name: &str, check: &Check, of: &Pull) -> Value {
    json!({
        "name": name,
        "status": if check.conclusion.is_some() { "completed" } else { "in_progress" },
        "conclusion": check.conclusion,
        "started_at": check.started_at,
        "completed_at": check.completed_at,
        "head_sha": of.sha,
        "pull_requests": [{ "number": of.number, "head": { "ref": of.head, "sha": of.sha }, "base": { "ref": of.base } }],
    })
}

pub(super) fn comment(comment: &Comment, repository: &str) -> GithubEvent {
    let sender = comment.body.get("user").and_then(|user| serde_json::from_value(user.clone()).ok());
    let mut issue = json!({ "number": comment.number });
    if comment.is_pull {
        issue["pull_request"] = json!({});
    }
    let about = [("issue", issue), ("comment", comment.body.clone())];
    event("issue_comment", "created", repository, sender.as_ref(), &about)
}
