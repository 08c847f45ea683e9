//! Reading what GitHub says of things, in its REST API and in the events that it sends. Whatever does not look as
//! documented is none; nothing here panics.

use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use super::{Comment, names};
use crate::model::{
    Account, Build, Deployment, DeploymentStatus, Issue, Project, Pull, PullReview, PullState, Time, fnv,
};

/// How much of a title is kept, in bytes.
const TITLE: usize = 512;

fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    at(value, path)?.as_str()
}

/// The value at `head.repo.fork`.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn number(value: &Value, path: &str) -> Option<u64> {
    at(value, path)?.as_u64()
}

fn small(value: &Value, path: &str) -> u32 {
    number(value, path).and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

fn flag(value: &Value, path: &str) -> bool {
    at(value, path).and_then(Value::as_bool).unwrap_or_default()
}

fn time(value: &Value, path: &str) -> Option<Time> {
    text(value, path)?.parse().ok()
}

fn title(value: &Value) -> Option<String> {
    Some(cut(text(value, "title")?))
}

pub(super) fn cut(title: &str) -> String {
    title[..title.floor_char_boundary(TITLE)].to_owned()
}

fn list(value: &Value, path: &str, field: &str) -> Vec<SmolStr> {
    let items = at(value, path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| text(item, field)).map(SmolStr::from).collect()
}

pub(super) fn account(value: &Value, path: &str) -> Option<Account> {
    let account = at(value, path)?;
    Some(Account { id: number(account, "id")?, login: text(account, "login")?.into() })
}

/// A pull request, without its reviews, checks and files.
pub(super) fn pull(value: &Value) -> Option<Pull> {
    let is_merged = flag(value, "merged") || at(value, "merged_at").is_some_and(|at| !at.is_null());
    let state = match (text(value, "state")?, is_merged) {
        ("open", _) => PullState::Open,
        (_, true) => PullState::Merged,
        (_, false) => PullState::Closed,
    };
    let of = |side: &str| text(value, &format!("{side}.repo.full_name"));
    Some(Pull {
        number: number(value, "number")?,
        title: title(value)?,
        author: account(value, "user"),
        state,
        draft: flag(value, "draft"),
        head: text(value, "head.ref")?.into(),
        sha: text(value, "head.sha")?.into(),
        fork: of("head") != of("base"),
        base: text(value, "base.ref")?.into(),
        created_at: time(value, "created_at")?,
        updated_at: time(value, "updated_at")?,
        ready_at: None,
        labels: list(value, "labels", "name"),
        milestone: text(value, "milestone.title").map(SmolStr::from),
        assignees: list(value, "assignees", "login"),
        reviewers: reviewers(value),
        reviews: Vec::new(),
        checks: std::collections::BTreeMap::new(),
        files: Vec::new(),
        changed_files: small(value, "changed_files"),
        additions: small(value, "additions"),
        deletions: small(value, "deletions"),
        tasks: names::tasks_of_pull(&title(value)?, text(value, "head.ref")?, body(value)),
        closes: names::closed_by(body(value)),
    })
}

/// The accounts and, by the names in their addresses, the teams that are asked for a review.
fn reviewers(value: &Value) -> Vec<SmolStr> {
    let mut all = list(value, "requested_reviewers", "login");
    all.extend(list(value, "requested_teams", "slug"));
    all
}

pub(super) fn review(value: &Value) -> Option<PullReview> {
    Some(PullReview {
        id: number(value, "id")?,
        by: account(value, "user"),
        state: text(value, "state")?.to_lowercase().into(),
        at: time(value, "submitted_at")?,
        sha: text(value, "commit_id").map(SmolStr::from),
    })
}

/// An issue; none if it is a pull request.
pub fn issue(value: &Value) -> Option<Issue> {
    if value.get("pull_request").is_some() {
        return None;
    }
    Some(Issue {
        number: number(value, "number")?,
        title: title(value)?,
        author: account(value, "user"),
        closed: text(value, "state")? == "closed",
        reason: text(value, "state_reason").filter(|reason| *reason != "reopened").map(SmolStr::from),
        created_at: time(value, "created_at")?,
        updated_at: time(value, "updated_at")?,
        labels: list(value, "labels", "name"),
        milestone: text(value, "milestone.title").map(SmolStr::from),
        assignees: list(value, "assignees", "login"),
        body: None,
        digest: None,
    })
}

/// How much of the text of an issue is kept, in bytes.
const BODY: usize = 8 << 10;

/// An issue with its text, if it is one that becomes a task: that is what the task is about.
pub(super) fn with_body(mut issue: Issue, value: &Value, project: &Project) -> Issue {
    if project.tasks_of(&issue.labels).is_some() {
        let body = body(value);
        let cut = &body[..body.floor_char_boundary(BODY)];
        issue.body = Some(cut.trim().to_owned()).filter(|body| !body.is_empty());
        issue.digest = issue.body.as_deref().map(|body| format_smolstr!("{:016x}", fnv(body.as_bytes())));
    }
    issue
}

fn body(value: &Value) -> &str {
    text(value, "body").unwrap_or_default()
}

/// A comment of the list of all comments, which names its issue by addresses alone.
pub fn comment(value: &Value) -> Option<Comment> {
    let number = text(value, "issue_url")?.rsplit('/').next()?.parse().ok()?;
    Some(Comment {
        id: self::number(value, "id")?,
        at: time(value, "created_at")?,
        number,
        is_pull: text(value, "html_url").is_some_and(|url| url.contains("/pull/")),
        body: value.clone(),
    })
}

/// A deployment, without its statuses.
pub(super) fn deployment(value: &Value) -> Option<Deployment> {
    Some(Deployment {
        id: number(value, "id")?,
        environment: text(value, "environment")?.into(),
        task: text(value, "task").unwrap_or("deploy").into(),
        branch: text(value, "ref").map(SmolStr::from),
        sha: text(value, "sha")?.into(),
        creator: account(value, "creator"),
        created_at: time(value, "created_at")?,
        updated_at: time(value, "updated_at")?,
        statuses: Vec::new(),
    })
}

pub(super) fn deployment_status(value: &Value) -> Option<DeploymentStatus> {
    Some(DeploymentStatus {
        at: time(value, "created_at")?,
        state: text(value, "state")?.to_lowercase().into(),
    })
}

pub fn build(value: &Value) -> Option<Build> {
    let updated_at = time(value, "updated_at")?;
    let status = text(value, "status")?;
    Some(Build {
        id: number(value, "id")?,
        name: text(value, "name").unwrap_or_default().to_owned(),
        branch: text(value, "head_branch").unwrap_or_default().into(),
        sha: text(value, "head_sha")?.into(),
        event: text(value, "event")?.into(),
        attempt: small(value, "run_attempt").max(1),
        conclusion: text(value, "conclusion").filter(|_| status == "completed").map(SmolStr::from),
        running: status == "in_progress",
        started_at: time(value, "run_started_at").or_else(|| time(value, "created_at")).unwrap_or(updated_at),
        updated_at,
        tasks: match (text(value, "event")?, text(value, "display_title")) {
            ("workflow_dispatch", Some(name)) => names::tasks_of_run(name),
            _ => Vec::new(),
        },
    })
}
