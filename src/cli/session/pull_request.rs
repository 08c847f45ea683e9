//! The pull request that a plan is for, and what is posted there.

use serde_json::Value;

use super::Project;
use super::github::Github;
use crate::adapters::clock::SystemClock;
use crate::adapters::disk::Disk;
use crate::adapters::git::GitRepo;
use crate::check;
use crate::cli::{Cx, settings};
use crate::commit::StateBranch;
use crate::forge::{ClientError, Limits, Workplace};
use crate::observe::github::LARGEST;
use crate::ports::{Call, Content, Files as _};

/// A pull request.
#[derive(Debug)]
pub(crate) struct PullRequest {
    pub number: u64,
    /// The commit that it ends with, if the event says so.
    pub head: Option<String>,
}

/// There is no pull request.
#[derive(Debug, thiserror::Error)]
#[error("failed to find the pull request: {0}")]
pub(crate) struct NoPullRequest(String);

impl PullRequest {
    /// That of the job that this process runs in, or the one that was named.
    pub(crate) fn find(named: Option<u64>) -> anyhow::Result<Self> {
        if let Some(number) = named {
            return Ok(Self { number, head: None });
        }
        let no = |why: &str| NoPullRequest(why.to_owned());
        let (name, path, _) =
            settings::github().event.ok_or_else(|| no("this is no job of GitHub Actions"))?;
        let bytes = match Disk.read(&path, LARGEST) {
            Ok(Content::Whole(bytes)) => bytes,
            Ok(Content::TooLarge(_)) => return Err(no("the event is too large").into()),
            Err(error) => return Err(no(&format!("the event `{name}`: {error}")).into()),
        };
        let event: Value = serde_json::from_slice(&bytes)
            .map_err(|error| no(&format!("the event `{name}` is not JSON: {error}")))?;
        let pull =
            event.get("pull_request").ok_or_else(|| no(&format!("the event `{name}` is about none")))?;
        let number = pull.get("number").and_then(Value::as_u64);
        let number = number.ok_or_else(|| no("the event does not tell its number"))?;
        let head = pull.pointer("/head/sha").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { number, head })
    }

    /// The commit that it ends with.
    pub(crate) fn head(&self, at: &Workplace<'_>) -> Result<String, ClientError> {
        if let Some(head) = &self.head {
            return Ok(head.clone());
        }
        let path = format!("{}/pulls/{}", at.repository.path(), self.number);
        let pull = at.client.read(&Call::get(&path))?.body;
        let head = pull.pointer("/head/sha").and_then(Value::as_str).map(str::to_owned);
        head.ok_or_else(|| ClientError::Strange {
            call: format!("GET {path}"),
            why: "a pull request without a `head`".to_owned(),
        })
    }

    /// Does something where it is on GitHub; in words why not, where nobody can tell where that is.
    pub(crate) fn there<T>(
        cx: &Cx,
        project: &Project,
        act: impl FnOnce(&Workplace<'_>) -> T,
    ) -> anyhow::Result<Result<T, String>> {
        let repo = GitRepo::discover(&project.sources.root)?;
        // Where `orch.yaml` itself is wrong, nobody knows the state that markers are signed with.
        let Some(declared) = check::project(&project.sources) else {
            return Ok(Err("`orch.yaml` does not say which project it is".to_owned()));
        };
        let github = Github::new(repo.remote_url(&declared.remote), &Limits::default());
        let clock = SystemClock::new(cx.settings.now);
        // Before there is a state, it has no lineage that stays.
        let lineage = StateBranch::new(&repo, &declared.state_branch).tip()?.head.lineage;
        Ok(github.own_workplace(&declared, &lineage, &clock).map(|at| act(&at)))
    }
}
