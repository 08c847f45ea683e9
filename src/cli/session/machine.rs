//! This machine as a tick sees it: every port that the loop asks, bound to its adapter.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use smol_str::SmolStr;

use super::eyes::DiskEyes;
use super::kit::Kit;
use super::site::{Errand, Eyes, Hands, Rules, Shelf, Site, Voice};
use super::{Project, Work};
use crate::adapters::clock::SystemClock;
use crate::adapters::dice::SystemDice;
use crate::adapters::disk;
use crate::adapters::faults::Faulty;
use crate::adapters::git::GitRepo;
use crate::adapters::journals::GitJournals;
use crate::adapters::shell::{SystemPrograms, SystemShell};
use crate::adapters::signals::Signals;
use crate::adapters::transport::AnyTransport;
use crate::apply::{survey, with_pool};
use crate::cli::Cx;
use crate::forge::Limits;
use crate::model::{self, Code, Config, FlowFact, Time};
use crate::plan::Effect;
use crate::state::State;

/// The most effects at a time, over all runs.
const MOST: usize = 16;

/// The adapters of one command.
pub(super) struct Machine<'a> {
    cx: &'a Cx,
    project: &'a Project,
    repo: &'a Faulty<GitRepo>,
    transport: Faulty<AnyTransport>,
    clock: SystemClock,
    journals: GitJournals,
    signals: Signals,
    /// Where else a recovery file goes.
    save: Option<&'a Path>,
    /// Whether it looks at what is on other machines, too.
    looks_far: bool,
    /// What GitHub lets it do.
    limits: Limits,
    /// What triggers look with, once one does.
    eyes: OnceCell<DiskEyes>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        cx: &'a Cx,
        work: &Work<'a>,
        repo: &'a Faulty<GitRepo>,
        save: Option<&'a Path>,
        looks_far: bool,
    ) -> Self {
        Self {
            cx,
            project: work.project,
            repo,
            transport: Faulty(cx.settings.transport(&repo.0)),
            clock: SystemClock::new(cx.settings.now),
            journals: GitJournals(repo.0.git_dir().to_owned()),
            signals: Signals::default(),
            save,
            looks_far,
            limits: Limits::default(),
            eyes: OnceCell::new(),
        }
    }

    pub(super) fn site(&self) -> Site<'_> {
        Site {
            transport: &self.transport,
            clock: &self.clock,
            dice: &SystemDice,
            journals: &self.journals,
            interrupts: &self.signals,
            shell: &Faulty(SystemShell),
            rules: self,
            eyes: self,
            hands: self,
            shelf: self,
            voice: self,
        }
    }

    fn kit(&self, project: &model::Project, lineage: &SmolStr) -> anyhow::Result<Kit> {
        Kit::open(self.cx, &self.project.sources.root, &self.repo.0, project, lineage, &self.limits)
    }
}

impl Rules for Machine<'_> {
    fn check(&self, known: &dyn Fn(&Code) -> bool) -> anyhow::Result<Config> {
        self.project.check(self.cx, known)
    }
}

impl Eyes for Machine<'_> {
    fn look(&self, config: &Config, state: &State) -> anyhow::Result<Vec<FlowFact>> {
        let eyes = match self.eyes.get() {
            Some(eyes) => eyes,
            None => {
                let opened = DiskEyes::open(
                    &self.project.sources.root,
                    &self.repo.0,
                    &self.project.identity(self.cx)?.remote,
                    self.looks_far.then_some(&self.limits),
                )?;
                self.eyes.get_or_init(|| opened)
            }
        };
        eyes.look(self.cx, self.repo, config, state, &self.clock)
    }
}

impl Hands for Machine<'_> {
    fn work(
        &self,
        project: &model::Project,
        lineage: &SmolStr,
        errand: &mut Errand<'_>,
    ) -> anyhow::Result<()> {
        // What is said while steps run comes before what is said about all of it: the kit goes first.
        let kit = self.kit(project, lineage)?;
        let programs = SystemPrograms::new().context("failed to make a pipe")?;
        let github = kit.workplace(&self.clock);
        with_pool(kit.tools(&self.clock, &github), Box::new(Faulty(programs)), MOST, |pool| errand(pool))
    }

    fn survey(
        &self,
        project: &model::Project,
        lineage: &SmolStr,
        effects: &mut [Effect],
        now: Time,
    ) -> anyhow::Result<Vec<String>> {
        let kit = self.kit(project, lineage)?;
        let mut warnings = Vec::new();
        let github = kit.workplace(&self.clock);
        for effect in effects {
            match survey(&kit.tools(&self.clock, &github), effect, now) {
                Ok(manifest) => effect.manifest = manifest,
                Err(failure) => {
                    let (run, step) = (&effect.run, &effect.step);
                    warnings.push(format!("warning: step {step} of {run} would fail: {failure}"));
                }
            }
        }
        Ok(warnings)
    }
}

impl Shelf for Machine<'_> {
    fn keep(&self, holder: &str, text: &str) -> Vec<anyhow::Result<PathBuf>> {
        let own = recovery_path(self.repo.0.git_dir(), holder);
        let write = |path: &Path| {
            disk::replace(path, text.as_bytes())?;
            Ok(path.to_owned())
        };
        std::iter::once(own.as_path()).chain(self.save).map(write).collect()
    }

    fn forget(&self, holder: &str) {
        // What is left of it would do nothing any more.
        let _ = disk::remove(&recovery_path(self.repo.0.git_dir(), holder));
    }
}

/// `GIT_DIR/orch/recovery/TICK.jsonl`.
fn recovery_path(git_dir: &Path, holder: &str) -> PathBuf {
    git_dir.join("orch").join("recovery").join(format!("{holder}.jsonl"))
}

impl Voice for Machine<'_> {
    fn tell(&self, text: &str) {
        self.cx.out.tell(text);
    }

    fn note(&self, text: &str) {
        self.cx.out.note(text);
    }
}
