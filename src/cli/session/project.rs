//! The project that a command runs in: its files, and their meaning.

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use crate::adapters::git::{self, GitRepo};
use crate::adapters::git_tree::CommitFiles;
use crate::adapters::{clock, disk::Disk, faults::Faulty};
use crate::check::{self, Checked};
use crate::cli::{Cx, settings};
use crate::commit::{ConfigFile, StateBranch};
use crate::diag::Severity;
use crate::load::{self, Sources};
use crate::model::{self, Code, Config, Time};
use crate::ports::Files as _;
use crate::ui;

/// The files of a project, found and read.
#[derive(Debug)]
pub(crate) struct Project {
    pub sources: Sources,
    pub now: Time,
}

/// The configuration has errors; they have been told.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {errors} {}", if *.errors == 1 { "error" } else { "errors" })]
pub(crate) struct Invalid {
    pub errors: usize,
}

impl Project {
    /// Finds and reads the project of the settings' directory, to look at it.
    pub(crate) fn find(cx: &Cx) -> anyhow::Result<Self> {
        Self::from(cx, cx.settings.config_from.as_deref())
    }

    /// The same for commands that change something: a pull request does not bring the rules by which it is
    /// judged, so that in a job for one the configuration is that of its base.
    pub(crate) fn to_act(cx: &Cx) -> anyhow::Result<Self> {
        let base = if cx.settings.config_from.is_none() { settings::pull_request_base() } else { None };
        if let Some(base) = &base {
            cx.out.note(format!(
                "note: this is a job for a pull request: the configuration of `{base}` counts"
            ));
        }
        Self::from(cx, base.as_deref().or(cx.settings.config_from.as_deref()))
    }

    fn from(cx: &Cx, commit: Option<&str>) -> anyhow::Result<Self> {
        let directory = &cx.settings.directory;
        let sources = match commit {
            None => load::load(&Faulty(Disk), directory)?,
            Some(commit) => {
                let files = CommitFiles::of(GitRepo::discover(directory)?, commit)?;
                // Where both go by their real names, one is below the other.
                let directory = Disk.real(directory)?;
                load::load(&Faulty(files), &directory)?
            }
        };
        Ok(Self { sources, now: cx.settings.now.unwrap_or_else(clock::now) })
    }

    /// The configuration as it is hashed and recorded.
    pub(crate) fn files(&self) -> Vec<ConfigFile<'_>> {
        self.sources.files.iter().map(|file| (&*file.path, file.bytes.as_slice())).collect()
    }

    /// The files and the ids that git gives them, to tell later which of them changed.
    pub(crate) fn hashes(&self) -> BTreeMap<String, SmolStr> {
        let hash = |bytes: &[u8]| git::blob_id(bytes).map(|id| format_smolstr!("{id}")).unwrap_or_default();
        self.sources.files.iter().map(|file| (file.path.to_string(), hash(&file.bytes))).collect()
    }

    /// What `orch.yaml` says, which is needed to find the state before the rest can be judged.
    pub(crate) fn identity(&self, cx: &Cx) -> anyhow::Result<model::Project> {
        match check::project(&self.sources) {
            Some(project) => Ok(project),
            None => Ok(self.check(cx, &|_| true)?.project),
        }
    }

    /// The configuration, if it is valid; else its errors are told.
    ///
    /// `known` says which task codes the state knows, for dependencies on tasks that no file declares.
    pub(crate) fn check(&self, cx: &Cx, known: &dyn Fn(&Code) -> bool) -> anyhow::Result<Config> {
        let Checked { config, diagnostics } = check::check(&self.sources, Some(known));
        config.ok_or_else(|| {
            cx.out.tell(&ui::diagnostics::human(&diagnostics, &self.sources.map(), cx.out.colored_errors()));
            Invalid { errors: diagnostics.count(Severity::Error) }.into()
        })
    }
}

/// Which task codes the state knows. Without a repository, or a state, or one that can be read,
/// none is known for certain, and every code passes.
pub(crate) fn known(project: &Project) -> impl Fn(&Code) -> bool {
    let state = check::project(&project.sources).and_then(|identity| {
        let repo = GitRepo::discover(&project.sources.root).ok()?;
        let branch = StateBranch::new(&repo, &identity.state_branch);
        let tip = branch.tip().ok().filter(|tip| tip.commit.is_some())?;
        branch.load(&tip).ok()
    });
    move |code| state.as_ref().is_some_and(|state| state.is_known(code))
}
