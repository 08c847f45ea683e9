//! `orch init`: write a ready project, or the workflows of GitHub Actions for one, into a git repository.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::adapters::disk;
use crate::adapters::git::GitRepo;
use crate::check;
use crate::cli::session::Project;
use crate::cli::{Cx, Exit};
use crate::load::Sources;
use crate::model::Config;
use crate::observe::github;
use crate::report::{JobNeeds, job_needs, plural};
use crate::template::{self, BUILT_FROM, Needs, Place, SCHEMA_DIR, TEMPLATES, Template};

/// Write a ready project into a git repository
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch init content-team\n  orch init blank -C operations\n  orch init --github          # workflows for the project that is here\n  orch init --list"
)]
pub(crate) struct InitArgs {
    /// The project to begin with [default: content-team]
    template: Option<String>,
    /// Write workflows for GitHub Actions that tick, plan and validate; without TEMPLATE, for the project that is here
    #[arg(long)]
    github: bool,
    /// The commit of orch that these workflows run, in 40 hexadecimal digits [default: that of this release]
    #[arg(long, value_name = "COMMIT", requires = "github", value_parser = revision)]
    revision: Option<String>,
    /// List the projects to begin with
    #[arg(long)]
    list: bool,
}

/// What every template says of them.
const STATE_BRANCH: &str = "orch/state";
const REMOTE: &str = "origin";

/// Files that are in the way. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("would overwrite {}", .paths.join(", "))]
pub(crate) struct InTheWay {
    pub paths: Vec<String>,
}

impl InTheWay {
    pub(crate) fn hint(&self) -> &'static str {
        if self.paths.iter().any(|path| path.contains(".github/")) {
            "nothing was written; move them away, run the command again, and bring over what you had changed"
        } else {
            "nothing was written; move them away, or begin in another folder with `-C DIR`"
        }
    }
}

/// This program was not built by a release, and nobody said which commit to run.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell which commit of orch the workflows are to run: this program was not built by a release")]
pub(crate) struct NoRevision;

pub(super) fn run(args: InitArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    if args.list {
        for template in TEMPLATES {
            cx.out.text(format!("{:<14} {}", template.name, template.summary));
        }
        return Ok(Exit::Ok);
    }
    let template = match &args.template {
        Some(name) => Some(template::find(name)?),
        None if args.github => None,
        None => Some(&TEMPLATES[0]),
    };
    let repo = GitRepo::discover(&cx.settings.directory)?;
    let root = repo
        .work_tree()
        .context(
            "failed to write files: this repository is bare; run it in a work tree (`git worktree add`)",
        )?
        .to_owned();
    let mut files = template.map(|template| files(template, &cx.settings.directory)).unwrap_or_default();
    let (mut same, mut settings) = (Vec::new(), None);
    if args.github {
        let revision = args.revision.or(BUILT_FROM.map(str::to_owned)).ok_or(NoRevision)?;
        let (place, owned) = place(template, revision, &repo, &root, cx)?;
        let workflows = place.workflows()?.into_iter().map(|(path, text)| (root.join(path), text));
        let is_same = |(path, text): &(PathBuf, String)| {
            disk::occupied(path) && disk::read_text(path).is_ok_and(|there| there == *text)
        };
        let (unchanged, new): (Vec<_>, Vec<_>) = workflows.partition(is_same);
        (same, settings) = (unchanged, Some(place.settings(&owned)));
        files.extend(new);
    }
    write(&files, cx)?;
    for (path, _) in &same {
        cx.out.text(format!("= {}", shown(path, cx)));
    }
    let next = if template.is_some() { " Next: `orch validate`, then `orch plan`." } else { "" };
    cx.out.text(format!("\nWrote {}.{next}", plural(files.len(), "file")));
    if let Some(settings) = settings {
        cx.out.text(format!("\n{settings}"));
    }
    Ok(Exit::Ok)
}

/// Writes all of them or none.
fn write(files: &[(PathBuf, String)], cx: &mut Cx) -> anyhow::Result<()> {
    let paths: Vec<String> =
        files.iter().filter(|(path, _)| disk::occupied(path)).map(|(path, _)| shown(path, cx)).collect();
    if !paths.is_empty() {
        return Err(InTheWay { paths }.into());
    }
    let texts: Vec<_> = files.iter().map(|(path, text)| (path.clone(), &**text)).collect();
    disk::write_all_new(&texts)?;
    for (path, _) in files {
        cx.out.text(format!("+ {}", shown(path, cx)));
    }
    Ok(())
}

/// Where each file of a template goes and what it holds.
fn files(template: &Template, project: &Path) -> Vec<(PathBuf, String)> {
    let own = template.files.iter().map(|file| (project.join(file.path), file.contents()));
    let schemas = template.schema_kinds().into_iter().filter_map(|kind| {
        let path = project.join(SCHEMA_DIR).join(format!("{kind}.schema.json"));
        Some((path, check::schema(kind.parse().ok()?)))
    });
    own.chain(schemas).collect()
}

/// What the workflows are for, and the paths that hold the configuration: of the template, or of what is here.
fn place(
    template: Option<&Template>,
    revision: String,
    repo: &GitRepo,
    root: &Path,
    cx: &Cx,
) -> anyhow::Result<(Place, Vec<String>)> {
    let (folder, paths, remote, state_branch, needs): (_, Vec<String>, _, _, _) = match template {
        Some(template) => {
            let paths = template.files.iter().map(|file| file.path.to_owned()).collect();
            let needs = needs(&config(template)?);
            (cx.settings.directory.clone(), paths, REMOTE.to_owned(), STATE_BRANCH.to_owned(), needs)
        }
        None => {
            let found = Project::find(cx)?;
            let project = found.identity(cx)?;
            let paths = found.sources.files.iter().map(|file| file.path.to_string()).collect();
            let needs = needs(&found.check(cx, &|_| true)?);
            (found.sources.root, paths, project.remote, project.state_branch, needs)
        }
    };
    let inside = repo
        .folder(&folder)
        .with_context(|| format!("`{}` is not in the work tree `{}`", folder.display(), root.display()))?;
    let name = repo.remote_url(&remote).map_or_else(
        || root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        |url| named(&url),
    );
    let place = Place {
        name,
        branch: repo.main_branch(&remote).unwrap_or_else(|| "main".to_owned()),
        folder: inside,
        state_branch,
        revision,
        needs,
    };
    let mut owned: Vec<String> = paths
        .iter()
        .map(|path| path.split_once('/').map_or_else(|| path.clone(), |(folder, _)| format!("{folder}/")))
        .collect();
    owned.sort_unstable();
    owned.dedup();
    Ok((place, owned))
}

/// What the ticks of a project need of their job, if that is more than those of every project.
fn needs(config: &Config) -> Option<Needs> {
    let JobNeeds { rights, runners, secrets, history } = job_needs(config, &github::kinds(config));
    let is_plain = rights.is_empty() && secrets.is_empty() && !history;
    (!is_plain).then_some(Needs { rights, runners, secrets, history })
}

fn config(template: &Template) -> anyhow::Result<Config> {
    let named = template.files.iter().filter_map(|file| {
        let kind = file.schema_kind()?.parse().ok()?;
        Some((file.path.to_owned(), kind, file.contents().into_bytes()))
    });
    check::check(&Sources::in_memory(named), None)
        .config
        .context("the template is not valid; this is a bug in orch")
}

/// The owner and name at the end of a repository's address.
fn named(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let mut parts: Vec<&str> = url.rsplit(['/', ':']).take(2).collect();
    parts.reverse();
    parts.join("/").to_lowercase()
}

fn revision(text: &str) -> Result<String, String> {
    let fits = text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a full commit id of 40 hexadecimal digits: branches and tags can be moved to other code"
            .to_owned())
    }
}

fn shown(path: &Path, cx: &Cx) -> String {
    path.strip_prefix(&cx.settings.directory).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Kind;

    #[test]
    fn templates_say_what_the_workflows_go_by() {
        for template in TEMPLATES {
            let file = template.files.iter().find(|file| file.path == "orch.yaml").unwrap();
            let file = (file.path.to_owned(), Kind::Orch, file.contents().into_bytes());
            let project = check::project(&Sources::in_memory([file])).unwrap();
            assert_eq!(
                (&*project.state_branch, &*project.remote),
                (STATE_BRANCH, REMOTE),
                "{}",
                template.name
            );
        }
    }

    #[test]
    fn a_repository_has_one_name_however_it_is_reached() {
        for url in ["https://github.com/Idol/team.git", "git@github.com:idol/team", "ssh://git@h/idol/team/"]
        {
            assert_eq!(named(url), "idol/team", "{url}");
        }
    }
}
