//! Where the emulator's pull requests differ from GitHub's: it takes a second one for the same branch, makes branches
//! that are not there, knows no files, does not move heads, and refuses merges with other statuses.

use serde_json::{Value, json};

use super::front::{World, refusal};
use super::tables::{Asked, not_found};
use super::wire::{Request, Response};

impl World {
    /// None: GitHub would take it.
    pub fn refuse_pull(&self, asked: &Asked) -> Option<Response> {
        let (head, base) = (asked.text("head")?, asked.text("base")?);
        let branch = head.rsplit(':').next().unwrap_or_default();
        for (field, name) in [("head", branch), ("base", base)] {
            if self.read(asked, &format!("/branches/{name}")).is_none() {
                let error = json!({ "resource": "PullRequest", "field": field, "code": "invalid" });
                return Some(failed(&error));
            }
        }
        let compared = self.read(asked, &format!("/compare/{base}...{branch}"))?;
        let custom = |message: String| {
            failed(&json!({ "resource": "PullRequest", "code": "custom", "message": message }))
        };
        if compared["ahead_by"] == json!(0) {
            return Some(custom(format!("No commits between {base} and {branch}")));
        }
        let owner = asked.repository.split('/').next().unwrap_or_default();
        let open = self.read(asked, &format!("/pulls?state=open&head={owner}:{branch}&base={base}"))?;
        let is_open = open.as_array().is_some_and(|all| !all.is_empty());
        is_open.then(|| custom(format!("A pull request already exists for {owner}:{branch}.")))
    }

    /// None: it goes to the emulator, which knows nothing of heads that moved.
    pub fn refuse_merge(&self, asked: &Asked, number: &str) -> Option<Response> {
        let pull = self.read(asked, &format!("/pulls/{number}"))?;
        if pull["state"] != json!("open") || pull["draft"] == json!(true) {
            return Some(refusal(405, "Pull Request is not mergeable"));
        }
        let Some(moved) = self.moved(asked, &pull) else {
            let is_other = asked.text("sha").is_some_and(|sha| pull["head"]["sha"] != json!(sha));
            return is_other.then(head_was_modified);
        };
        if asked.text("sha").is_some_and(|sha| sha != moved) {
            return Some(head_was_modified());
        }
        let mut body = asked.body.clone();
        body.as_object_mut()?.shift_remove("sha");
        let request = Request { body: body.to_string().into_bytes(), ..asked.request.clone() };
        let mut response = self.emulate(&request, asked.login);
        self.correct(asked, &mut response);
        Some(response)
    }

    pub fn files_of_pull(&self, asked: &Asked, number: &str) -> Response {
        let Some(pull) = self.read(asked, &format!("/pulls/{number}")) else { return not_found() };
        asked.listed(self, self.files(asked, &pull))
    }

    fn files(&self, asked: &Asked, pull: &Value) -> Vec<Value> {
        let head = self.moved(asked, pull).or_else(|| pull["head"]["sha"].as_str().map(str::to_owned));
        let base = pull["base"]["sha"].as_str().unwrap_or_default();
        let path = format!("/compare/{base}...{}", head.unwrap_or_default());
        let compared = self.read(asked, &path).unwrap_or_default();
        compared["files"].as_array().cloned().unwrap_or_default()
    }

    /// Where the head of an open pull request has gone.
    fn moved(&self, asked: &Asked, pull: &Value) -> Option<String> {
        let branch = pull["head"]["ref"].as_str()?.to_owned();
        let tables = self.tables.lock().unwrap();
        let head = tables.heads.get(&(asked.repository.clone(), branch))?;
        if pull["state"] == json!("open") {
            return Some(head.clone());
        }
        let number = pull["number"].to_string();
        tables.extras.get(&(asked.repository.clone(), number))?.head.clone()
    }

    /// Puts right what the emulator answered, and notes which branches have moved.
    pub fn correct(&self, asked: &Asked, response: &mut Response) {
        let rest: Vec<&str> = asked.rest.iter().map(String::as_str).collect();
        if !matches!(rest.first(), Some(&("pulls" | "contents" | "git" | "commits" | "check-runs"))) {
            return;
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return };
        match (asked.method, &rest[..]) {
            ("PUT", ["pulls", _, "merge"]) if response.status == 422 => {
                // Branch rules that do not hold.
                response.status = 405;
            }
            ("POST", ["pulls", _, "requested_reviewers"]) if response.status == 200 => response.status = 201,
            ("PUT", ["pulls", number, "merge"]) if response.status == 200 => self.keep_head(asked, number),
            ("PATCH", ["pulls", number]) if asked.text("state") == Some("closed") => {
                self.keep_head(asked, number);
            }
            ("PUT" | "DELETE", ["contents", ..]) if response.status < 300 => {
                self.note_head(asked, asked.text("branch").unwrap_or("main"), &body["commit"]["sha"]);
            }
            ("PATCH", ["git", "refs", "heads", branch @ ..]) if response.status < 300 => {
                self.note_head(asked, &branch.join("/"), &body["object"]["sha"]);
            }
            ("GET", ["pulls"]) if response.status == 200 => {
                for pull in body.as_array_mut().into_iter().flatten() {
                    self.complete_pull(asked, pull);
                }
            }
            ("GET", ["pulls", _]) if response.status == 200 => {
                let files = self.files(asked, &body);
                let sum = |name: &str| files.iter().filter_map(|file| file[name].as_u64()).sum::<u64>();
                body["additions"] = json!(sum("additions"));
                body["deletions"] = json!(sum("deletions"));
                body["changed_files"] = json!(files.len());
                self.complete_pull(asked, &mut body);
            }
            ("GET", ["commits", name @ .., "check-runs"]) if response.status == 200 => {
                let sha = self.commit_of(asked, &name.join("/")).unwrap_or_default();
                let jobs = self.checks_of_jobs(asked, &sha);
                let total = body["total_count"].as_u64().unwrap_or_default() + jobs.len() as u64;
                body["total_count"] = json!(total);
                body["check_runs"].as_array_mut().into_iter().for_each(|runs| runs.extend(jobs.clone()));
                body["check_runs"]
                    .as_array_mut()
                    .into_iter()
                    .flatten()
                    .for_each(|run| self.count_remarks(run));
            }
            ("POST" | "PATCH", ["check-runs", ..]) if response.status < 300 => {
                let more = asked.body["output"]["annotations"].as_array().map_or(0, |all| all.len() as u64);
                let id = body["id"].as_u64().unwrap_or_default();
                *self.tables.lock().unwrap().remarks.entry(id).or_default() += more;
                self.count_remarks(&mut body);
            }
            _ => return,
        }
        response.body = body.to_string().into_bytes();
    }

    fn count_remarks(&self, run: &mut Value) {
        let tables = self.tables.lock().unwrap();
        if let Some(count) = run["id"].as_u64().and_then(|id| tables.remarks.get(&id)) {
            run["output"]["annotations_count"] = json!(count);
        }
    }

    fn note_head(&self, asked: &Asked, branch: &str, sha: &Value) {
        if let Some(sha) = sha.as_str() {
            let key = (asked.repository.clone(), branch.to_owned());
            self.tables.lock().unwrap().heads.insert(key, sha.to_owned());
        }
    }

    /// What was merged stays so, wherever the branch goes.
    fn keep_head(&self, asked: &Asked, number: &str) {
        let Some(pull) = self.read(asked, &format!("/pulls/{number}")) else { return };
        let key = (asked.repository.clone(), pull["head"]["ref"].as_str().unwrap_or_default().to_owned());
        let mut tables = self.tables.lock().unwrap();
        let head = tables.heads.get(&key).cloned();
        tables.extras(&asked.repository, number).head = head;
    }

    pub fn move_head(&self, asked: &Asked, pull: &mut Value) {
        if let Some(sha) = self.moved(asked, pull) {
            pull["head"]["sha"] = json!(sha);
        }
    }
}

fn failed(error: &Value) -> Response {
    let body = json!({
        "message": "Validation Failed",
        "errors": [error],
        "documentation_url": "https://docs.github.com/rest/pulls/pulls#create-a-pull-request",
        "status": "422",
    });
    Response::json(422, &body)
}

fn head_was_modified() -> Response {
    refusal(409, "Head branch was modified. Review and try the merge again.")
}
