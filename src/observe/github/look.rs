//! Looking at a repository: few requests, whose number grows with what has changed and with pages of a hundred alone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Deployed, Look, delivered, names, read};
use crate::forge::pulls::{PullRequest, Requested, Wanted};
use crate::forge::{self, Cache, Client, ClientError, Refused, RefusedKind, Repository, pulls};
use crate::model::{Account, Build, Check, Duration, Github, GithubKind, Pull, PullReview, PullState, Time};
use crate::ports::Call;

/// Clocks of GitHub's machines differ, and lists lag behind: by so much is looked back.
const OVERLAP: Duration = Duration::from_minutes(2);
/// How many pages of workflow runs are read to reach those that are known.
const BUILD_PAGES: usize = 5;

/// A look, and what people should know of it.
#[derive(Debug, Default)]
pub struct Looked {
    pub look: Look,
    pub warnings: Vec<String>,
}

/// Looks at what is asked for. What GitHub does not tell now is left to the next look, and said.
pub fn look(client: &Client<'_>, of: &Repository, kinds: &BTreeSet<GithubKind>, known: &Github) -> Looked {
    let mut looked = Looked::default();
    let name = of.to_string();
    let nothing = Github::default();
    let known = if known.is_of(&name) { known } else { &nothing };
    looked.look.repository = name.into();
    for kind in kinds {
        let eye = Eye { client, of, known, since: known.through.get(kind).copied() };
        if let Err(error) = eye.look(*kind, &mut looked) {
            looked.warnings.push(format!("GitHub did not tell of {} of {of}: {error}", kind.as_str()));
        }
    }
    looked
}

struct Eye<'a> {
    client: &'a Client<'a>,
    of: &'a Repository,
    known: &'a Github,
    /// The latest change that was seen; none at the first look.
    since: Option<Time>,
}

impl Eye<'_> {
    fn look(&self, kind: GithubKind, looked: &mut Looked) -> Result<(), ClientError> {
        let Looked { look, warnings } = looked;
        match kind {
            GithubKind::Pulls => look.pulls = Some(self.pulls(warnings)?),
            GithubKind::Issues => {
                if self.since.is_none() {
                    look.highest = self.highest()?;
                }
                let found = self.issues(warnings)?;
                look.issues =
                    Some(found.into_iter().filter_map(|body| Some((read::issue(&body)?, body))).collect());
            }
            GithubKind::Comments => {
                look.comments = Some(self.comments(warnings)?.iter().filter_map(read::comment).collect());
            }
            GithubKind::Builds => look.builds = Some(self.builds(warnings)?),
            GithubKind::Deployments => {
                let known = &self.known.deployments;
                let found = forge::deployments::read(self.client, self.of, &|page| {
                    // Those that are new, and those that go on; of old ones that never end, not all.
                    let oldest = page.iter().map(|one| one.id).min();
                    let open = known.values().filter(|one| !one.is_over()).map(|one| one.id);
                    let wanted = known.keys().next_back().copied().into_iter().chain(open).min();
                    wanted.is_some() && wanted < oldest
                })?;
                let mut found: Vec<Deployed> = found.into_iter().map(Deployed::of_forge).collect();
                found.sort_by_key(|one| one.deployment.id);
                look.deployments = Some(found);
            }
        }
        Ok(())
    }

    fn pulls(&self, warnings: &mut Vec<String>) -> Result<Vec<Pull>, ClientError> {
        let found = pulls::read(self.client, self.of, &Wanted::open())?;
        warnings.extend(found.warnings);
        if found.is_cut {
            let count = found.pulls.len();
            warnings.push(format!(
                "{} has more than {count} open pull requests; the oldest are not looked at",
                self.of
            ));
        }
        let open: BTreeSet<u64> = found.pulls.iter().map(|pull| pull.number).collect();
        let mut all: Vec<Pull> = found.pulls.into_iter().map(of_forge).collect();
        // Those that are not open any more have ended somehow.
        let oldest = if found.is_cut { open.first().copied().unwrap_or(u64::MAX) } else { 0 };
        let ended =
            self.known.pulls.values().filter(|pull| pull.number > oldest && !open.contains(&pull.number));
        for before in ended {
            let path = format!("{}/pulls/{}", self.of.path(), before.number);
            match self.client.read(&Call::get(path)) {
                Ok(answer) => {
                    if let Some(mut now) = read::pull(&answer.body).filter(|now| now.state != PullState::Open)
                    {
                        delivered::complete(&mut now, Some(before), &Value::Null, "pull_request");
                        all.push(now);
                    }
                }
                // GitHub hides what an account wrote that is gone.
                Err(ClientError::Refused(refused)) if is_gone(&refused) => {
                    all.push(Pull { state: PullState::Closed, ..before.as_ref().clone() });
                }
                // It is open for another while in what the state knows.
                Err(error) => {
                    warnings.push(format!(
                        "GitHub did not tell how pull request {} ended: {error}",
                        before.number
                    ));
                    break;
                }
            }
        }
        // The oldest first: that is how it happened.
        all.sort_by_key(|pull| (pull.updated_at, pull.number));
        Ok(all)
    }

    /// The number of the newest issue or pull request, open or not.
    fn highest(&self) -> Result<u64, ClientError> {
        let path = format!("{}/issues?state=all&sort=created&direction=desc&per_page=1", self.of.path());
        let newest = self.client.read(&Call::get(path))?.body;
        Ok(newest.pointer("/0/number").and_then(Value::as_u64).unwrap_or_default())
    }

    fn issues(&self, warnings: &mut Vec<String>) -> Result<Vec<Value>, ClientError> {
        let path = match self.since {
            None => format!("{}/issues?state=open&per_page=100", self.of.path()),
            Some(since) => {
                let since = since - OVERLAP;
                format!(
                    "{}/issues?state=all&sort=updated&direction=asc&per_page=100&since={since}",
                    self.of.path()
                )
            }
        };
        let pages = self.client.pages(&path, None, &mut Cache::default())?;
        if pages.is_cut && self.since.is_none() {
            let count = pages.items.len();
            warnings.push(format!("{} has more than {count} open issues; the oldest are not known", self.of));
        }
        Ok(pages.items)
    }

    fn comments(&self, warnings: &mut Vec<String>) -> Result<Vec<Value>, ClientError> {
        let base = format!("{}/issues/comments", self.of.path());
        let Some(since) = self.since else {
            // From which one on they count.
            let call = Call::get(format!("{base}?sort=created&direction=desc&per_page=1"));
            let newest = self.client.read(&call)?.body;
            return Ok(newest.as_array().cloned().unwrap_or_default());
        };
        let since = since - OVERLAP;
        let path = format!("{base}?sort=updated&direction=asc&per_page=100&since={since}");
        let pages = self.client.pages(&path, None, &mut Cache::default())?;
        if pages.is_cut {
            let count = pages.items.len();
            warnings.push(format!("{} had more than {count} comments; the next tick reads on", self.of));
        }
        let mut items = pages.items;
        // Ids rise with time, and what is told of them is told in their order.
        items.sort_by_key(|comment| comment.get("id").and_then(Value::as_u64));
        Ok(items)
    }

    fn builds(&self, warnings: &mut Vec<String>) -> Result<Vec<(Build, Value)>, ClientError> {
        let last = self.known.builds.keys().next_back().copied();
        let mut path = format!("{}/actions/runs?per_page=100", self.of.path());
        let mut found: Vec<(Build, Value)> = Vec::new();
        let pages = if last.is_some() { BUILD_PAGES } else { 1 };
        for page in 1..=pages {
            let answer = self.client.read(&Call::get(path))?;
            let items =
                answer.body.get("workflow_runs").and_then(Value::as_array).cloned().unwrap_or_default();
            found.extend(items.into_iter().filter_map(|body| Some((read::build(&body)?, body))));
            let is_reached = found.iter().any(|(build, _)| last.is_some_and(|last| build.id <= last));
            match answer.next.filter(|_| !is_reached) {
                Some(next) => path = next,
                None => break,
            }
            if page == pages && last.is_some() {
                let count = found.len();
                warnings.push(format!("{} had more than {count} workflow runs since the last look; the oldest of them are not told; let ticks come more often", self.of));
            }
        }
        let open = self.known.builds.values().filter(|build| build.conclusion.is_none());
        let rest: Vec<u64> =
            open.map(|build| build.id).filter(|id| !found.iter().any(|(build, _)| build.id == *id)).collect();
        for id in rest {
            let path = format!("{}/actions/runs/{id}", self.of.path());
            match self.client.read(&Call::get(path)) {
                Ok(answer) => found.extend(read::build(&answer.body).map(|build| (build, answer.body))),
                // Somebody deleted it.
                Err(ClientError::Refused(refused)) if is_gone(&refused) => {}
                Err(error) => return Err(error),
            }
        }
        found.sort_by_key(|(build, _)| build.id);
        Ok(found)
    }
}

fn is_gone(refused: &Refused) -> bool {
    matches!(refused.kind, RefusedKind::NotFound | RefusedKind::Gone)
}

/// As the state remembers it.
fn of_forge(pull: PullRequest) -> Pull {
    let account = |one: pulls::Account| Some(Account { id: one.id?, login: one.login });
    let size = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let reviewers = pull.requested.into_iter().map(|one| match one {
        Requested::Account(account) => account.login,
        Requested::Team(team) => team,
    });
    let reviews = pull.reviews.into_iter().filter_map(|review| {
        Some(PullReview {
            id: review.id?,
            by: review.author.and_then(account),
            state: review.state,
            at: review.submitted_at,
            sha: review.commit,
        })
    });
    let tasks = names::tasks_of_pull(&pull.title, &pull.head.name, &pull.body);
    let checks = pull.checks.into_iter().map(|check| {
        let (conclusion, started_at, completed_at) = (check.conclusion, check.started_at, check.completed_at);
        (check.name, Check { conclusion, started_at, completed_at })
    });
    Pull {
        number: pull.number,
        title: read::cut(&pull.title),
        author: pull.author.and_then(account),
        state: match pull.state {
            pulls::PullState::Open => PullState::Open,
            pulls::PullState::Closed => PullState::Closed,
            pulls::PullState::Merged => PullState::Merged,
        },
        draft: pull.is_draft,
        head: pull.head.name,
        sha: pull.head.sha,
        fork: pull.is_cross_repository,
        base: pull.base.name,
        created_at: pull.created_at,
        updated_at: pull.updated_at,
        ready_at: None,
        labels: pull.labels,
        milestone: pull.milestone.map(|milestone| milestone.title.into()),
        assignees: pull.assignees.into_iter().map(|one| one.login).collect(),
        reviewers: reviewers.collect(),
        reviews: reviews.collect(),
        checks: checks.collect(),
        files: pull.files.into_iter().map(|file| file.path.into()).collect(),
        changed_files: size(pull.changed_files),
        additions: size(pull.additions),
        deletions: size(pull.deletions),
        tasks,
        closes: names::closed_by(&pull.body),
    }
}
