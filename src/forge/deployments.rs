//! Deployments with their statuses: one request for a hundred of them.

use serde::Deserialize;
use serde_json::json;
use smol_str::SmolStr;

use super::client::Client;
use super::error::ClientError;
use super::graphql::{Actor, Connection, Named, items, parse};
use super::pulls::{Account, PAGE};
use super::repo::Repository;
use crate::model::Time;

const DEPLOYMENTS: &str = include_str!("queries/deployments.graphql");

/// How many pages are read at most.
const PAGES: usize = 3;

/// Something that was put into an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub id: u64,
    pub environment: SmolStr,
    pub task: SmolStr,
    pub description: Option<String>,
    pub sha: SmolStr,
    /// The branch or tag, if it is there still.
    pub branch: Option<SmolStr>,
    pub creator: Option<Account>,
    pub created_at: Time,
    pub updated_at: Time,
    /// The newest, the oldest of them first.
    pub statuses: Vec<Status>,
}

/// What was said of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `queued`, `waiting`, `pending`, `in_progress`, `success`, `failure`, `error` or `inactive`.
    pub state: SmolStr,
    pub description: Option<String>,
    pub environment_url: Option<String>,
    pub log_url: Option<String>,
    pub created_at: Time,
    pub creator: Option<Account>,
}

/// Reads deployments, the newest first, and goes on to the next page where that is asked for.
pub fn read(
    client: &Client<'_>,
    of: &Repository,
    goes_on: &dyn Fn(&[Deployment]) -> bool,
) -> Result<Vec<Deployment>, ClientError> {
    let mut found: Vec<Deployment> = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let variables = json!({
            "owner": of.owner,
            "name": of.name,
            "first": PAGE,
            "after": after,
        });
        let variables = variables.as_object().cloned().unwrap_or_default();
        let data = client.query(DEPLOYMENTS, &variables)?.data;
        let Data { repository: RawRepository { deployments } } = parse("Deployments", data)?;
        let next = deployments.next();
        for one in deployments.items().filter_map(deployment) {
            // What is made while we read moves the pages.
            if !found.iter().any(|known| known.id == one.id) {
                found.push(one);
            }
        }
        after = match next {
            Some(next) if goes_on(&found) => Some(next),
            _ => break,
        };
    }
    Ok(found)
}

#[derive(Deserialize)]
struct Data {
    repository: RawRepository,
}

#[derive(Deserialize)]
struct RawRepository {
    deployments: Connection<RawDeployment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDeployment {
    database_id: Option<u64>,
    environment: Option<SmolStr>,
    task: Option<SmolStr>,
    description: Option<String>,
    commit_oid: SmolStr,
    #[serde(rename = "ref")]
    branch: Option<Named>,
    creator: Option<Actor>,
    created_at: Time,
    updated_at: Time,
    latest_status: Option<RawStatus>,
    statuses: Option<Connection<RawStatus>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawStatus {
    state: SmolStr,
    description: Option<String>,
    environment_url: Option<String>,
    log_url: Option<String>,
    created_at: Time,
    creator: Option<Actor>,
}

fn deployment(raw: RawDeployment) -> Option<Deployment> {
    let mut statuses: Vec<Status> = items(raw.statuses).map(status).collect();
    // Those of one second are listed the newest first.
    statuses.reverse();
    statuses.sort_by_key(|status| status.created_at);
    // In whichever order they are listed, this one is the newest.
    if let Some(latest) = raw.latest_status.map(status) {
        statuses.retain(|status| *status != latest);
        statuses.push(latest);
    }
    Some(Deployment {
        id: raw.database_id?,
        environment: raw.environment.unwrap_or_default(),
        task: raw.task.unwrap_or_else(|| "deploy".into()),
        description: raw.description.filter(|text| !text.is_empty()),
        sha: raw.commit_oid,
        branch: raw.branch.map(|branch| branch.name),
        creator: raw.creator.map(Into::into),
        created_at: raw.created_at,
        updated_at: raw.updated_at,
        statuses,
    })
}

fn status(raw: RawStatus) -> Status {
    Status {
        state: raw.state.to_ascii_lowercase().into(),
        description: raw.description.filter(|text| !text.is_empty()),
        environment_url: raw.environment_url,
        log_url: raw.log_url,
        created_at: raw.created_at,
        creator: raw.creator.map(Into::into),
    }
}
