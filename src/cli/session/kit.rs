//! What effects are carried out with: programs, files, the network, secrets, for one tick.

use std::path::Path;

use anyhow::Context as _;
use smol_str::SmolStr;

use super::github::Github;
use crate::adapters::faults::Faulty;
use crate::adapters::git::GitRepo;
use crate::adapters::http::HttpClient;
use crate::adapters::scratch::TemporaryFolder;
use crate::adapters::workspace::DiskWorkspace;
use crate::apply::{Mask, Tools};
use crate::cli::Cx;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::forge::{Limits, Workplace};
use crate::model::Project;
use crate::ports::Clock;

/// What `orch` itself works with (the first is set by `.github/action/run.sh`): no business of the commands of workflows.
const OWN: [&str; 3] = ["ORCH_TOKEN", "ORCH_GITHUB_TOKEN", "ORCH_MARKER_SECRET"];

pub(super) struct Kit {
    root: std::path::PathBuf,
    files: Faulty<DiskWorkspace>,
    http: Faulty<HttpClient>,
    github: Github,
    project: Project,
    scratch: Faulty<TemporaryFolder>,
    secrets: Vec<(SmolStr, String)>,
    hidden: Vec<String>,
    mask: Mask,
    lineage: SmolStr,
    voice: Progress,
}

impl Kit {
    /// For a project at `root`, with those of its secrets that the environment holds.
    pub(super) fn open(
        cx: &Cx,
        root: &Path,
        repo: &GitRepo,
        project: &Project,
        lineage: &SmolStr,
        limits: &Limits,
    ) -> anyhow::Result<Self> {
        let names = &project.secrets;
        let secrets: Vec<(SmolStr, String)> = names
            .iter()
            .filter_map(|name| Some((name.clone(), settings::variable(name)?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let own: Vec<String> =
            OWN.into_iter().filter_map(settings::variable).filter(|value| !value.is_empty()).collect();
        Ok(Self {
            files: Faulty(
                DiskWorkspace::open(root).with_context(|| format!("failed to open `{}`", root.display()))?,
            ),
            http: Faulty(HttpClient::default()),
            github: Github::new(repo.remote_url(&project.remote), limits),
            project: project.clone(),
            scratch: Faulty(TemporaryFolder::make().context("failed to make a temporary folder")?),
            mask: Mask::new(secrets.iter().map(|(_, value)| value).chain(&own).map(String::as_str)),
            hidden: names.iter().map(SmolStr::as_str).chain(OWN).map(str::to_owned).collect(),
            secrets,
            lineage: lineage.clone(),
            voice: Progress::new(cx, repo.git_dir().to_owned()),
            root: root.to_owned(),
        })
    }

    /// What steps work on GitHub with, or why they cannot.
    pub(super) fn workplace<'a>(&'a self, clock: &'a dyn Clock) -> Result<Workplace<'a>, String> {
        self.github.workplace(&self.project, &self.lineage, clock)
    }

    pub(super) fn tools<'a>(
        &'a self,
        clock: &'a dyn Clock,
        github: &'a Result<Workplace<'a>, String>,
    ) -> Tools<'a> {
        Tools {
            files: &self.files,
            http: &self.http,
            github: github.as_ref().map_err(String::as_str),
            scratch: &self.scratch,
            clock,
            root: &self.root,
            secrets: &self.secrets,
            hidden: &self.hidden,
            mask: &self.mask,
            lineage: &self.lineage,
            reporter: &self.voice,
        }
    }
}
