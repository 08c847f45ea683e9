//! Pull requests as the issues that they are too on GitHub, and not in the emulator: in lists of issues, with
//! assignees and milestones, closed and renamed by either name.

use serde_json::{Value, json};

use super::front::World;
use super::tables::{Asked, Tables};
use super::wire::{Request, Response};

/// What the emulator cannot keep of a pull request.
#[derive(Debug, Default, Clone)]
pub struct Extras {
    pub assignees: Vec<Value>,
    pub milestone: Value,
    /// Where its branch was when it was closed or merged.
    pub head: Option<String>,
}

impl World {
    /// None: it is an issue, and the emulator's.
    pub fn pull_as_issue(&self, asked: &Asked, number: &str, rest: &[&str]) -> Option<Response> {
        let pull = self.pull(asked, number)?;
        match (asked.method, rest) {
            ("GET", []) => {}
            ("PATCH", []) => {
                if let Some(response) = self.change_pull(asked, number) {
                    return Some(response);
                }
            }
            ("POST" | "DELETE", ["assignees"]) => {
                let change = |extras: &mut Extras, users: Vec<Value>| {
                    extras.assignees.retain(|known| users.iter().all(|user| user["login"] != known["login"]));
                    if asked.method == "POST" {
                        extras.assignees.extend(users);
                    }
                };
                let users = self.users(&asked.body["assignees"]);
                change(self.tables.lock().unwrap().extras(&asked.repository, number), users);
            }
            _ => return None,
        }
        let status = if asked.method == "POST" { 201 } else { 200 };
        let pull = self.pull(asked, number).unwrap_or(pull);
        Some(Response::json(status, &self.as_issue(asked, &pull)))
    }

    /// A pull request as the front shows it.
    fn pull(&self, asked: &Asked, number: &str) -> Option<Value> {
        let mut pull = self.read(asked, &format!("/pulls/{number}"))?;
        self.complete_pull(asked, &mut pull);
        Some(pull)
    }

    /// Some: the emulator refuses.
    fn change_pull(&self, asked: &Asked, number: &str) -> Option<Response> {
        let body = asked.body.as_object()?;
        let place = format!("/repos/{}", asked.repository);
        let own: serde_json::Map<_, _> = body
            .iter()
            .filter(|(name, _)| ["title", "body", "state"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut sent = vec![("PATCH", format!("{place}/pulls/{number}"), json!(own))];
        if let Some(labels) = body.get("labels") {
            sent.push(("PUT", format!("{place}/issues/{number}/labels"), json!({ "labels": labels })));
        }
        for (method, target, body) in sent {
            let method = method.to_owned();
            let request =
                Request { method, target, headers: Vec::new(), body: body.to_string().into_bytes() };
            let response = self.emulate(&request, asked.login);
            if response.status >= 400 {
                return Some(response);
            }
        }
        let assignees = body.get("assignees").map(|logins| self.users(logins));
        let milestone = body.get("milestone").map(|number| {
            number
                .as_u64()
                .and_then(|number| self.read(asked, &format!("/milestones/{number}")))
                .unwrap_or_default()
        });
        let mut tables = self.tables.lock().unwrap();
        let extras = tables.extras(&asked.repository, number);
        if let Some(assignees) = assignees {
            extras.assignees = assignees;
        }
        if let Some(milestone) = milestone {
            extras.milestone = milestone;
        }
        None
    }

    /// Who is not there is passed over, as on GitHub.
    fn users(&self, logins: &Value) -> Vec<Value> {
        let logins = logins.as_array().into_iter().flatten().filter_map(Value::as_str);
        let there = logins.filter(|login| self.read_path(&format!("/users/{login}")).is_some());
        there.map(|login| self.user(login)).collect()
    }

    /// Adds what the emulator cannot keep.
    pub fn complete_pull(&self, asked: &Asked, pull: &mut Value) {
        self.move_head(asked, pull);
        let mut tables = self.tables.lock().unwrap();
        let extras = tables.extras(&asked.repository, &pull["number"].to_string()).clone();
        pull["assignee"] = extras.assignees.first().cloned().unwrap_or_default();
        pull["assignees"] = json!(extras.assignees);
        pull["milestone"] = extras.milestone;
    }

    fn as_issue(&self, asked: &Asked, pull: &Value) -> Value {
        let url = format!("{}/repos/{}/issues/{}", self.url, asked.repository, pull["number"]);
        let mut issue = json!({
            "url": url,
            "repository_url": format!("{}/repos/{}", self.url, asked.repository),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "state_reason": null,
            "closed_by": null,
            "performed_via_github_app": null,
            "pull_request": {
                "url": pull["url"],
                "html_url": pull["html_url"],
                "diff_url": pull["diff_url"],
                "patch_url": pull["patch_url"],
                "merged_at": pull["merged_at"],
            },
        });
        for name in [
            "html_url",
            "id",
            "node_id",
            "number",
            "title",
            "user",
            "labels",
            "state",
            "locked",
            "assignee",
            "assignees",
            "milestone",
            "comments",
            "created_at",
            "updated_at",
            "closed_at",
            "author_association",
            "draft",
            "body",
        ] {
            issue[name] = pull[name].clone();
        }
        issue
    }

    /// Issues and pull requests in one list.
    pub fn list_issues(&self, asked: &Asked) -> Option<Response> {
        let wanted = |name: &str| asked.query.get(name).map(String::as_str);
        let kept = asked.query.iter().filter(|(name, _)| *name != "page" && *name != "per_page");
        let query: Vec<String> =
            kept.map(|(name, value)| format!("{name}={}", super::tables::encode(value))).collect();
        let mut all = self.every(asked, &format!("/issues?{}", query.join("&")))?;
        let state = wanted("state").unwrap_or("open");
        for mut pull in self.every(asked, &format!("/pulls?state={state}"))? {
            self.complete_pull(asked, &mut pull);
            if is_wanted(&pull, asked) {
                all.push(self.as_issue(asked, &pull));
            }
        }
        let by = match wanted("sort") {
            Some("updated") => "updated_at",
            Some("comments") => "comments",
            _ => "created_at",
        };
        let key = |issue: &Value| {
            let number = issue["number"].as_u64().unwrap_or_default();
            (
                issue[by].as_str().unwrap_or_default().to_owned(),
                issue[by].as_u64().unwrap_or_default(),
                number,
            )
        };
        all.sort_by_key(key);
        if wanted("direction") != Some("asc") {
            all.reverse();
        }
        Some(asked.listed(self, all))
    }

    pub fn comments_since(&self, asked: &Asked, number: &str) -> Option<Response> {
        let since = asked.query.get("since")?;
        let mut all = self.every(asked, &format!("/issues/{number}/comments?sort=created"))?;
        all.retain(|comment| comment["updated_at"].as_str().is_some_and(|time| time >= since.as_str()));
        Some(asked.listed(self, all))
    }

    /// The comments on all issues and pull requests, which the emulator lists for each alone.
    pub fn all_comments(&self, asked: &Asked) -> Option<Response> {
        let mut numbers: Vec<u64> = Vec::new();
        for list in ["/issues?state=all", "/pulls?state=all"] {
            numbers.extend(self.every(asked, list)?.iter().filter_map(|one| one["number"].as_u64()));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut all = Vec::new();
        for number in numbers {
            all.extend(self.every(asked, &format!("/issues/{number}/comments?sort=created"))?);
        }
        let since = asked.query.get("since").cloned().unwrap_or_default();
        all.retain(|comment| comment["updated_at"].as_str().is_some_and(|time| time >= since.as_str()));
        let by = if asked.query.get("sort").is_some_and(|sort| sort == "updated") {
            "updated_at"
        } else {
            "created_at"
        };
        all.sort_by_key(|comment| (comment[by].as_str().map(str::to_owned), comment["id"].as_u64()));
        if asked.query.get("direction").is_some_and(|direction| direction == "desc") {
            all.reverse();
        }
        Some(asked.listed(self, all))
    }

    /// All pages of a list.
    fn every(&self, asked: &Asked, path: &str) -> Option<Vec<Value>> {
        let mut all = Vec::new();
        for page in 1.. {
            let some = self.read(asked, &format!("{path}&per_page=100&page={page}"))?;
            let some = some.as_array()?;
            all.extend(some.iter().cloned());
            if some.len() < 100 {
                break;
            }
        }
        Some(all)
    }
}

impl Tables {
    pub fn extras(&mut self, repository: &str, number: &str) -> &mut Extras {
        self.extras.entry((repository.to_owned(), number.to_owned())).or_default()
    }
}

/// Whether a pull request is in the list of issues that was asked for.
fn is_wanted(pull: &Value, asked: &Asked) -> bool {
    let wanted = |name: &str| asked.query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let has_label =
        |name: &str| pull["labels"].as_array().unwrap().iter().any(|label| label["name"] == *name);
    let assignees = pull["assignees"].as_array().unwrap();
    wanted("labels").is_none_or(|names| names.split(',').all(has_label))
        && wanted("since").is_none_or(|since| pull["updated_at"].as_str().is_some_and(|time| time >= since))
        && wanted("creator").is_none_or(|login| pull["user"]["login"] == *login)
        && wanted("assignee").is_none_or(|login| match login {
            "none" => assignees.is_empty(),
            "*" => !assignees.is_empty(),
            login => assignees.iter().any(|user| user["login"] == *login),
        })
        && wanted("milestone").is_none_or(|number| match number {
            "none" => pull["milestone"].is_null(),
            "*" => !pull["milestone"].is_null(),
            number => number.parse::<u64>().is_ok_and(|number| pull["milestone"]["number"] == number),
        })
}
