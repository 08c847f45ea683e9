//! Pull requests with their reviews, checks and files: one request for a hundred of them.
//!
//! What a hundred do not hold (more than 100 files, checks or reviews of one) is told in [`PullRequest::cut`], and read
//! with [`rest_of_files`] and [`rest_of_checks`] by whoever needs it.

mod raw;
mod reviewing;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use super::client::Client;
use super::error::ClientError;
use super::repo::Repository;
use crate::model::Time;

pub use reviewing::{Counts, Loads, Reviewing};

const PULLS: &str = include_str!("queries/pulls.graphql");
const FILES: &str = include_str!("queries/pull_files.graphql");
const CHECKS: &str = include_str!("queries/pull_checks.graphql");

/// What GitHub gives at once.
pub const PAGE: u32 = 100;
/// Below so many at once, a time-out is not one of too much at once.
const SMALLEST: u32 = 10;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub login: SmolStr,
    /// Stays when the login changes; logins of deleted accounts are given out again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    Open,
    Closed,
    Merged,
}

/// A branch and the commit at its tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub name: SmolStr,
    pub sha: SmolStr,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// By which GraphQL knows it.
    pub node_id: SmolStr,
    pub number: u64,
    pub title: String,
    /// In Markdown.
    pub body: String,
    pub url: String,
    pub state: PullState,
    pub is_draft: bool,
    /// Nobody, once the account is deleted.
    pub author: Option<Account>,
    pub base: Branch,
    pub head: Branch,
    /// Nobody, once the fork is deleted.
    pub head_owner: Option<SmolStr>,
    /// From a fork: what it changes must not be run with our rights.
    pub is_cross_repository: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub merged_at: Option<Time>,
    pub closed_at: Option<Time>,
    pub labels: Vec<SmolStr>,
    pub milestone: Option<Milestone>,
    pub assignees: Vec<Account>,
    /// Who is asked for a review and has not given it since.
    pub requested: Vec<Requested>,
    /// The last 100, oldest first.
    pub reviews: Vec<Review>,
    /// What the rules of the branch make of the reviews: `approved`, `changes_requested`, `review_required`.
    pub decision: Option<SmolStr>,
    /// `mergeable`, `conflicting`, `unknown` (GitHub is still working it out).
    pub mergeable: SmolStr,
    /// `clean`, `blocked`, `behind`, `dirty`, `unstable`, `has_hooks`, `draft`, `unknown`.
    pub merge_state: SmolStr,
    pub additions: u64,
    pub deletions: u64,
    pub changed_files: u64,
    /// The first 100.
    pub files: Vec<ChangedFile>,
    /// Of all checks of the last commit: `success`, `failure`, `pending`, `error`, `expected`. Without checks, none.
    pub rollup: Option<SmolStr>,
    /// The first 100.
    pub checks: Vec<Check>,
    pub cut: Cut,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    pub number: u64,
    pub title: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requested {
    Account(Account),
    /// By the name in its address.
    Team(SmolStr),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub id: Option<u64>,
    pub author: Option<Account>,
    /// `approved`, `changes_requested`, `commented`, `dismissed`; those not yet submitted are left out.
    pub state: SmolStr,
    pub submitted_at: Time,
    /// What was reviewed.
    pub commit: Option<SmolStr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    pub path: String,
    pub additions: u64,
    pub deletions: u64,
    /// `added`, `modified`, `deleted`, `renamed`, `copied`, `changed`.
    pub change: SmolStr,
}

/// A check run, or a commit status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: SmolStr,
    /// Of a check run.
    pub id: Option<u64>,
    /// `success`, `failure`, `neutral`, `cancelled`, `skipped`, `timed_out`, `action_required`, `stale`,
    /// `startup_failure`; of a status, `success`, `failure`, `error`. While it goes on, none.
    pub conclusion: Option<SmolStr>,
    pub started_at: Option<Time>,
    pub completed_at: Option<Time>,
    pub url: Option<String>,
    /// What made it: `github-actions`. Of a status, who.
    pub app: Option<SmolStr>,
    pub run: Option<WorkflowRun>,
}

/// The run of a workflow of GitHub Actions that a check belongs to. GraphQL does not tell which attempt it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRun {
    pub id: u64,
    pub number: u64,
    pub event: SmolStr,
    pub workflow: SmolStr,
}

/// Which lists are not whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// From where [`rest_of_files`] goes on.
    pub files: Option<String>,
    /// From where [`rest_of_checks`] goes on.
    pub checks: Option<String>,
    /// Labels, assignees, requests or reviews: more than a person would make.
    pub others: bool,
}

impl PullRequest {
    /// The latest word of each reviewer: an approval or a demand for changes stands until it is dismissed or replaced,
    /// whatever its author comments afterwards. Dismissed ones, and authors that are gone, are left out.
    pub fn standing_reviews(&self) -> Vec<&Review> {
        let mut latest: Vec<&Review> = Vec::new();
        for review in
            self.reviews.iter().filter(|review| review.author.is_some() && review.state != "commented")
        {
            latest.retain(|earlier| earlier.author != review.author);
            latest.push(review);
        }
        latest.retain(|review| review.state != "dismissed");
        latest
    }
}

/// Which pull requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub states: Vec<PullState>,
    /// Only those that something happened to at this time or later; the latest first.
    pub since: Option<Time>,
    /// How many at once, from 1 to [`PAGE`].
    pub page: u32,
}

impl Wanted {
    /// All that are open.
    pub fn open() -> Self {
        Self { states: vec![PullState::Open], since: None, page: PAGE }
    }

    /// Whatever something happened to, open or not.
    pub fn since(time: Time) -> Self {
        Self {
            states: vec![PullState::Open, PullState::Closed, PullState::Merged],
            since: Some(time),
            page: PAGE,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulls {
    pub pulls: Vec<PullRequest>,
    /// Whose token it is.
    pub viewer: Option<Account>,
    /// The repository's number, which stays when it is renamed.
    pub repository: Option<u64>,
    /// When the latest of them was last changed: from where the next one goes on.
    pub newest: Option<Time>,
    /// There are more pages than [`super::Budget::pages`].
    pub is_cut: bool,
    /// How many at once GitHub was equal to: what to begin with the next time.
    pub page: u32,
    /// What the token may not read, in GitHub's words.
    pub warnings: Vec<String>,
}

/// Reads pull requests. For a page that GitHub does not finish in its time, half as many are asked for at once.
pub fn read(client: &Client<'_>, of: &Repository, wanted: &Wanted) -> Result<Pulls, ClientError> {
    let mut found = Pulls {
        pulls: Vec::new(),
        viewer: None,
        repository: None,
        newest: None,
        is_cut: false,
        page: wanted.page.clamp(1, PAGE),
        warnings: Vec::new(),
    };
    let mut after = None;
    let most = PAGE * client.budget().pages.max(1);
    let mut asked = 0;
    loop {
        let variables = variables(of, wanted, found.page, after.as_deref());
        let queried = match client.query(PULLS, &variables) {
            Ok(queried) => queried,
            Err(ClientError::Failed { .. }) if found.page > SMALLEST => {
                found.page = (found.page / 2).max(SMALLEST);
                continue;
            }
            Err(error) => return Err(error),
        };
        asked += found.page;
        found.warnings.extend(queried.warnings);
        let page = raw::page(queried.data)?;
        found.viewer = page.viewer.or(found.viewer);
        found.repository = page.repository.or(found.repository);
        let is_old = |pull: &PullRequest| wanted.since.is_some_and(|since| pull.updated_at < since);
        let reached = page.pulls.iter().any(is_old);
        for pull in page.pulls.into_iter().filter(|pull| !is_old(pull)) {
            found.newest = found.newest.max(Some(pull.updated_at));
            // What is changed while we read may come twice.
            if !found.pulls.iter().any(|known| known.number == pull.number) {
                found.pulls.push(pull);
            }
        }
        match page.next.filter(|_| !reached) {
            None => break,
            next if asked < most && next != after => after = next,
            Some(_) => {
                found.is_cut = true;
                break;
            }
        }
    }
    found.warnings.sort();
    found.warnings.dedup();
    Ok(found)
}

fn variables(of: &Repository, wanted: &Wanted, first: u32, after: Option<&str>) -> Map<String, Value> {
    let state = |state: &PullState| match state {
        PullState::Open => "OPEN",
        PullState::Closed => "CLOSED",
        PullState::Merged => "MERGED",
    };
    let states: Vec<_> = wanted.states.iter().map(state).collect();
    // Without a watermark in an order that does not change while pages are read, so that none is missed.
    let field = if wanted.since.is_some() { "UPDATED_AT" } else { "CREATED_AT" };
    fields(json!({
        "owner": of.owner,
        "name": of.name,
        "first": first,
        "after": after,
        "states": states,
        "order": { "field": field, "direction": "DESC" },
    }))
}

/// Adds the files that one request did not hold, up to [`super::Budget::pages`] more pages; what is left is still told
/// in [`PullRequest::cut`].
pub fn rest_of_files(
    client: &Client<'_>,
    of: &Repository,
    pull: &mut PullRequest,
) -> Result<(), ClientError> {
    more_files(client, of, (pull.number, &pull.head.sha), &mut pull.files, &mut pull.cut.files)
}

/// Goes on with the files of a pull request, as it is at its head.
fn more_files(
    client: &Client<'_>,
    of: &Repository,
    (number, head): (u64, &str),
    files: &mut Vec<ChangedFile>,
    from: &mut Option<String>,
) -> Result<(), ClientError> {
    for _ in 0..client.budget().pages {
        let Some(after) = from.clone() else { break };
        let data = client.query(FILES, &one(of, number, &after))?.data;
        let (more, next) = raw::files(data, head)?;
        files.extend(more);
        *from = next.filter(|next| *next != after);
    }
    Ok(())
}

/// The same of the checks.
pub fn rest_of_checks(
    client: &Client<'_>,
    of: &Repository,
    pull: &mut PullRequest,
) -> Result<(), ClientError> {
    for _ in 0..client.budget().pages {
        let Some(after) = pull.cut.checks.clone() else { break };
        let data = client.query(CHECKS, &one(of, pull.number, &after))?.data;
        let (more, next) = raw::checks(data, &pull.head.sha)?;
        pull.checks.extend(more);
        pull.cut.checks = next.filter(|next| *next != after);
    }
    Ok(())
}

fn one(of: &Repository, number: u64, after: &str) -> Map<String, Value> {
    fields(json!({ "owner": of.owner, "name": of.name, "number": number, "after": after }))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
