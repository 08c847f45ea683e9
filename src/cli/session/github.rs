//! GitHub as one tick knows it: what it sent to the job that the tick runs in, one look at the repository, and what
//! steps work on it with.

use std::cell::OnceCell;
use std::path::PathBuf;

use crate::adapters::dice::SystemDice;
use crate::adapters::disk::Disk;
use crate::adapters::github::GithubForge;
use crate::cli::settings::{self, GithubSettings};
use crate::forge::marker::Markers;
use crate::forge::{Budget, Client, Limits, Repository, Workplace};
use crate::model::{Config, FlowFact, Project, Time};
use crate::observe::github::{self, Delivered, LARGEST, Look, Looked};
use crate::ports::{Clock, Content, Files as _};
use crate::state::State;

/// The way to GitHub. Nothing is sent or set up before it is used.
#[derive(Debug)]
pub(super) struct Github {
    forge: GithubForge,
    /// `GITHUB_REPOSITORY`.
    repository: Option<String>,
    /// The URL of the remote that the state is pushed to.
    remote: Option<String>,
    marker_secret: Option<String>,
    /// Name, file and id of what GitHub sent.
    sent: Option<(String, PathBuf, String)>,
    limits: Limits,
}

impl Github {
    /// `limits` are those of the tick, whoever looks and acts in it.
    pub(super) fn new(remote: Option<String>, limits: &Limits) -> Self {
        let GithubSettings { base, graphql, token, marker_secret, repository, event } = settings::github();
        let forge = GithubForge::new(&base, graphql.as_deref(), token.as_deref());
        Self { forge, repository, remote, marker_secret, sent: event, limits: limits.clone() }
    }

    /// What steps of a project work on it with; why they cannot, in words.
    pub(super) fn workplace<'a>(
        &'a self,
        project: &Project,
        lineage: &str,
        clock: &'a dyn Clock,
    ) -> Result<Workplace<'a>, String> {
        Ok(self.at(self.repository(project)?, lineage, clock))
    }

    /// The same, of the job's own repository if this is a job: who proposes a configuration does not choose by it
    /// where else the token writes.
    pub(super) fn own_workplace<'a>(
        &'a self,
        project: &Project,
        lineage: &str,
        clock: &'a dyn Clock,
    ) -> Result<Workplace<'a>, String> {
        let own = self.repository.as_deref();
        let repository = own.map_or_else(
            || self.repository(project),
            |name| name.parse().map_err(|error| format!("{error}")),
        )?;
        Ok(self.at(repository, lineage, clock))
    }

    fn at<'a>(&'a self, repository: Repository, lineage: &str, clock: &'a dyn Clock) -> Workplace<'a> {
        let markers = Markers::new(lineage, self.marker_secret.as_deref());
        Workplace::new(self.client(clock), repository, markers)
    }

    fn client<'a>(&'a self, clock: &'a dyn Clock) -> Client<'a> {
        Client::new(&self.forge, clock, &SystemDice, Budget::default()).within(&self.limits)
    }

    /// Which repository: as the project says, else that of the job, else that of the remote.
    fn repository(&self, project: &Project) -> Result<Repository, String> {
        if let Some(name) = project.github.as_deref().or(self.repository.as_deref()) {
            return name.parse().map_err(|error| format!("{error}"));
        }
        self.remote.as_deref().and_then(Repository::from_remote).ok_or_else(|| {
            "which repository on GitHub? Say `github: { repository: owner/name }` in `orch.yaml`".to_owned()
        })
    }
}

/// What is looked at in one tick.
#[derive(Debug)]
pub(super) struct GithubEyes {
    github: Github,
    /// One look a tick: what happens meanwhile is left to the next one.
    looked: OnceCell<Look>,
    event: OnceCell<Option<Delivered>>,
}

impl GithubEyes {
    pub(super) fn new(github: Github) -> Self {
        Self { github, looked: OnceCell::new(), event: OnceCell::new() }
    }

    /// What is new to the state, and warnings.
    pub(super) fn look(
        &self,
        config: &Config,
        state: &State,
        clock: &dyn Clock,
    ) -> (Vec<FlowFact>, Vec<String>) {
        let mut warnings = Vec::new();
        if !github::is_wanted(config) {
            return (Vec::new(), warnings);
        }
        let event = self.event.get_or_init(|| self.read_event(&mut warnings));
        let event = event.as_ref().filter(|event| github::is_awaited(config, &event.name));
        let repository = self.github.repository(&config.project);
        let event = event.filter(|event| is_here(event, repository.as_ref().ok(), &mut warnings));
        let known = &state.meta.github;
        let kinds = github::kinds(config);
        let look = match (self.looked.get(), kinds.is_empty()) {
            (Some(look), _) => Some(look),
            (None, true) => None,
            (None, false) => match &repository {
                Err(why) => {
                    warnings.push(format!("GitHub is not looked at: {why}"));
                    None
                }
                Ok(repository) => {
                    let client = self.github.client(clock);
                    let Looked { look, warnings: told } = github::look(&client, repository, &kinds, known);
                    warnings.extend(told);
                    Some(self.looked.get_or_init(|| look))
                }
            },
        };
        let now: Time = clock.now();
        (github::all(&config.project, known, event, look, now), warnings)
    }

    /// What GitHub sent to the job that this process runs in.
    fn read_event(&self, warnings: &mut Vec<String>) -> Option<Delivered> {
        let (name, path, id) = self.github.sent.as_ref()?;
        let read = Disk.read(path, LARGEST);
        let payload = read.map_err(|error| error.to_string()).and_then(|content| match content {
            Content::Whole(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| format!("it is not JSON: {error}"))
            }
            Content::TooLarge(_) => Err(format!("it is larger than {} KiB", LARGEST >> 10)),
        });
        match payload {
            Ok(payload) => Some(Delivered { name: name.as_str().into(), id: id.as_str().into(), payload }),
            Err(why) => {
                warnings.push(format!(
                    "the event `{name}` of GitHub in `{}` is passed over: {why}",
                    path.display()
                ));
                None
            }
        }
    }
}

/// Whether an event is of the repository of the project, and not of the one that the job is in, if that is another.
fn is_here(event: &Delivered, of: Option<&Repository>, warnings: &mut Vec<String>) -> bool {
    let told = event.payload.pointer("/repository/full_name").and_then(serde_json::Value::as_str);
    match (of, told) {
        (Some(of), Some(told)) if !of.to_string().eq_ignore_ascii_case(told) => {
            warnings.push(format!(
                "the event `{}` of {told} is passed over: the project is that of {of} (`github: {{ repository: … }}` in `orch.yaml` says which)",
                event.name
            ));
            false
        }
        _ => true,
    }
}
