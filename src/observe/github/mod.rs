//! What happens on GitHub: what a look at a repository found, and events that GitHub sent, compared with what the
//! state remembers. Both end in the same facts, so that the same thing is news once.
//!
//! Everything here is pure; who looks is `forge`.

mod builds;
mod commands;
mod delivered;
mod deployments;
mod issues;
mod look;
mod names;
mod payload;
mod pulls;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;
use smol_str::SmolStr;

use crate::model::{
    Build, Config, Duration, FlowFact, Github, GithubEvent, GithubFilter, GithubItem, GithubKind,
    GithubResult, Issue, On, Project, Pull, Subject, Time,
};

pub use commands::{Commanded, commands};
pub use delivered::{Delivered, delivered};
pub use deployments::Deployed;
pub use look::{Looked, look};
pub use read::{build, comment, issue};

/// The largest event that is taken in, in bytes: it becomes part of the state.
pub const LARGEST: u64 = 512 << 10;

/// How far the clock of this machine may be ahead of GitHub's: from when on changes count after the first look.
const SKEW: Duration = Duration::from_minutes(10);

/// What a look found. What was not looked at is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Look {
    /// `owner/name`.
    pub repository: SmolStr,
    /// The open ones, and those that were open when it was looked last, as they ended.
    pub pulls: Option<Vec<Pull>>,
    /// Those that changed since it was looked last, with what GitHub says of each.
    pub issues: Option<Vec<(Issue, Value)>>,
    /// At the first look: the highest number of an issue or pull request.
    pub highest: u64,
    pub comments: Option<Vec<Comment>>,
    pub builds: Option<Vec<(Build, Value)>>,
    /// The newest, the oldest of them first.
    pub deployments: Option<Vec<Deployed>>,
}

/// A comment on an issue or a pull request.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub id: u64,
    pub at: Time,
    /// Of the issue or pull request.
    pub number: u64,
    pub is_pull: bool,
    /// As GitHub gives it.
    pub body: Value,
}

/// What must be looked at for the triggers of workflows.
pub fn kinds(config: &Config) -> BTreeSet<GithubKind> {
    let of_objectives = config.objectives.iter().filter_map(|objective| match objective.subject {
        Subject::PullReview | Subject::Check => Some(GithubKind::Pulls),
        Subject::Build => Some(GithubKind::Builds),
        Subject::Deployment => Some(GithubKind::Deployments),
        Subject::Review | Subject::ReviewTotal | Subject::Task | Subject::Response => None,
    });
    let project = &config.project;
    let of_commands = project.github_commands.then_some(GithubKind::Comments);
    let of_tasks = (!project.github_tasks.is_empty()).then_some(GithubKind::Issues);
    let of_results = project.github_results.iter().map(|result| match result {
        GithubResult::PullRequest => GithubKind::Pulls,
        GithubResult::Run => GithubKind::Builds,
    });
    let of_triggers = filters(config).filter_map(|filter| kind_of(&filter.event));
    let of_isolation = config.watches_isolation().then_some(GithubKind::Pulls);
    of_triggers
        .chain(of_objectives)
        .chain(of_commands)
        .chain(of_tasks)
        .chain(of_results)
        .chain(of_isolation)
        .collect()
}

fn filters(config: &Config) -> impl Iterator<Item = &GithubFilter> {
    let enabled = config.workflows.values().filter(|workflow| workflow.enabled);
    let lists = enabled.flat_map(|workflow| &workflow.triggers).filter_map(|trigger| match &trigger.on {
        On::Github(filters) => Some(filters),
        _ => None,
    });
    lists.flatten()
}

/// What a look finds the events of this name out by; none: they only count where GitHub sends them.
fn kind_of(event: &str) -> Option<GithubKind> {
    match event {
        "pull_request" | "pull_request_review" | "check_run" => Some(GithubKind::Pulls),
        "issues" => Some(GithubKind::Issues),
        "issue_comment" => Some(GithubKind::Comments),
        "workflow_run" => Some(GithubKind::Builds),
        "deployment" | "deployment_status" => Some(GithubKind::Deployments),
        _ => None,
    }
}

/// What is to be told to the state: of an event that GitHub sent, and of a look.
pub fn all(
    project: &Project,
    known: &Github,
    event: Option<&Delivered>,
    look: Option<&Look>,
    now: Time,
) -> Vec<FlowFact> {
    let mut known = known.clone();
    let mut facts: Vec<FlowFact> =
        event.and_then(|event| delivered(project, &known, event)).into_iter().collect();
    for fact in &facts {
        if let FlowFact::GithubSeen { item, delivered, .. } = fact {
            known.see(item, *delivered);
        }
    }
    facts.extend(look.into_iter().flat_map(|look| news(project, &known, look, now)));
    facts
}

/// Whether anything waits for events of this name.
pub fn is_awaited(config: &Config, event: &str) -> bool {
    let project = &config.project;
    let is_of_project = match event {
        "issue_comment" => project.github_commands,
        "issues" => !project.github_tasks.is_empty(),
        "pull_request" => project.github_results.contains(&GithubResult::PullRequest),
        "workflow_run" => project.github_results.contains(&GithubResult::Run),
        _ => false,
    };
    is_of_project || filters(config).any(|filter| filter.event == event)
}

/// Whether anything on GitHub is waited for.
pub fn is_wanted(config: &Config) -> bool {
    filters(config).next().is_some()
        || config.project.github_commands
        || !config.project.github_tasks.is_empty()
        || !config.project.github_results.is_empty()
        || config.watches_isolation()
        || config.objectives.iter().any(|one| one.subject.is_on_github())
}

/// What of a look the state does not know.
fn news(project: &Project, known: &Github, look: &Look, now: Time) -> Vec<FlowFact> {
    let nothing = Github::default();
    let is_same = known.is_of(&look.repository);
    let known = if is_same { known } else { &nothing };
    let mut facts = Vec::new();
    let begin = |kind: GithubKind, facts: &mut Vec<FlowFact>| -> bool {
        let is_first = !known.through.contains_key(&kind);
        if is_first {
            let repository = look.repository.clone();
            let comments = || look.comments.iter().flatten().map(|comment| comment.id);
            let highest = match kind {
                GithubKind::Issues => look.highest,
                GithubKind::Comments => comments().max().unwrap_or_default(),
                GithubKind::Pulls | GithubKind::Builds | GithubKind::Deployments => 0,
            };
            facts.push(seen(GithubItem::Watched { repository, kind, at: now - SKEW, highest }, Vec::new()));
        }
        is_first
    };
    if let Some(found) = &look.pulls {
        let is_first = begin(GithubKind::Pulls, &mut facts);
        for found in found {
            let before = known.pulls.get(&found.number).map(AsRef::as_ref);
            let pull = &pulls::completed(before, found);
            let was_closed = known.closed.contains(&pull.number);
            let events = || pulls::events(before, was_closed, pull, &look.repository);
            add(known, is_first, GithubItem::Pull(Box::new(pull.clone())), events, &mut facts);
        }
    }
    if let Some(found) = &look.issues {
        let is_first = begin(GithubKind::Issues, &mut facts);
        for (issue, body) in found.iter().filter(|(issue, _)| !issue.closed || is_known(known, issue)) {
            let issue = read::with_body(issue.clone(), body, project);
            let events = || issues::events(known, &issue, body, &look.repository);
            add(known, is_first, GithubItem::Issue(Box::new(issue.clone())), events, &mut facts);
        }
    }
    if let Some(found) = &look.comments {
        let is_first = begin(GithubKind::Comments, &mut facts);
        // Those that are there at the first look are known by the highest id.
        for comment in found.iter().filter(|_| !is_first) {
            let item = GithubItem::Comment { id: comment.id, at: comment.at };
            add(known, is_first, item, || vec![payload::comment(comment, &look.repository)], &mut facts);
        }
    }
    if let Some(found) = &look.builds {
        let is_first = begin(GithubKind::Builds, &mut facts);
        for (build, body) in found {
            let before = known.builds.get(&build.id).map(AsRef::as_ref);
            let events = || builds::events(before, build, body, &look.repository);
            add(known, is_first, GithubItem::Build(Box::new(build.clone())), events, &mut facts);
        }
    }
    if let Some(found) = &look.deployments {
        let is_first = begin(GithubKind::Deployments, &mut facts);
        for found in found {
            let before = known.deployments.get(&found.deployment.id).map(AsRef::as_ref);
            let now = deployments::merged(before, &found.deployment);
            let events = || deployments::events(before, &now, found, &look.repository);
            add(known, is_first, GithubItem::Deployment(Box::new(now.clone())), events, &mut facts);
        }
    }
    facts
}

/// Whether an issue that is closed was open when it was looked last, or has come since.
fn is_known(known: &Github, issue: &Issue) -> bool {
    known.issues.contains_key(&issue.number) || issue.number > known.highest
}

/// Adds what is news; what is there at the first look is known from then on, and nothing has happened to it.
fn add(
    known: &Github,
    is_first: bool,
    item: GithubItem,
    events: impl FnOnce() -> Vec<GithubEvent>,
    facts: &mut Vec<FlowFact>,
) {
    if is_first || known.is_news(&item) {
        facts.push(seen(item, if is_first { Vec::new() } else { events() }));
    }
}

fn seen(item: GithubItem, events: Vec<GithubEvent>) -> FlowFact {
    FlowFact::GithubSeen { item, events, delivered: false }
}
