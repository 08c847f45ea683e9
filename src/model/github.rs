//! What the state remembers of a repository on GitHub, and what was seen there. Frozen like the facts.
//!
//! Whatever tells of GitHub, a look at it or an event that GitHub sent, is compared with what is remembered: the same
//! thing is news once, whoever sees it first.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use super::{Code, Deployment, IsolationBreach, IsolationVerdict, Name, Time};

/// How many pull requests that were closed are remembered by their numbers.
const CLOSED: usize = 500;
/// How many events that GitHub sent are remembered by their ids.
const DELIVERIES: usize = 500;
/// How many comments are remembered by their ids.
const COMMENTS: usize = 500;
/// How many workflow runs are remembered that have ended.
const ENDED_BUILDS: usize = 200;
/// How many deployments are remembered, of those that have ended and of those that never will.
const DEPLOYMENTS: usize = 100;

/// The workflow that shows tasks on their issues.
pub const SHOW_TASKS: &str = "show-tasks-on-issues";

/// What is looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GithubKind {
    /// With their reviews and checks.
    Pulls,
    Issues,
    Comments,
    /// Runs of GitHub's own workflows.
    Builds,
    /// With their statuses.
    Deployments,
}

impl GithubKind {
    pub const ALL: [Self; 5] = [Self::Pulls, Self::Issues, Self::Comments, Self::Builds, Self::Deployments];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pulls => "pull requests",
            Self::Issues => "issues",
            Self::Comments => "comments",
            Self::Builds => "workflow runs",
            Self::Deployments => "deployments",
        }
    }
}

/// What the state knows of the repository.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Github {
    /// `owner/name`. Of another repository nothing here counts.
    #[serde(default)]
    pub repository: SmolStr,
    /// What has been looked at, and up to which change.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub through: BTreeMap<GithubKind, Time>,
    /// The open ones, by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pulls: BTreeMap<u64, Box<Pull>>,
    /// The newest that were closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<u64>,
    /// The highest number of an issue so far; numbers rise with time.
    #[serde(default)]
    pub highest: u64,
    /// The open ones, by number; pull requests are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub issues: BTreeMap<u64, Box<Issue>>,
    /// All comments up to this id are known.
    #[serde(default)]
    pub comment: u64,
    /// The newest others that are known, by their ids, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<u64>,
    /// Those that go on and the newest others, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub builds: BTreeMap<u64, Box<Build>>,
    /// The tasks that stand for issues, by the numbers of these, until the end of the task is shown there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<u64, IssueLink>,
    /// The newest of those that go on, and of the others, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deployments: BTreeMap<u64, Box<Deployment>>,
    /// What clocks have said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<GithubMark>,
    /// What breaks the isolation of branches, as it was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<IsolationBreach>,
    /// What was last said of the heads of open pull requests, by their numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judged: BTreeMap<u64, Box<IsolationVerdict>>,
    /// The newest events that GitHub sent and that are about nothing else here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<SmolStr>,
}

/// A task that stands for an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueLink {
    pub task: Code,
    /// Whether the task has changed since its state was shown on the issue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// With `stale`: showing it failed, and is not tried again before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Time>,
    /// Whether the issue is closed, as far as was seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// What people are shown of a task on its issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownTask {
    /// Of the issue.
    pub number: u64,
    pub code: Code,
    /// As a sentence says it: `in review`.
    pub status: SmolStr,
    /// Who has it, as people call that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_on: Vec<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// Of the present round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<ShownReview>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What the issue is to be: `open` or `closed`; as it is, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SmolStr>,
    /// With `closed`: `completed` or `not_planned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SmolStr>,
}

/// A review, as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownReview {
    #[serde(rename = "type")]
    pub kind: Name,
    pub status: SmolStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
}

/// What a clock runs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GithubThing {
    Pull { number: u64 },
    Check { number: u64, name: SmolStr },
    Build { id: u64 },
    Deployment { id: u64, environment: SmolStr },
}

impl fmt::Display for GithubThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pull { number } => write!(f, "pull request {number}"),
            Self::Check { number, name } => write!(f, "check `{name}` of pull request {number}"),
            Self::Build { id } => write!(f, "workflow run {id}"),
            Self::Deployment { id, environment } => write!(f, "deployment {id} to `{environment}`"),
        }
    }
}

/// What a clock has said: a warning at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubMark {
    pub objective: Name,
    pub about: GithubThing,
    pub due: Time,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exceeded: bool,
    /// The level that was escalated to; 0: none.
    #[serde(default)]
    pub level: u8,
}

/// An account of GitHub. Names change hands, numbers do not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    pub id: u64,
    pub login: SmolStr,
}

/// An open pull request, as it was seen last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    /// None: the account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Account>,
    pub state: PullState,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// Its branch.
    pub head: SmolStr,
    pub sha: SmolStr,
    /// Whether the branch is in another repository.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fork: bool,
    /// The branch that it is to be merged into.
    pub base: SmolStr,
    pub created_at: Time,
    pub updated_at: Time,
    /// When it was a draft no more, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<SmolStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignees: Vec<SmolStr>,
    /// Who is asked for a review and has not given one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<SmolStr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<PullReview>,
    /// Of its last commit, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<SmolStr, Check>,
    /// The first 100 files that it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SmolStr>,
    #[serde(default)]
    pub changed_files: u32,
    #[serde(default)]
    pub additions: u32,
    #[serde(default)]
    pub deletions: u32,
    /// The tasks that its text or its branch names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Code>,
    /// The issues that its text says it closes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closes: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    Open,
    Closed,
    Merged,
}

/// A review that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullReview {
    pub id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Account>,
    /// `approved`, `changes_requested`, `commented` or `dismissed`.
    pub state: SmolStr,
    pub at: Time,
    /// The commit that was reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha: Option<SmolStr>,
}

/// A check or a status of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `success`, `failure`, …; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
}

/// An open issue, as it was seen last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    pub number: u64,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Account>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Why it is closed: `completed`, `not_planned` or `duplicate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SmolStr>,
    pub created_at: Time,
    pub updated_at: Time,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<SmolStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignees: Vec<SmolStr>,
    /// What it says, of those that become tasks; the task remembers it, and the issue its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<SmolStr>,
}

impl Issue {
    fn without_body(&self) -> Self {
        Self { body: None, ..self.clone() }
    }
}

/// A run of one of GitHub's workflows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    pub id: u64,
    /// Of the workflow.
    pub name: String,
    pub branch: SmolStr,
    pub sha: SmolStr,
    /// What it came of: `push`, `pull_request`, …
    pub event: SmolStr,
    /// From 1; a job that is run again makes another attempt.
    pub attempt: u32,
    /// `success`, `failure`, …; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<SmolStr>,
    /// Whether it has begun, and does not wait for a machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub running: bool,
    pub started_at: Time,
    pub updated_at: Time,
    /// The tasks that its name names, if it was started by `workflow_dispatch`: only who may write can do that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Code>,
}

/// One thing, as it was seen now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GithubItem {
    /// It is looked at for the first time, in this repository: what is there already is no news.
    Watched {
        repository: SmolStr,
        kind: GithubKind,
        at: Time,
        /// Of issues the highest number that there is, of comments the highest id.
        #[serde(default)]
        highest: u64,
    },
    Pull(Box<Pull>),
    Issue(Box<Issue>),
    Comment {
        id: u64,
        at: Time,
    },
    Build(Box<Build>),
    Deployment(Box<Deployment>),
    /// An event that GitHub sent, by its id.
    Delivery(SmolStr),
}

/// What happened to it, as GitHub tells of such events: `pull_request`, `opened`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GithubEvent {
    pub event: SmolStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<SmolStr>,
    /// As GitHub sends it, or the fields of it that a look finds out.
    pub payload: Value,
}

impl GithubEvent {
    /// `pull_request.opened`.
    pub fn name(&self) -> String {
        match &self.action {
            Some(action) => format!("{}.{action}", self.event),
            None => self.event.to_string(),
        }
    }
}

impl GithubItem {
    /// The change that it is as of; none where nothing later can come of it.
    pub fn at(&self) -> Option<Time> {
        match self {
            Self::Watched { at, .. } | Self::Comment { at, .. } => Some(*at),
            Self::Pull(pull) => Some(pull.updated_at),
            Self::Issue(issue) => Some(issue.updated_at),
            Self::Build(build) => Some(build.updated_at),
            Self::Deployment(deployment) => Some(deployment.updated_at),
            Self::Delivery(_) => None,
        }
    }

    pub const fn kind(&self) -> Option<GithubKind> {
        match self {
            Self::Watched { kind, .. } => Some(*kind),
            Self::Pull(_) => Some(GithubKind::Pulls),
            Self::Issue(_) => Some(GithubKind::Issues),
            Self::Comment { .. } => Some(GithubKind::Comments),
            Self::Build(_) => Some(GithubKind::Builds),
            Self::Deployment(_) => Some(GithubKind::Deployments),
            Self::Delivery(_) => None,
        }
    }
}

impl Github {
    /// Whether this is what is known of a repository: GitHub takes names in whatever case.
    pub fn is_of(&self, repository: &str) -> bool {
        self.repository.eq_ignore_ascii_case(repository)
    }

    /// Whether it leads on from what is known: it is another than that, and no older.
    pub fn is_news(&self, item: &GithubItem) -> bool {
        match item {
            GithubItem::Watched { repository, kind, .. } => {
                !self.is_of(repository) || !self.through.contains_key(kind)
            }
            GithubItem::Pull(pull) => match self.pulls.get(&pull.number) {
                Some(known) => known != pull && known.updated_at <= pull.updated_at,
                None => !(pull.state != PullState::Open && self.closed.contains(&pull.number)),
            },
            GithubItem::Issue(issue) => match self.issues.get(&issue.number) {
                Some(known) => **known != issue.without_body() && known.updated_at <= issue.updated_at,
                None => !issue.closed || issue.number > self.highest,
            },
            GithubItem::Comment { id, .. } => *id > self.comment && self.comments.binary_search(id).is_err(),
            GithubItem::Build(build) => self.builds.get(&build.id).is_none_or(|known| {
                known != build && (known.attempt, known.updated_at) <= (build.attempt, build.updated_at)
            }),
            GithubItem::Deployment(now) => match self.deployments.get(&now.id) {
                Some(known) => known != now && known.updated_at <= now.updated_at,
                None => !self.is_past(now),
            },
            GithubItem::Delivery(id) => !self.deliveries.contains(id),
        }
    }

    /// Remembers it. What GitHub sends says nothing of what has changed before it: only a look is whole up to what it saw.
    pub fn see(&mut self, item: &GithubItem, delivered: bool) {
        match item {
            GithubItem::Watched { repository, highest, kind, .. } => {
                if !self.is_of(repository) {
                    // Tasks stay those of issues of these numbers.
                    let links = std::mem::take(&mut self.links);
                    *self = Self { repository: repository.clone(), links, ..Self::default() };
                }
                match kind {
                    GithubKind::Comments => self.comment = self.comment.max(*highest),
                    _ => self.highest = self.highest.max(*highest),
                }
            }
            GithubItem::Pull(pull) if pull.state == PullState::Open => {
                self.closed.retain(|number| *number != pull.number);
                self.pulls.insert(pull.number, pull.clone());
            }
            GithubItem::Pull(pull) => {
                self.pulls.remove(&pull.number);
                self.judged.remove(&pull.number);
                remember(&mut self.closed, pull.number, CLOSED);
            }
            GithubItem::Issue(issue) => {
                if !delivered {
                    self.highest = self.highest.max(issue.number);
                }
                if let Some(link) = self.links.get_mut(&issue.number) {
                    link.closed = issue.closed;
                }
                if issue.closed {
                    self.issues.remove(&issue.number);
                } else {
                    self.issues.insert(issue.number, Box::new(issue.without_body()));
                }
            }
            GithubItem::Comment { id, .. } => self.see_comment(*id),
            GithubItem::Build(build) => {
                self.builds.insert(build.id, build.clone());
                self.forget_builds();
            }
            GithubItem::Deployment(deployment) => {
                self.deployments.insert(deployment.id, deployment.clone());
                self.forget_deployments();
            }
            GithubItem::Delivery(id) => remember(&mut self.deliveries, id.clone(), DELIVERIES),
        }
        // Of what is over, a warning alone is of no use any more; a breach is until it is said that it is over.
        let over: Vec<bool> =
            self.marks.iter().map(|mark| !mark.exceeded && self.is_over(&mark.about)).collect();
        let mut over = over.into_iter();
        self.marks.retain(|_| !over.next().unwrap_or_default());
        if let (Some(kind), Some(at), false) = (item.kind(), item.at(), delivered) {
            let through = self.through.entry(kind).or_insert(at);
            *through = at.max(*through);
        }
    }

    fn see_comment(&mut self, id: u64) {
        if let (true, Err(place)) = (id > self.comment, self.comments.binary_search(&id)) {
            self.comments.insert(place, id);
        }
        if self.comments.len() > COMMENTS {
            self.comment = self.comments.remove(0);
        }
    }

    fn is_over(&self, about: &GithubThing) -> bool {
        match about {
            GithubThing::Pull { number } => {
                self.pulls.get(number).is_none_or(|pull| pull.draft || !pull.reviews.is_empty())
            }
            GithubThing::Check { number, name } => self
                .pulls
                .get(number)
                .and_then(|pull| pull.checks.get(name))
                .is_none_or(|check| check.conclusion.is_some()),
            GithubThing::Build { id } => self.builds.get(id).is_none_or(|build| build.conclusion.is_some()),
            GithubThing::Deployment { id, .. } => self.deployments.get(id).is_none_or(|one| one.is_over()),
        }
    }

    /// Remembers what a clock said.
    pub fn say(
        &mut self,
        objective: &Name,
        about: &GithubThing,
        due: Time,
        change: impl FnOnce(&mut GithubMark),
    ) {
        let is_it = |mark: &GithubMark| (&mark.objective, &mark.about, mark.due) == (objective, about, due);
        let index = self.marks.iter().position(is_it).unwrap_or_else(|| {
            let (objective, about) = (objective.clone(), about.clone());
            self.marks.push(GithubMark { objective, about, due, exceeded: false, level: 0 });
            self.marks.len() - 1
        });
        change(&mut self.marks[index]);
    }

    /// The oldest that have ended; ids rise with time.
    fn forget_builds(&mut self) {
        let ended = || self.builds.values().filter(|build| build.conclusion.is_some());
        if let Some(surplus) = ended().count().checked_sub(ENDED_BUILDS) {
            let old: Vec<u64> = ended().map(|build| build.id).take(surplus).collect();
            self.builds.retain(|id, _| !old.contains(id));
        }
    }
}

impl Github {
    /// Whether a deployment that is not known is from before the first look, or forgotten; ids rise with time.
    pub fn is_past(&self, deployment: &Deployment) -> bool {
        let alike = || self.deployments.values().filter(|one| one.is_over() == deployment.is_over());
        let is_older = |than: Option<u64>| than.is_some_and(|id| deployment.id < id);
        is_older(self.deployments.keys().next().copied())
            || is_older(alike().next().map(|one| one.id)) && alike().count() >= DEPLOYMENTS
    }

    /// The oldest, of those that have ended and of those that go on: many are never told to have ended.
    fn forget_deployments(&mut self) {
        for over in [true, false] {
            let of_kind = || self.deployments.values().filter(|one| one.is_over() == over);
            if let Some(surplus) = of_kind().count().checked_sub(DEPLOYMENTS) {
                let old: Vec<u64> = of_kind().map(|one| one.id).take(surplus).collect();
                self.deployments.retain(|id, _| !old.contains(id));
            }
        }
    }
}

fn remember<T>(list: &mut Vec<T>, item: T, most: usize) {
    list.push(item);
    if list.len() > most {
        list.remove(0);
    }
}
