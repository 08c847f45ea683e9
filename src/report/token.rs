//! What the token of a job must be allowed to do for a project's ticks: nothing that its configuration does not use
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions>).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Act, Config, GithubKind, On, Step};

use super::plural::join_and;

/// What a job for the ticks of a project needs beside the right to push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobNeeds {
    /// Scopes of the token with `read` or `write`, and what for.
    pub rights: Vec<(&'static str, &'static str, String)>,
    /// Those of the jobs that steps with `runs_on` are done in; none: there are no such steps.
    pub runners: Option<Vec<(&'static str, &'static str, String)>>,
    /// Secrets of steps, by name.
    pub secrets: Vec<String>,
    /// The history of the default branch, for triggers on commits.
    pub history: bool,
}

/// What each action writes on GitHub.
const WRITES: &[(&str, &[&str])] = &[
    ("github.assign", &["issues", "pull-requests"]),
    ("github.check", &["checks"]),
    ("github.comment", &["issues", "pull-requests"]),
    ("github.dispatch", &["actions"]),
    ("github.issue", &["issues"]),
    ("github.label", &["issues", "pull-requests"]),
    ("github.merge", &["pull-requests"]),
    ("github.milestone", &["issues", "pull-requests"]),
    ("github.pull_request", &["pull-requests"]),
    ("github.rerun", &["actions"]),
    ("github.review", &["pull-requests"]),
    ("github.status", &["statuses"]),
];

/// `kinds` is what ticks look at on GitHub.
pub fn job_needs(config: &Config, kinds: &BTreeSet<GithubKind>) -> JobNeeds {
    let mut reads: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for kind in kinds {
        for scope in scopes_of(*kind) {
            reads.entry(scope).or_default().insert(kind.as_str());
        }
    }
    let mut writes: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    let steps = config.workflows.values().flat_map(crate::model::Workflow::all_steps);
    for action in steps.flat_map(actions) {
        let scopes = WRITES.iter().find(|(name, _)| *name == action).map_or(&[][..], |(_, scopes)| scopes);
        for scope in scopes {
            writes.entry(scope).or_default().insert(action);
        }
    }
    let is_away = |step: &&Step| step.runs_on.is_some();
    let away: Vec<&Step> =
        config.workflows.values().flat_map(crate::model::Workflow::all_steps).filter(is_away).collect();
    if !away.is_empty() {
        writes.entry("actions").or_default().insert("`runs_on`");
    }
    let words = |what: &BTreeSet<&str>| join_and(&what.iter().copied().collect::<Vec<_>>());
    let read = reads.iter().filter(|(scope, _)| !writes.contains_key(*scope));
    let read = read.map(|(scope, what)| (*scope, "read", format!("to look at {}", words(what))));
    let write = writes.iter().map(|(scope, what)| (*scope, "write", format!("for {}", words(what))));
    let mut rights: Vec<_> = read.chain(write).collect();
    rights.sort();
    let runners = away.iter().filter_map(|step| match &step.act {
        Act::Call { action, .. } => WRITES.iter().find(|(name, _)| name == action),
        _ => None,
    });
    let runners: BTreeMap<_, _> =
        runners.flat_map(|(action, scopes)| scopes.iter().map(move |scope| (*scope, *action))).collect();
    let runners = runners.into_iter().map(|(scope, action)| (scope, "write", format!("for {action}")));
    let triggers = config.workflows.values().flat_map(|workflow| &workflow.triggers);
    JobNeeds {
        runners: (!away.is_empty()).then(|| runners.collect()),
        rights,
        secrets: config.project.secrets.iter().map(ToString::to_string).collect(),
        history: triggers.into_iter().any(|trigger| matches!(trigger.on, On::Commits { .. })),
    }
}

const fn scopes_of(kind: GithubKind) -> &'static [&'static str] {
    match kind {
        GithubKind::Pulls => &["pull-requests", "checks", "statuses"],
        GithubKind::Issues => &["issues"],
        GithubKind::Comments => &["issues", "pull-requests"],
        GithubKind::Builds => &["actions"],
        GithubKind::Deployments => &["deployments"],
    }
}

/// What a step calls, and what undoes it.
fn actions(step: &Step) -> impl Iterator<Item = &'static str> + '_ {
    let acts = std::iter::once(&step.act).chain(step.rollback.as_ref().map(|rollback| &rollback.act));
    acts.filter_map(|act| match act {
        Act::Call { action, .. } => Some(*action),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::ACTIONS;

    #[test]
    fn every_action_on_github_says_what_it_writes() {
        let on_github = ACTIONS.iter().map(|action| action.name()).filter(|name| name.starts_with("github."));
        let listed: Vec<&str> = WRITES.iter().map(|(name, _)| *name).collect();
        assert_eq!(on_github.collect::<Vec<_>>(), listed);
    }
}
