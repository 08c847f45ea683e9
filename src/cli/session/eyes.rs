//! What triggers look with: the project's files and history, as one process sees them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;

use super::github::{Github, GithubEyes};
use crate::adapters::digests::KnownDigests;
use crate::adapters::faults::Faulty;
use crate::adapters::git::GitRepo;
use crate::adapters::workspace::DiskWorkspace;
use crate::cli::{Cx, settings};
use crate::forge::Limits;
use crate::model::{Config, FlowFact};
use crate::observe;
use crate::ports::Clock;
use crate::state::State;

/// How often one tick finds something new. A workflow that changes files that it watches itself would keep
/// it busy for ever.
const NEWS: u32 = 20;

#[derive(Debug)]
pub(super) struct DiskEyes {
    files: Faulty<DiskWorkspace>,
    digests: KnownDigests,
    news: Cell<u32>,
    /// Each is said once, however often is looked.
    told: RefCell<BTreeSet<String>>,
    /// None: this command does not look so far.
    github: Option<GithubEyes>,
}

impl DiskEyes {
    /// With `limits` it looks as far as GitHub.
    pub(super) fn open(
        root: &Path,
        repo: &GitRepo,
        remote: &str,
        limits: Option<&Limits>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            files: Faulty(
                DiskWorkspace::open(root).with_context(|| format!("failed to open `{}`", root.display()))?,
            ),
            digests: KnownDigests::new(repo.git_dir()),
            news: Cell::new(0),
            told: RefCell::default(),
            github: limits.map(|limits| GithubEyes::new(Github::new(repo.remote_url(remote), limits))),
        })
    }

    /// What is new to the state; what people should know is told.
    pub(super) fn look(
        &self,
        cx: &Cx,
        repo: &Faulty<GitRepo>,
        config: &Config,
        state: &State,
        clock: &dyn Clock,
    ) -> anyhow::Result<Vec<FlowFact>> {
        if self.news.get() >= NEWS {
            self.tell(cx, format!("warning: files and commits changed {NEWS} times in this tick; what changed since is left to the next one (does a workflow change what it watches?)"));
            return Ok(Vec::new());
        }
        let secret = |name: &str| settings::variable(name).filter(|value| !value.is_empty());
        let mut sight = observe::look(config, state, &self.files, &self.digests, repo, &secret)?;
        self.digests.keep();
        let looked = self.github.as_ref().map(|github| github.look(config, state, clock));
        let (facts, warnings) = looked.unwrap_or_default();
        sight.facts.extend(facts);
        for warning in sight.warnings.into_iter().chain(warnings) {
            self.tell(cx, format!("warning: {warning}"));
        }
        self.news.update(|news| news + u32::from(!sight.facts.is_empty()));
        Ok(sight.facts)
    }

    fn tell(&self, cx: &Cx, text: String) {
        if !self.told.borrow().contains(&text) {
            cx.out.tell(&text);
            self.told.borrow_mut().insert(text);
        }
    }
}
