//! What has happened to a deployment: that it was made, and what was said of it since.

use serde_json::{Value, json};

use super::{payload, read};
use crate::forge::deployments::{self, Status};
use crate::forge::pulls::Account as Seen;
use crate::model::{Account, DEPLOYMENT_STATUSES, Deployment, DeploymentStatus, GithubEvent};

/// A deployment as it was found, and in GitHub's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployed {
    pub deployment: Deployment,
    pub body: Value,
    /// Its statuses, in the order of those of the deployment.
    pub statuses: Vec<Value>,
}

impl Deployed {
    pub(super) fn of_forge(found: deployments::Deployment) -> Self {
        let account = |one: Seen| Some(Account { id: one.id?, login: one.login });
        let statuses: Vec<Value> =
            found.statuses.iter().map(|status| said(status, &found.environment)).collect();
        let deployment = Deployment {
            id: found.id,
            environment: found.environment,
            task: found.task,
            branch: found.branch,
            sha: found.sha,
            creator: found.creator.and_then(account),
            created_at: found.created_at,
            updated_at: found.updated_at,
            statuses: statuses.iter().filter_map(read::deployment_status).collect(),
        };
        let body = body(&deployment, found.description.as_deref());
        Self { deployment, body, statuses }
    }
}

/// What an event that GitHub sent tells of a deployment.
pub(super) fn sent(payload: &Value) -> Option<Deployed> {
    let body = payload.get("deployment")?.clone();
    let mut deployment = read::deployment(&body)?;
    let status = payload.get("deployment_status");
    deployment.statuses.extend(status.and_then(read::deployment_status));
    let statuses = status.filter(|_| !deployment.statuses.is_empty()).cloned().into_iter().collect();
    Some(Deployed { deployment, body, statuses })
}

/// With what was known of it before: who tells of one status knows nothing of the others.
pub(super) fn merged(before: Option<&Deployment>, now: &Deployment) -> Deployment {
    let mut all = now.clone();
    if let Some(before) = before {
        let missing = before.statuses.iter().filter(|status| !now.statuses.contains(status));
        let mut statuses: Vec<DeploymentStatus> = missing.chain(&now.statuses).cloned().collect();
        statuses.sort_by_key(|status| status.at);
        all.statuses = statuses;
        all.branch = all.branch.or_else(|| before.branch.clone());
        all.creator = all.creator.or_else(|| before.creator.clone());
        all.updated_at = all.updated_at.max(before.updated_at);
    }
    let surplus = all.statuses.len().saturating_sub(DEPLOYMENT_STATUSES);
    all.statuses.drain(..surplus);
    // When it was changed is told in whole seconds, and by some without its statuses.
    all.updated_at = all.statuses.iter().map(|status| status.at).fold(all.updated_at, Ord::max);
    all
}

/// Between what was known and what is there now.
pub(super) fn events(
    before: Option<&Deployment>,
    now: &Deployment,
    found: &Deployed,
    repository: &str,
) -> Vec<GithubEvent> {
    let mut events = Vec::new();
    let about = ("deployment", found.body.clone());
    if before.is_none() {
        let by = now.creator.as_ref();
        events.push(payload::event("deployment", "created", repository, by, std::slice::from_ref(&about)));
    }
    for (status, said) in found.deployment.statuses.iter().zip(&found.statuses) {
        if before.is_none_or(|before| !before.statuses.contains(status)) && now.statuses.contains(status) {
            let about = [("deployment_status", said.clone()), about.clone()];
            events.push(payload::event("deployment_status", "created", repository, None, &about));
        }
    }
    events
}

fn body(deployment: &Deployment, description: Option<&str>) -> Value {
    json!({
        "id": deployment.id,
        "environment": deployment.environment,
        "task": deployment.task,
        "ref": deployment.branch,
        "sha": deployment.sha,
        "description": description,
        "creator": deployment.creator.as_ref().map(payload::account),
        "created_at": deployment.created_at,
        "updated_at": deployment.updated_at,
    })
}

fn said(status: &Status, environment: &str) -> Value {
    let creator = status.creator.as_ref().map(|who| json!({ "id": who.id, "login": who.login }));
    json!({
        "state": status.state,
        "description": status.description.as_deref().unwrap_or_default(),
        "environment": environment,
        "environment_url": status.environment_url.as_deref().unwrap_or_default(),
        "log_url": status.log_url.as_deref().unwrap_or_default(),
        "target_url": status.log_url.as_deref().unwrap_or_default(),
        "creator": creator,
        "created_at": status.created_at,
    })
}
