//! A check run on a commit that is kept up to date in place, with a summary and remarks on lines. It is known again by its
//! `external_id`, which is made of the project, the name, the commit and the remarks.
//!
//! GitHub adds remarks to those that are there and takes none away; so other remarks make another check run of the same
//! name, which GitHub shows instead.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::{ClientError, RefusedKind};
use super::marker::{Place, escape};
use super::text::cut;
use super::workplace::Workplace;
use super::write_once::Consistency;
use crate::ports::{Call, Method};

/// What GitHub takes of a summary or message, in bytes.
const LONGEST: usize = 65_535;
/// What it takes of the title of a remark, in characters.
const LONGEST_TITLE: usize = 255;
/// What it takes of remarks at once.
const AT_ONCE: usize = 50;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    ActionRequired,
    Cancelled,
    Failure,
    Neutral,
    Skipped,
    Success,
    TimedOut,
}

/// How a check stands that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Queued,
    InProgress,
}

/// How bad it is what a remark says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Notice,
    #[default]
    Warning,
    Failure,
}

/// What a check run is to say.
#[derive(Debug)]
pub struct Check {
    /// The full hash of the commit.
    pub sha: String,
    pub name: String,
    pub standing: Result<Conclusion, Status>,
    pub url: Option<String>,
    pub title: String,
    /// Markdown; what is too long is cut.
    pub summary: String,
    pub remarks: Vec<Remark>,
}

/// A remark on lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// From the root of the repository.
    pub path: String,
    /// From 1, both within.
    pub lines: (u64, u64),
    pub level: Level,
    pub title: Option<String>,
    pub message: String,
}

impl Remark {
    fn sent(&self) -> Value {
        let mut sent = json!({
            "path": self.path,
            "start_line": self.lines.0,
            "end_line": self.lines.1,
            "annotation_level": self.level,
            "message": cut(&self.message, LONGEST),
        });
        if let Some(title) = &self.title {
            sent["title"] = title.chars().take(LONGEST_TITLE).collect::<String>().into();
        }
        sent
    }
}

/// What became of a check run.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub id: Value,
    pub url: Value,
    /// Something of it was not there before.
    pub is_changed: bool,
}

/// Sees to it that there is one check run of this name on the commit that says this.
///
/// # Errors
/// As [`super::Client::write_once`]; what helps against some refusals, [`advice`] says.
pub fn keep(at: &Workplace<'_>, check: &Check) -> Result<Kept, ClientError> {
    Work::new(at, check)?.run()
}

/// What to do about a refusal that the words of GitHub do not explain.
pub fn advice(error: &ClientError) -> Option<&'static str> {
    let is_for_apps = matches!(error, ClientError::Refused(refused)
        if refused.kind == RefusedKind::Permission && refused.message.contains("GitHub App"));
    is_for_apps.then_some(
        "only apps set checks: use GITHUB_TOKEN of a workflow with `checks: write`, or `github.status` instead",
    )
}

struct Work<'w> {
    at: &'w Workplace<'w>,
    sha: String,
    name: &'w str,
    /// The same for all check runs of ours that stand for one another.
    prefix: String,
    external_id: String,
    /// What the check run says, but for its remarks.
    wanted: Map<String, Value>,
    remarks: Vec<Value>,
}

impl<'w> Work<'w> {
    fn new(at: &'w Workplace<'w>, check: &'w Check) -> Result<Self, ClientError> {
        let sha = check.sha.to_ascii_lowercase();
        let remarks: Vec<Value> = check.remarks.iter().map(Remark::sent).collect();
        let repository = at.lasting_name()?;
        let of = Place { kind: "check", repository: &repository, within: None };
        let prefix = format!("orch:{}:", at.markers.name(of, &format!("{sha}/{}", check.name)));
        let external_id = prefix.clone() + &at.markers.name(of, &json!(remarks).to_string());
        let mut wanted = Map::new();
        match check.standing {
            Ok(conclusion) => {
                wanted.insert("status".into(), "completed".into());
                wanted.insert("conclusion".into(), json!(conclusion));
            }
            Err(status) => drop(wanted.insert("status".into(), json!(status))),
        }
        wanted.extend(check.url.as_ref().map(|url| ("details_url".to_owned(), json!(url))));
        let summary = check.summary.replace("\r\n", "\n");
        wanted.insert("output".into(), json!({ "title": check.title, "summary": cut(&summary, LONGEST) }));
        Ok(Self { at, sha, name: &check.name, prefix, external_id, wanted, remarks })
    }

    fn run(&self) -> Result<Kept, ClientError> {
        let there = self.find()?.filter(|run| run["external_id"] == *self.external_id);
        let is_there = there.is_some();
        let mut run = match there {
            Some(run) => run,
            None => self.create()?,
        };
        let mut sent = told(&run).max(if is_there { 0 } else { AT_ONCE.min(self.remarks.len()) });
        let mut is_changed = !is_there;
        while (!is_changed && self.is_different(&run)) || sent < self.remarks.len() {
            is_changed = true;
            let next = (sent + AT_ONCE).min(self.remarks.len()).max(sent);
            run = self.update(&run, sent, next)?;
            sent = next;
        }
        Ok(Kept { id: run["id"].clone(), url: run["html_url"].clone(), is_changed })
    }

    /// The newest one of ours.
    fn find(&self) -> Result<Option<Value>, ClientError> {
        let repository = self.at.repository.path();
        let query = format!("check_name={}&filter=all&per_page=100", escape(self.name));
        let path = format!("{repository}/commits/{}/check-runs?{query}", self.sha);
        let runs = self.at.pages(&path, Some("check_runs"))?;
        let is_ours = |run: &Value| {
            run["external_id"].as_str().is_some_and(|id| id.starts_with(&self.prefix)) && run["id"].is_u64()
        };
        let found = runs.items.into_iter().filter(is_ours).max_by_key(|run| run["id"].as_u64());
        if found.is_none() && runs.is_cut {
            return Err(self.at.unread(&path, "set the check under another `name`"));
        }
        Ok(found)
    }

    fn create(&self) -> Result<Value, ClientError> {
        let mut body = self.body(0);
        body.insert("name".into(), json!(self.name));
        body.insert("head_sha".into(), json!(self.sha));
        body.insert("external_id".into(), json!(self.external_id));
        let path = format!("{}/check-runs", self.at.repository.path());
        let call = Call::new(Method::Post, path, Some(Value::Object(body)));
        let mut look = || Ok(self.find()?.filter(|run| run["external_id"] == *self.external_id));
        Ok(self.at.client.write_unseen(Consistency::Strong, &mut look, &call)?.body())
    }

    /// Says what is wanted, with the remarks from one on to another.
    fn update(&self, run: &Value, from: usize, to: usize) -> Result<Value, ClientError> {
        let path = format!("{}/check-runs/{}", self.at.repository.path(), run["id"]);
        let call = Call::new(Method::Patch, path, Some(Value::Object(self.body(from))));
        let is_done =
            |there: &Value| there["id"] == run["id"] && !self.is_different(there) && told(there) >= to;
        let mut look = || Ok(self.find()?.filter(is_done));
        Ok(self.at.client.write_unseen(Consistency::Strong, &mut look, &call)?.body())
    }

    /// What is sent, with the next remarks.
    fn body(&self, told: usize) -> Map<String, Value> {
        let mut body = self.wanted.clone();
        let remarks: Vec<&Value> = self.remarks.iter().skip(told).take(AT_ONCE).collect();
        if !remarks.is_empty() {
            body["output"]["annotations"] = json!(remarks);
        }
        body
    }

    fn is_different(&self, run: &Value) -> bool {
        let text = |value: &Value| value.as_str().unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
        let same = |name: &str| self.wanted.get(name).is_none_or(|wanted| text(wanted) == text(&run[name]));
        let output = |name: &str| text(&self.wanted["output"][name]) == text(&run["output"][name]);
        !(same("status") && same("conclusion") && same("details_url") && output("title") && output("summary"))
    }
}

/// How many remarks a check run has.
fn told(run: &Value) -> usize {
    run["output"]["annotations_count"]
        .as_u64()
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or_default()
}
