//! What triggers see of the world: files, payloads and commits that are news to the state.
//!
//! A trigger that looks for the first time only learns what is there. How far each has looked is part of the
//! state, so that it does not matter which clone looks next.

mod commits;
mod files;
mod globs;
mod payloads;
mod signature;
#[cfg(test)]
mod tests;

use smol_str::SmolStr;

use crate::model::{Config, FlowFact, Name, On, Trigger, Watermark, Workflow};
use crate::ports::{Commits, Digests, RepoError, Workspace, WorkspaceError};
use crate::state::State;
use files::Listing;

/// The most files that one trigger watches: the state remembers each of them.
pub const WATCHED_FILES: usize = 10_000;

/// What was seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sight {
    /// In the order of the workflows and their triggers.
    pub facts: Vec<FlowFact>,
    /// What people should know: each a text of its own.
    pub warnings: Vec<String>,
}

/// Why triggers cannot see.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    #[error("workflow `{workflow}` watches `{pattern}`, which is not a file pattern: {why}")]
    Pattern { workflow: Name, pattern: SmolStr, why: String },
    #[error(
        "workflow `{workflow}` watches {count} files with `{patterns}`, and {WATCHED_FILES} is the most: \
         narrow the pattern, or leave files out with another one that begins with `!`"
    )]
    TooMany { workflow: Name, patterns: String, count: usize },
    #[error("failed to look at the files that workflows watch: {0}")]
    Files(#[from] WorkspaceError),
    #[error("failed to look at the commits that workflow `{workflow}` watches: {error}")]
    History { workflow: Name, error: RepoError },
}

/// A trigger that looks, and what the state remembers of it.
#[derive(Debug, Clone, Copy)]
struct Watch<'a> {
    workflow: &'a Workflow,
    trigger: &'a Trigger,
    mark: Option<&'a Watermark>,
}

/// Whether any trigger must look at the world at every tick.
pub fn watches(config: &Config) -> bool {
    looking(config).next().is_some() || super::github::is_wanted(config)
}

fn looking(config: &Config) -> impl Iterator<Item = (&Workflow, &Trigger)> {
    let enabled = config.workflows.values().filter(|workflow| workflow.enabled);
    let triggers =
        enabled.flat_map(|workflow| workflow.triggers.iter().map(move |trigger| (workflow, trigger)));
    triggers
        .filter(|(_, trigger)| matches!(trigger.on, On::Files(_) | On::Webhook { .. } | On::Commits { .. }))
}

/// Looks for everything that a trigger watches, and tells what the state does not know.
///
/// `secrets` tells the value of a secret by its name.
///
/// # Errors
/// When the files or the history cannot be read, or a trigger watches too many files.
pub fn look(
    config: &Config,
    state: &State,
    files: &dyn Workspace,
    digests: &dyn Digests,
    history: &dyn Commits,
    secrets: &dyn Fn(&str) -> Option<String>,
) -> Result<Sight, LookError> {
    let watches: Vec<Watch<'_>> = looking(config)
        .map(|(workflow, trigger)| {
            let mark = state.workflow(&workflow.id).and_then(|record| record.triggers.get(&trigger.key));
            Watch { workflow, trigger, mark }
        })
        .collect();
    let listing = Listing::of(&watches, files, digests)?;
    let mut commits = commits::Lookout::new(history, &config.project.state_branch);
    let mut sight = Sight::default();
    for (index, watch) in watches.into_iter().enumerate() {
        match &watch.trigger.on {
            On::Files(asked) => files::look(watch, asked, &listing, index, &mut sight)?,
            On::Webhook { .. } => payloads::look(watch, &listing, index, secrets, &mut sight)?,
            On::Commits { .. } => commits.look(watch, &mut sight)?,
            _ => {}
        }
    }
    Ok(sight)
}
