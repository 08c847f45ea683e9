//! What was asked for, resolved against the environment: the one place that reads it.
#![expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::ColorChoice;

use super::args::{Format, GlobalArgs};
use crate::adapters::git::GitRepo;
use crate::adapters::github::DEFAULT_BASE;
use crate::adapters::transport::{AnyTransport, Means, TIMEOUT};
use crate::model::{self, Time};

/// The resolved global options.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where to look for the project; absolute.
    pub directory: PathBuf,
    /// The clock, if it was given.
    pub now: Option<Time>,
    /// The branch, tag or commit whose configuration counts; none: the work tree's.
    pub config_from: Option<String>,
    pub format: Format,
    pub actor: Option<String>,
    pub color: ColorChoice,
    pub quiet: bool,
    pub verbose: bool,
    /// What reaches the remote; none: what there is.
    means: Option<Means>,
    /// How long one exchange with the remote may take.
    timeout: Duration,
}

/// The value of an environment variable, if it has one that is text.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What is to go wrong in this process. Only tests want that: a release does not even ask.
pub(super) fn fault() -> Option<String> {
    if cfg!(debug_assertions) { variable("ORCH_FAULT") } else { None }
}

impl Settings {
    pub(super) fn resolve(args: GlobalArgs) -> anyhow::Result<Self> {
        let current = std::env::current_dir().context("failed to read the working directory")?;
        let directory = match &args.directory {
            Some(directory) => current.join(directory),
            None => current,
        };
        // An unset variable in a script must not mean the work tree, which may be a stranger's.
        anyhow::ensure!(
            args.config_from.as_deref() != Some(""),
            "failed to read `--config-from`: it is empty and names no commit"
        );
        anyhow::ensure!(directory.is_dir(), "failed to enter `{}`: no such directory", directory.display());
        Ok(Self {
            directory,
            now: args.now,
            config_from: args.config_from,
            format: args.format,
            actor: args.actor,
            color: args.color,
            quiet: args.quiet,
            verbose: args.verbose,
            means: means()?,
            timeout: timeout()?,
        })
    }

    /// The way to the remote of a repository.
    pub(super) fn transport(&self, repo: &GitRepo) -> AnyTransport {
        AnyTransport::new(repo.git_dir(), self.means, self.timeout)
    }
}

/// `ORCH_TRANSPORT`: what reaches the remote.
fn means() -> anyhow::Result<Option<Means>> {
    match variable("ORCH_TRANSPORT").as_deref() {
        None | Some("") => Ok(None),
        Some("git") => Ok(Some(Means::Git)),
        Some("http") => Ok(Some(Means::Http)),
        Some(other) => anyhow::bail!("failed to read ORCH_TRANSPORT: `{other}` is neither `git` nor `http`"),
    }
}

/// `ORCH_NETWORK_TIMEOUT`: a duration such as `30s`.
fn timeout() -> anyhow::Result<Duration> {
    let Some(text) = variable("ORCH_NETWORK_TIMEOUT").filter(|text| !text.is_empty()) else {
        return Ok(TIMEOUT);
    };
    let parsed: model::Duration =
        text.parse().with_context(|| format!("failed to read ORCH_NETWORK_TIMEOUT `{text}`"))?;
    anyhow::ensure!(
        parsed.as_seconds() > 0,
        "failed to read ORCH_NETWORK_TIMEOUT: `{text}` is no time at all"
    );
    Ok(Duration::from_secs(parsed.as_seconds()))
}

/// Where a token for GitHub may stand. The first two are for `orch` alone.
pub(super) const TOKENS: [&str; 4] = ["ORCH_GITHUB_TOKEN", "ORCH_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

/// How GitHub is reached, and what the job of GitHub Actions is about that this process runs in.
pub(super) struct GithubSettings {
    /// `GITHUB_API_URL`.
    pub base: String,
    /// `GITHUB_GRAPHQL_URL`.
    pub graphql: Option<String>,
    /// The first of [`TOKENS`] that is there.
    pub token: Option<String>,
    /// `ORCH_MARKER_SECRET`: what markers on GitHub are signed with besides the lineage.
    pub marker_secret: Option<String>,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: Option<String>,
    /// Name, file and id of the event.
    pub event: Option<(String, PathBuf, String)>,
}

pub(super) fn github() -> GithubSettings {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let event =
        || Some((given("GITHUB_EVENT_NAME")?, given("GITHUB_EVENT_PATH")?.into(), given("GITHUB_RUN_ID")?));
    GithubSettings {
        base: given("GITHUB_API_URL").unwrap_or_else(|| DEFAULT_BASE.to_owned()),
        graphql: given("GITHUB_GRAPHQL_URL"),
        token: TOKENS.into_iter().find_map(given),
        marker_secret: given("ORCH_MARKER_SECRET"),
        repository: given("GITHUB_REPOSITORY"),
        event: event(),
    }
}

/// `GITHUB_STEP_SUMMARY`: the file whose Markdown GitHub shows with the job.
pub(super) fn step_summary() -> Option<PathBuf> {
    variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The account that a job of GitHub Actions runs for: its number and login.
pub(super) fn github_account() -> Option<(u64, String)> {
    if !is_github_actions() {
        return None;
    }
    let id = variable("GITHUB_ACTOR_ID")?.parse().ok()?;
    Some((id, variable("GITHUB_ACTOR").unwrap_or_default()))
}

/// The branch that a pull request is to be merged into, as this clone knows it, in a job for that pull request.
pub(super) fn pull_request_base() -> Option<String> {
    let event = variable("GITHUB_EVENT_NAME").filter(|_| is_github_actions())?;
    let base = variable("GITHUB_BASE_REF").filter(|base| !base.is_empty())?;
    event.starts_with("pull_request").then(|| format!("origin/{base}"))
}

/// Whether this runs as a step of GitHub Actions, which reads commands from what is printed.
pub(super) fn is_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
