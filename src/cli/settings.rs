//! What was asked for, resolved against the environment: the one place that reads it.
#![expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ColorChoice;

use super::args::{Format, GlobalArgs};
use crate::model::Time;

/// The resolved global options.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where to look for the project; absolute.
    pub directory: PathBuf,
    /// The clock, if it was given.
    pub now: Option<Time>,
    pub format: Format,
    pub actor: Option<String>,
    pub color: ColorChoice,
    pub quiet: bool,
    pub verbose: bool,
}

/// The value of an environment variable, if it has one that is text.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Settings {
    pub(super) fn resolve(args: GlobalArgs) -> anyhow::Result<Self> {
        let current = std::env::current_dir().context("failed to read the working directory")?;
        let directory = match &args.directory {
            Some(directory) => current.join(directory),
            None => current,
        };
        anyhow::ensure!(directory.is_dir(), "failed to enter `{}`: no such directory", directory.display());
        Ok(Self {
            directory,
            now: args.now,
            format: args.format,
            actor: args.actor,
            color: args.color,
            quiet: args.quiet,
            verbose: args.verbose,
        })
    }
}

/// The account that a job of GitHub Actions runs for: its number and login.
pub(super) fn github_account() -> Option<(u64, String)> {
    if !is_github_actions() {
        return None;
    }
    let id = variable("GITHUB_ACTOR_ID")?.parse().ok()?;
    Some((id, variable("GITHUB_ACTOR").unwrap_or_default()))
}

/// Whether this runs as a step of GitHub Actions, which reads commands from what is printed.
pub(super) fn is_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
