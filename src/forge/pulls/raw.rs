//! The answers to the queries of pull requests, as GraphQL writes them, made into ours.

use serde::Deserialize;
use serde_json::Value;
use smol_str::SmolStr;

use super::{
    Account, Branch, ChangedFile, Check, Cut, Milestone, PullRequest, PullState, Requested, Review,
    Reviewing, WorkflowRun,
};
use crate::forge::error::ClientError;
use crate::forge::graphql::{Actor, Connection, Named, items, parse, strange};
use crate::model::Time;

/// One page of pull requests.
pub(super) struct Page {
    pub(super) pulls: Vec<PullRequest>,
    pub(super) next: Option<String>,
    pub(super) viewer: Option<Account>,
    pub(super) repository: Option<u64>,
}

#[derive(Deserialize)]
struct Data<R> {
    viewer: Option<Actor>,
    repository: R,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRepository {
    database_id: Option<u64>,
    pull_requests: Connection<RawPull>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnePull<P> {
    pull_request: P,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullFiles {
    head_ref_oid: SmolStr,
    files: Option<Connection<RawFile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullChecks {
    head_ref_oid: SmolStr,
    commits: Option<Connection<RawCommit>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullReview {
    state: SmolStr,
    head_ref_oid: SmolStr,
    author: Option<Actor>,
    review_requests: Option<Connection<RawRequest>>,
    reviews: Option<Connection<RawReview>>,
    files: Option<Connection<RawFile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenPulls {
    pull_requests: Connection<PullRequests>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRequests {
    number: u64,
    review_requests: Option<Connection<RawRequest>>,
}

#[derive(Deserialize)]
struct Login {
    login: SmolStr,
}

#[derive(Deserialize)]
struct Oid {
    oid: SmolStr,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPull {
    id: SmolStr,
    number: u64,
    title: String,
    #[serde(default)]
    body: String,
    url: String,
    state: SmolStr,
    is_draft: bool,
    created_at: Time,
    updated_at: Time,
    merged_at: Option<Time>,
    closed_at: Option<Time>,
    author: Option<Actor>,
    base_ref_name: SmolStr,
    base_ref_oid: SmolStr,
    head_ref_name: SmolStr,
    head_ref_oid: SmolStr,
    head_repository_owner: Option<Login>,
    is_cross_repository: bool,
    labels: Option<Connection<Named>>,
    milestone: Option<Milestone>,
    assignees: Option<Connection<Actor>>,
    review_requests: Option<Connection<RawRequest>>,
    reviews: Option<Connection<RawReview>>,
    review_decision: Option<SmolStr>,
    mergeable: Option<SmolStr>,
    merge_state_status: Option<SmolStr>,
    additions: u64,
    deletions: u64,
    changed_files: u64,
    files: Option<Connection<RawFile>>,
    commits: Option<Connection<RawCommit>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRequest {
    requested_reviewer: Option<RawReviewer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReviewer {
    login: Option<SmolStr>,
    slug: Option<SmolStr>,
    database_id: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReview {
    database_id: Option<u64>,
    state: SmolStr,
    submitted_at: Option<Time>,
    author: Option<Actor>,
    commit: Option<Oid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawFile {
    path: String,
    additions: u64,
    deletions: u64,
    change_type: SmolStr,
}

#[derive(Deserialize)]
struct RawCommit {
    commit: RawTip,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTip {
    status_check_rollup: Option<RawRollup>,
}

#[derive(Deserialize)]
struct RawRollup {
    state: SmolStr,
    contexts: Connection<RawCheck>,
}

/// A check run (`name`) or a status (`context`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCheck {
    name: Option<SmolStr>,
    database_id: Option<u64>,
    status: Option<SmolStr>,
    conclusion: Option<SmolStr>,
    started_at: Option<Time>,
    completed_at: Option<Time>,
    details_url: Option<String>,
    check_suite: Option<RawSuite>,
    context: Option<SmolStr>,
    state: Option<SmolStr>,
    created_at: Option<Time>,
    target_url: Option<String>,
    creator: Option<Login>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSuite {
    app: Option<Slug>,
    workflow_run: Option<RawRun>,
}

#[derive(Deserialize)]
struct Slug {
    slug: SmolStr,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRun {
    database_id: Option<u64>,
    run_number: u64,
    event: SmolStr,
    workflow: Named,
}

pub(super) fn page(data: Value) -> Result<Page, ClientError> {
    let data: Data<RawRepository> = parse("Pulls", data)?;
    let list = data.repository.pull_requests;
    let next = list.next();
    Ok(Page {
        pulls: list.items().map(pull).collect(),
        next,
        viewer: data.viewer.map(Into::into),
        repository: data.repository.database_id,
    })
}

/// More files of the pull request as it was, and from where to go on.
pub(super) fn files(data: Value, head: &str) -> Result<(Vec<ChangedFile>, Option<String>), ClientError> {
    let data: Data<OnePull<PullFiles>> = parse("PullFiles", data)?;
    let pull = data.repository.pull_request;
    same_head("PullFiles", &pull.head_ref_oid, head)?;
    let next = pull.files.as_ref().and_then(Connection::next);
    Ok((items(pull.files).map(file).collect(), next))
}

pub(super) fn checks(data: Value, head: &str) -> Result<(Vec<Check>, Option<String>), ClientError> {
    let data: Data<OnePull<PullChecks>> = parse("PullChecks", data)?;
    let pull = data.repository.pull_request;
    same_head("PullChecks", &pull.head_ref_oid, head)?;
    let (_, checks, next) = rollup(pull.commits);
    Ok((checks, next))
}

/// Nothing, if there is no such pull request.
pub(super) fn reviewing(data: Value, number: u64) -> Result<Option<Reviewing>, ClientError> {
    let data: Data<OnePull<Option<PullReview>>> = parse("PullReview", data)?;
    Ok(data.repository.pull_request.map(|raw| Reviewing {
        number,
        state: state(&raw.state),
        head: raw.head_ref_oid,
        author: raw.author.map(Into::into),
        requested: items(raw.review_requests).filter_map(requested).collect(),
        reviewers: items(raw.reviews).filter_map(review).filter_map(|review| review.author).collect(),
        more_files: raw.files.as_ref().and_then(Connection::next),
        files: items(raw.files).map(file).collect(),
    }))
}

/// Who is asked, by the number of the pull request.
type Requests = Vec<(u64, Vec<Requested>)>;

/// Who is asked on each of the open pull requests, and from where to go on.
pub(super) fn requests(data: Value) -> Result<(Requests, Option<String>), ClientError> {
    let data: Data<OpenPulls> = parse("ReviewRequests", data)?;
    let list = data.repository.pull_requests;
    let next = list.next();
    let of = |pull: PullRequests| (pull.number, items(pull.review_requests).filter_map(requested).collect());
    Ok((list.items().map(of).collect(), next))
}

/// The first page would not fit the others.
fn same_head(query: &str, now: &str, before: &str) -> Result<(), ClientError> {
    if now == before {
        return Ok(());
    }
    let why = "the pull request was pushed to in between; read it again".to_owned();
    Err(strange(query, why))
}

fn pull(raw: RawPull) -> PullRequest {
    let others = [
        raw.labels.as_ref().map(Connection::is_cut),
        raw.assignees.as_ref().map(Connection::is_cut),
        raw.review_requests.as_ref().map(Connection::is_cut),
        raw.reviews.as_ref().map(Connection::is_cut),
    ];
    let more_files = raw.files.as_ref().and_then(Connection::next);
    let (rollup, checks, more_checks) = rollup(raw.commits);
    let cut = Cut { files: more_files, checks: more_checks, others: others.contains(&Some(true)) };
    PullRequest {
        node_id: raw.id,
        number: raw.number,
        title: raw.title,
        body: raw.body,
        url: raw.url,
        state: state(&raw.state),
        is_draft: raw.is_draft,
        author: raw.author.map(Into::into),
        base: Branch { name: raw.base_ref_name, sha: raw.base_ref_oid },
        head: Branch { name: raw.head_ref_name, sha: raw.head_ref_oid },
        head_owner: raw.head_repository_owner.map(|owner| owner.login),
        is_cross_repository: raw.is_cross_repository,
        created_at: raw.created_at,
        updated_at: raw.updated_at,
        merged_at: raw.merged_at,
        closed_at: raw.closed_at,
        labels: items(raw.labels).map(|label| label.name).collect(),
        milestone: raw.milestone,
        assignees: items(raw.assignees).map(Into::into).collect(),
        requested: items(raw.review_requests).filter_map(requested).collect(),
        reviews: items(raw.reviews).filter_map(review).collect(),
        decision: raw.review_decision.map(lower),
        mergeable: lower(raw.mergeable.unwrap_or_else(|| "UNKNOWN".into())),
        merge_state: lower(raw.merge_state_status.unwrap_or_else(|| "UNKNOWN".into())),
        additions: raw.additions,
        deletions: raw.deletions,
        changed_files: raw.changed_files,
        files: items(raw.files).map(file).collect(),
        rollup,
        checks,
        cut,
    }
}

fn state(word: &str) -> PullState {
    match word {
        "MERGED" => PullState::Merged,
        "CLOSED" => PullState::Closed,
        _ => PullState::Open,
    }
}

fn requested(raw: RawRequest) -> Option<Requested> {
    let reviewer = raw.requested_reviewer?;
    let account = reviewer.login.map(|login| Requested::Account(Account { login, id: reviewer.database_id }));
    account.or_else(|| reviewer.slug.map(Requested::Team))
}

fn review(raw: RawReview) -> Option<Review> {
    Some(Review {
        id: raw.database_id,
        author: raw.author.map(Into::into),
        state: lower(raw.state),
        submitted_at: raw.submitted_at?,
        commit: raw.commit.map(|commit| commit.oid),
    })
}

fn file(raw: RawFile) -> ChangedFile {
    let change = lower(raw.change_type);
    ChangedFile { path: raw.path, additions: raw.additions, deletions: raw.deletions, change }
}

fn rollup(commits: Option<Connection<RawCommit>>) -> (Option<SmolStr>, Vec<Check>, Option<String>) {
    let Some(rollup) = items(commits).last().and_then(|last| last.commit.status_check_rollup) else {
        return (None, Vec::new(), None);
    };
    let next = rollup.contexts.next();
    (Some(lower(rollup.state)), rollup.contexts.items().filter_map(check).collect(), next)
}

fn check(raw: RawCheck) -> Option<Check> {
    let Some(context) = raw.context else {
        let suite = raw.check_suite;
        let (app, run) = suite.map_or((None, None), |suite| (suite.app, suite.workflow_run));
        return Some(Check {
            name: raw.name?,
            id: raw.database_id,
            conclusion: raw.conclusion.filter(|_| raw.status.as_deref() == Some("COMPLETED")).map(lower),
            started_at: raw.started_at,
            completed_at: raw.completed_at,
            url: raw.details_url,
            app: app.map(|app| app.slug),
            run: run.and_then(workflow_run),
        });
    };
    let state = raw.state.map(lower).filter(|state| !matches!(state.as_str(), "pending" | "expected"));
    Some(Check {
        name: context,
        id: None,
        completed_at: raw.created_at.filter(|_| state.is_some()),
        conclusion: state,
        started_at: raw.created_at,
        url: raw.target_url,
        app: raw.creator.map(|creator| creator.login),
        run: None,
    })
}

fn workflow_run(raw: RawRun) -> Option<WorkflowRun> {
    let (number, event, workflow) = (raw.run_number, raw.event, raw.workflow.name);
    Some(WorkflowRun { id: raw.database_id?, number, event, workflow })
}

/// `CHANGES_REQUESTED` as it stands in REST and in events: `changes_requested`.
fn lower(word: SmolStr) -> SmolStr {
    SmolStr::from(word.to_ascii_lowercase())
}
