//! Statuses of commits, and deployments.

use serde_json::{Value, json};

use super::front::World;
use super::tables::{Asked, is_number, node_id, not_found, now, unprocessable};
use super::wire::Response;

impl World {
    pub fn post_status(&self, asked: &Asked, sha: &str) -> Response {
        if sha.len() != 40 || self.read(asked, &format!("/git/commits/{sha}")).is_none() {
            return unprocessable(&format!("No commit found for SHA: {sha}"));
        }
        let state = asked.text("state").unwrap_or_default();
        if !["error", "failure", "pending", "success"].contains(&state) {
            return unprocessable("Validation Failed");
        }
        let (creator, now) = (self.user(asked.login), now());
        let mut tables = self.tables.lock().unwrap();
        let id = tables.id();
        let mut status = json!({
            "url": format!("{}/repos/{}/statuses/{sha}", self.url, asked.repository),
            "avatar_url": creator["avatar_url"],
            "id": id,
            "node_id": node_id("SC", id),
            "state": state,
            "description": asked.body["description"],
            "target_url": asked.body["target_url"],
            "context": asked.text("context").unwrap_or("default"),
            "created_at": now,
            "updated_at": now,
            "creator": creator,
        });
        let shown = Response::json(201, &status);
        status["repository"] = json!(asked.repository);
        status["sha"] = json!(sha);
        tables.statuses.push(status);
        shown
    }

    /// Newest first. None: there is no such commit.
    fn statuses_of(&self, asked: &Asked, name: &str) -> Option<(String, Vec<Value>)> {
        let sha = self.commit_of(asked, name)?;
        let tables = self.tables.lock().unwrap();
        let fits = |one: &&Value| one["repository"] == json!(asked.repository) && one["sha"] == json!(sha);
        let found = tables.statuses.iter().rev().filter(fits).cloned();
        let found = found.map(|mut one| {
            one.as_object_mut().unwrap().retain(|name, _| name != "repository" && name != "sha");
            one
        });
        let found = found.collect();
        Some((sha, found))
    }

    pub fn statuses(&self, asked: &Asked, name: &str) -> Response {
        match self.statuses_of(asked, name) {
            Some((_, all)) => asked.listed(self, all),
            None => not_found(),
        }
    }

    /// The newest of each context.
    pub fn combined(&self, asked: &Asked, name: &str) -> Response {
        let Some((sha, all)) = self.statuses_of(asked, name) else { return not_found() };
        let mut newest: Vec<Value> = Vec::new();
        for one in all {
            if newest.iter().all(|known| known["context"] != one["context"]) {
                newest.push(one);
            }
        }
        let any = |states: &[&str]| newest.iter().any(|one| states.contains(&one["state"].as_str().unwrap()));
        let state = if any(&["failure", "error"]) {
            "failure"
        } else if newest.is_empty() || any(&["pending"]) {
            "pending"
        } else {
            "success"
        };
        let url = format!("{}/repos/{}/commits/{sha}", self.url, asked.repository);
        let total = newest.len();
        let (page, link) = asked.page(self, newest);
        let page: Vec<Value> = page
            .into_iter()
            .map(|mut one| {
                // Within the combined status they have no creator.
                one.as_object_mut().unwrap().shift_remove("creator");
                one
            })
            .collect();
        let mut response = Response::json(
            200,
            &json!({
                "state": state,
                "statuses": page,
                "sha": sha,
                "total_count": total,
                "repository": self.read(asked, "").unwrap(),
                "commit_url": url,
                "url": format!("{url}/status"),
            }),
        );
        response.headers.extend(link);
        response
    }

    pub fn deployments(&self, asked: &Asked, rest: &[&str]) -> Option<Response> {
        Some(match (asked.method, rest) {
            ("POST", []) => self.deploy(asked),
            ("GET", []) => {
                let all = self.of_repository(asked).into_iter().rev();
                let fits = |one: &Value| asked.fits(one, &["sha", "ref", "task", "environment"]);
                asked.listed(self, all.filter(fits).map(without_own).collect())
            }
            ("GET", [id]) => match self.deployment(asked, id) {
                Some(one) => Response::json(200, &without_own(one)),
                None => not_found(),
            },
            ("GET", [id, "statuses"]) => match self.deployment(asked, id) {
                Some(one) => {
                    let all = one["statuses"].as_array().unwrap().iter().rev().cloned().collect();
                    asked.listed(self, all)
                }
                None => not_found(),
            },
            ("POST", [id, "statuses"]) => self.deployment_status(asked, id),
            _ => return None,
        })
    }

    fn of_repository(&self, asked: &Asked) -> Vec<Value> {
        let tables = self.tables.lock().unwrap();
        tables
            .deployments
            .iter()
            .filter(|one| one["repository"] == json!(asked.repository))
            .cloned()
            .collect()
    }

    fn deployment(&self, asked: &Asked, id: &str) -> Option<Value> {
        self.of_repository(asked).into_iter().find(|one| is_number(one, id))
    }

    fn deploy(&self, asked: &Asked) -> Response {
        let Some(name) = asked.text("ref") else {
            return unprocessable("Invalid request.\n\n\"ref\" wasn't supplied.");
        };
        let Some(sha) = self.commit_of(asked, name) else {
            return unprocessable(&format!("No ref found for: {name}"));
        };
        let (creator, now) = (self.user(asked.login), now());
        let mut tables = self.tables.lock().unwrap();
        let id = tables.id();
        let repository = format!("{}/repos/{}", self.url, asked.repository);
        let environment = asked.text("environment").unwrap_or("production");
        let mut deployment = json!({
            "url": format!("{repository}/deployments/{id}"),
            "id": id,
            "node_id": node_id("DE", id),
            "sha": sha,
            "ref": name,
            "task": asked.text("task").unwrap_or("deploy"),
            "payload": asked.body.get("payload").cloned().unwrap_or_else(|| json!({})),
            "original_environment": environment,
            "environment": environment,
            "description": asked.body["description"],
            "creator": creator,
            "created_at": now,
            "updated_at": now,
            "statuses_url": format!("{repository}/deployments/{id}/statuses"),
            "repository_url": repository,
            "transient_environment": asked.body["transient_environment"] == json!(true),
            "production_environment": environment == "production",
        });
        let shown = Response::json(201, &deployment);
        deployment["repository"] = json!(asked.repository);
        deployment["statuses"] = json!([]);
        tables.deployments.push(deployment);
        shown
    }

    fn deployment_status(&self, asked: &Asked, id: &str) -> Response {
        let Some(found) = self.deployment(asked, id) else { return not_found() };
        let state = asked.text("state").unwrap_or_default();
        let known = ["error", "failure", "inactive", "pending", "success", "queued", "in_progress"];
        if !known.contains(&state) {
            return unprocessable("Validation Failed");
        }
        let (creator, now) = (self.user(asked.login), now());
        let mut tables = self.tables.lock().unwrap();
        let number = tables.id();
        let url = found["url"].as_str().unwrap();
        let status = json!({
            "url": format!("{url}/statuses/{number}"),
            "id": number,
            "node_id": node_id("DES", number),
            "state": state,
            "creator": creator,
            "description": asked.text("description").unwrap_or_default(),
            "environment": asked.text("environment").or(found["environment"].as_str()),
            "target_url": asked.text("log_url").unwrap_or_default(),
            "created_at": now,
            "updated_at": now,
            "deployment_url": url,
            "repository_url": found["repository_url"],
            "environment_url": asked.text("environment_url").unwrap_or_default(),
            "log_url": asked.text("log_url").unwrap_or_default(),
        });
        let deployment = tables.deployments.iter_mut().find(|one| one["id"] == found["id"]).unwrap();
        deployment["updated_at"] = json!(now);
        deployment["statuses"].as_array_mut().unwrap().push(status.clone());
        Response::json(201, &status)
    }
}

/// Without what only the table needs.
fn without_own(mut deployment: Value) -> Value {
    deployment.as_object_mut().unwrap().retain(|name, _| name != "repository" && name != "statuses");
    deployment
}
