//! What effects are carried out with: programs, files, the network, secrets, for one tick.

use anyhow::Context as _;
use smol_str::SmolStr;

use super::desk::Desk;
use crate::adapters::faults::Faulty;
use crate::adapters::http::HttpClient;
use crate::adapters::scratch::TemporaryFolder;
use crate::adapters::shell::SystemShell;
use crate::adapters::workspace::DiskWorkspace;
use crate::apply::{Mask, Tools};
use crate::cli::progress::Progress;
use crate::cli::settings;

pub(super) struct Kit {
    root: std::path::PathBuf,
    files: Faulty<DiskWorkspace>,
    http: Faulty<HttpClient>,
    scratch: Faulty<TemporaryFolder>,
    secrets: Vec<(SmolStr, String)>,
    hidden: Vec<String>,
    mask: Mask,
    lineage: SmolStr,
    voice: Progress,
}

impl Kit {
    pub(super) fn open(desk: &Desk<'_>, lineage: &SmolStr) -> anyhow::Result<Self> {
        let root = desk.work.project.sources.root.clone();
        let names = desk.config.as_ref().map(|config| config.project.secrets.clone()).unwrap_or_default();
        let secrets: Vec<(SmolStr, String)> = names
            .iter()
            .filter_map(|name| Some((name.clone(), settings::variable(name)?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Ok(Self {
            files: Faulty(
                DiskWorkspace::open(&root).with_context(|| format!("failed to open `{}`", root.display()))?,
            ),
            http: Faulty(HttpClient::default()),
            scratch: Faulty(TemporaryFolder::make().context("failed to make a temporary folder")?),
            mask: Mask::new(secrets.iter().map(|(_, value)| value.as_str())),
            hidden: names.iter().map(ToString::to_string).collect(),
            secrets,
            lineage: lineage.clone(),
            voice: Progress::new(desk.cx, desk.repo.0.git_dir().to_owned()),
            root,
        })
    }

    pub(super) fn tools(&self) -> Tools<'_> {
        Tools {
            shell: &Faulty(SystemShell),
            files: &self.files,
            http: &self.http,
            scratch: &self.scratch,
            root: &self.root,
            secrets: &self.secrets,
            hidden: &self.hidden,
            mask: &self.mask,
            lineage: &self.lineage,
            reporter: &self.voice,
        }
    }
}
