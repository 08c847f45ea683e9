//! Workflows and their runs, which the emulator cannot be given, and what starts them.

use serde_json::{Value, json};

use super::front::{World, refusal};
use super::tables::{Asked, Run, is_number, node_id, not_found, now, unprocessable};
use super::wire::Response;

impl World {
    pub fn actions(&self, asked: &Asked, rest: &[&str]) -> Option<Response> {
        Some(match (asked.method, rest) {
            ("GET", ["workflows"]) => {
                let all = self.workflows(asked).iter().map(|one| self.workflow(one)).collect();
                asked.counted(self, "workflows", all)
            }
            ("GET", ["workflows", name]) => match self.named(asked, name) {
                Some(one) => Response::json(200, &self.workflow(&one)),
                None => not_found(),
            },
            ("GET", ["workflows", name, "runs"]) => match self.named(asked, name) {
                Some(one) => self.runs(asked, one["file"].as_str()),
                None => not_found(),
            },
            ("POST", ["workflows", name, "dispatches"]) => self.workflow_dispatch(asked, name),
            ("GET", ["runs"]) => self.runs(asked, None),
            ("GET", ["runs", id]) => match self.run(asked, id) {
                Some(run) => Response::json(200, &self.shown(asked, &run)),
                None => not_found(),
            },
            ("GET", ["runs", id, "jobs"]) => match self.run(asked, id) {
                Some(run) => asked.counted(self, "jobs", self.jobs(&run)),
                None => not_found(),
            },
            ("POST", ["runs", id, what @ ("rerun" | "rerun-failed-jobs" | "cancel")]) => {
                self.change_run(asked, id, what)
            }
            _ => return None,
        })
    }

    fn workflows(&self, asked: &Asked) -> Vec<Value> {
        let tables = self.tables.lock().unwrap();
        tables.workflows.iter().filter(|one| one["repository"] == json!(asked.repository)).cloned().collect()
    }

    /// By its file or its number.
    fn named(&self, asked: &Asked, name: &str) -> Option<Value> {
        let fits = |one: &Value| one["file"] == *name || is_number(one, name);
        self.workflows(asked).into_iter().find(fits)
    }

    fn workflow(&self, one: &Value) -> Value {
        let (repository, file) = (one["repository"].as_str().unwrap(), one["file"].as_str().unwrap());
        let path = format!(".github/workflows/{file}");
        let created = "2026-01-01T00:00:00Z";
        json!({
            "id": one["id"],
            "node_id": node_id("W", one["id"].as_u64().unwrap()),
            "name": file.split('.').next(),
            "path": path,
            "state": "active",
            "created_at": created,
            "updated_at": created,
            "url": format!("{}/repos/{repository}/actions/workflows/{}", self.url, one["id"]),
            "html_url": format!("{}/{repository}/blob/main/{path}", self.url),
            "badge_url": format!("{}/{repository}/workflows/{file}/badge.svg", self.url),
        })
    }

    /// Newest first.
    fn runs(&self, asked: &Asked, workflow: Option<&str>) -> Response {
        let mut runs: Vec<Run> = self.tables.lock().unwrap().runs.clone();
        runs.retain(|run| {
            run.repository == asked.repository && workflow.is_none_or(|file| run.workflow == file)
        });
        runs.sort_by(|a, b| (&b.created, b.id).cmp(&(&a.created, a.id)));
        let wanted = |name: &str| asked.query.get(name).cloned();
        runs.retain(|run| {
            wanted("branch").is_none_or(|branch| run.branch == branch)
                && wanted("event").is_none_or(|event| run.event == event)
                && wanted("head_sha").is_none_or(|sha| run.sha == sha)
                && wanted("actor").is_none_or(|actor| run.actor == actor)
                && wanted("created").is_none_or(|range| is_within(&range, &run.created))
                // One filter for both, as GitHub has it.
                && wanted("status").is_none_or(|word| run.status == word || run.conclusion.as_ref() == Some(&word))
        });
        let (page, link) = asked.page(self, runs.iter().map(|run| json!(run.id)).collect());
        let shown: Vec<Value> = page
            .iter()
            .map(|id| self.shown(asked, runs.iter().find(|run| json!(run.id) == *id).unwrap()))
            .collect();
        let mut response = Response::json(200, &json!({ "total_count": runs.len(), "workflow_runs": shown }));
        response.headers.extend(link);
        response
    }

    fn run(&self, asked: &Asked, id: &str) -> Option<Run> {
        let tables = self.tables.lock().unwrap();
        let wanted: u64 = id.parse().ok()?;
        tables.runs.iter().find(|run| run.repository == asked.repository && run.id == wanted).cloned()
    }

    fn shown(&self, asked: &Asked, run: &Run) -> Value {
        let url = format!("{}/repos/{}/actions/runs/{}", self.url, run.repository, run.id);
        let workflow = self.named(asked, &run.workflow).unwrap_or_default();
        let repository = self.read(asked, "").unwrap();
        let commit = self.read(asked, &format!("/git/commits/{}", run.sha)).unwrap_or_default();
        let actor = self.user(&run.actor);
        json!({
            "id": run.id,
            "name": run.workflow.split('.').next(),
            "node_id": node_id("WFR", run.id),
            "check_suite_id": run.id,
            "check_suite_node_id": node_id("CS", run.id),
            "head_branch": run.branch,
            "head_sha": run.sha,
            "path": format!(".github/workflows/{}", run.workflow),
            "run_number": run.id - 9_000_000,
            "run_attempt": run.attempt,
            "event": run.event,
            "display_title": run.title.as_deref().or(commit["message"].as_str()).unwrap_or_default(),
            "status": run.status,
            "conclusion": run.conclusion,
            "workflow_id": workflow["id"].as_u64().unwrap_or_default(),
            "url": url,
            "html_url": format!("{}/{}/actions/runs/{}", self.url, run.repository, run.id),
            "pull_requests": [],
            "created_at": run.created,
            "updated_at": run.updated,
            "run_started_at": run.started,
            "actor": actor,
            "triggering_actor": actor,
            "jobs_url": format!("{url}/jobs"),
            "logs_url": format!("{url}/logs"),
            "check_suite_url": format!("{}/repos/{}/check-suites/{}", self.url, run.repository, run.id),
            "artifacts_url": format!("{url}/artifacts"),
            "cancel_url": format!("{url}/cancel"),
            "rerun_url": format!("{url}/rerun"),
            "previous_attempt_url": null,
            "workflow_url": format!("{}/repos/{}/actions/workflows/{}", self.url, run.repository, workflow["id"]),
            "head_commit": {
                "id": run.sha,
                "tree_id": commit["tree"]["sha"].as_str().unwrap_or_default(),
                "message": commit["message"].as_str().unwrap_or_default(),
                "timestamp": commit["committer"]["date"].as_str().unwrap_or("2026-01-01T00:00:00Z"),
                "author": { "name": run.actor, "email": format!("{}@example.com", run.actor) },
                "committer": { "name": run.actor, "email": format!("{}@example.com", run.actor) },
            },
            "repository": repository,
            "head_repository": repository,
        })
    }

    fn jobs(&self, run: &Run) -> Vec<Value> {
        let jobs = run.jobs.iter().zip(1..);
        jobs.map(|((name, conclusion), number): (_, u64)| {
            let id = run.id * 100 + number;
            let url = format!("{}/repos/{}/actions/jobs/{id}", self.url, run.repository);
            json!({
                "id": id,
                "run_id": run.id,
                "run_url": format!("{}/repos/{}/actions/runs/{}", self.url, run.repository, run.id),
                "run_attempt": run.attempt,
                "node_id": node_id("J", id),
                "head_sha": run.sha,
                "head_branch": run.branch,
                "url": url,
                "html_url": format!("{}/{}/actions/runs/{}/job/{id}", self.url, run.repository, run.id),
                "status": if conclusion.is_some() { "completed" } else { run.status.as_str() },
                "conclusion": conclusion,
                "created_at": run.created,
                "started_at": run.started,
                "completed_at": conclusion.as_ref().map(|_| &run.updated),
                "name": name,
                "steps": [],
                "check_run_url": format!("{}/repos/{}/check-runs/{id}", self.url, run.repository),
                "labels": ["ubuntu-latest"],
                "runner_id": 1,
                "runner_name": "runner",
                "runner_group_id": 1,
                "runner_group_name": "Default",
                "workflow_name": run.workflow.split('.').next(),
            })
        })
        .collect()
    }

    /// Jobs are check runs too; their suite has the number of the run.
    pub fn checks_of_jobs(&self, asked: &Asked, sha: &str) -> Vec<Value> {
        let runs = self.tables.lock().unwrap().runs.clone();
        let ours = runs.iter().filter(|run| run.repository == asked.repository && run.sha == sha);
        let checks = ours.flat_map(|run| self.jobs(run).into_iter().map(move |job| (run, job)));
        let shown = |(run, job): (&Run, Value)| {
            json!({
                "id": job["id"],
                "node_id": job["node_id"],
                "head_sha": job["head_sha"],
                "name": job["name"],
                "status": job["status"],
                "conclusion": job["conclusion"],
                "started_at": job["started_at"],
                "completed_at": job["completed_at"],
                "external_id": job["node_id"],
                "url": job["check_run_url"],
                "html_url": job["html_url"],
                "details_url": job["html_url"],
                "output": {
                    "title": null,
                    "summary": null,
                    "text": null,
                    "annotations_count": 0,
                    "annotations_url": format!("{}/annotations", job["check_run_url"].as_str().unwrap()),
                },
                "check_suite": { "id": run.id },
                "app": null,
                "pull_requests": [],
            })
        };
        checks.map(shown).collect()
    }

    fn change_run(&self, asked: &Asked, id: &str, what: &str) -> Response {
        let Some(found) = self.run(asked, id) else { return not_found() };
        let mut tables = self.tables.lock().unwrap();
        let run = tables.run(found.id);
        if what == "cancel" {
            if run.status == "completed" {
                return refusal(409, "Cannot cancel a workflow run that is completed.");
            }
            run.complete("cancelled");
            return Response::json(202, &json!({}));
        }
        if run.status != "completed" {
            return refusal(403, "This workflow run is already running");
        }
        let failed = |conclusion: &Option<String>| conclusion.as_deref() != Some("success");
        let again = |conclusion: &Option<String>| what == "rerun" || failed(conclusion);
        if !run.jobs.iter().any(|(_, conclusion)| again(conclusion)) {
            return refusal(403, "This workflow run has no failed jobs");
        }
        for (_, conclusion) in &mut run.jobs {
            if again(conclusion) {
                *conclusion = None;
            }
        }
        "queued".clone_into(&mut run.status);
        run.conclusion = None;
        run.attempt += 1;
        run.started = now();
        run.updated = now();
        Response::json(201, &json!({}))
    }

    fn workflow_dispatch(&self, asked: &Asked, name: &str) -> Response {
        let Some(workflow) = self.named(asked, name) else { return not_found() };
        let Some(git_ref) = asked.text("ref") else {
            return unprocessable("Invalid request.\n\n\"ref\" wasn't supplied.");
        };
        let branch = git_ref.trim_start_matches("refs/heads/");
        let Some(sha) = self.commit_of(asked, branch) else {
            return unprocessable(&format!("No ref found for: {git_ref}"));
        };
        let mut tables = self.tables.lock().unwrap();
        let run = tables.add_run(&asked.repository, workflow["file"].as_str().unwrap(), branch, &sha);
        "workflow_dispatch".clone_into(&mut run.event);
        asked.login.clone_into(&mut run.actor);
        run.title = workflow["title"].as_str().map(|input| format!("deploy {}", asked.body["inputs"][input]));
        let id = run.id;
        tables.dispatches.push(json!({
            "repository": asked.repository,
            "event": "workflow_dispatch",
            "workflow": workflow["file"],
            "run": id,
            "ref": git_ref,
            "inputs": asked.body["inputs"],
        }));
        if asked.body["return_run_details"] != json!(true) {
            return Response::json(204, &Value::Null);
        }
        let details = json!({
            "workflow_run_id": id,
            "run_url": format!("{}/repos/{}/actions/runs/{id}", self.url, asked.repository),
            "html_url": format!("{}/{}/actions/runs/{id}", self.url, asked.repository),
        });
        Response::json(200, &details)
    }

    pub fn repository_dispatch(&self, asked: &Asked) -> Response {
        if self.read(asked, "").is_none() {
            return not_found();
        }
        let Some(kind) = asked.text("event_type") else {
            return unprocessable("Invalid request.\n\n\"event_type\" wasn't supplied.");
        };
        self.tables.lock().unwrap().dispatches.push(json!({
            "repository": asked.repository,
            "event": "repository_dispatch",
            "event_type": kind,
            "client_payload": asked.body["client_payload"],
        }));
        Response::json(204, &Value::Null)
    }
}

/// `>=TIME`, `>TIME`, `<=TIME`, `<TIME`, `FROM..TO` or the start of a time.
fn is_within(range: &str, time: &str) -> bool {
    if let Some((from, to)) = range.split_once("..") {
        return (from == "*" || from <= time) && (to == "*" || time <= to);
    }
    for (sign, holds) in [
        (">=", (|time, bound| time >= bound) as fn(&str, &str) -> bool),
        ("<=", |time, bound| time <= bound),
        (">", |time, bound| time > bound),
        ("<", |time, bound| time < bound),
    ] {
        if let Some(bound) = range.strip_prefix(sign) {
            return holds(time, bound);
        }
    }
    time.starts_with(range)
}
