//! `orch init`: write a ready project into a git repository.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::adapters::disk;
use crate::adapters::git::GitRepo;
use crate::check;
use crate::cli::{Cx, Exit};
use crate::template::{self, GITHUB_DIR, SCHEMA_DIR, TEMPLATES, Template};

/// Write a ready project into a git repository
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch init content-team\n  orch init blank -C operations\n  orch init --list"
)]
pub(crate) struct InitArgs {
    /// The project to begin with
    #[arg(default_value = "content-team")]
    template: String,
    /// List the projects to begin with
    #[arg(long)]
    list: bool,
}

/// Files that are in the way. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("would overwrite {}", .paths.join(", "))]
pub(crate) struct InTheWay {
    pub paths: Vec<String>,
}

pub(super) fn run(args: InitArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    if args.list {
        for template in TEMPLATES {
            cx.out.text(format!("{:<14} {}", template.name, template.summary));
        }
        return Ok(Exit::Ok);
    }
    let template = template::find(&args.template)?;
    let repo = GitRepo::discover(&cx.settings.directory)?;
    let root = repo
        .work_tree()
        .context(
            "failed to write files: this repository is bare; run it in a work tree (`git worktree add`)",
        )?
        .to_owned();
    let files = files(template, &cx.settings.directory, &root);
    let paths: Vec<String> =
        files.iter().filter(|(path, _)| disk::occupied(path)).map(|(path, _)| shown(path, cx)).collect();
    if !paths.is_empty() {
        return Err(InTheWay { paths }.into());
    }
    for (path, text) in &files {
        disk::write_new(path, text.as_bytes())?;
        cx.out.text(format!("+ {}", shown(path, cx)));
    }
    cx.out.text(format!("\nWrote {} files. Next: `orch validate`, then `orch plan`.", files.len()));
    Ok(Exit::Ok)
}

/// Where each file goes and what it holds: GitHub reads `.github` at the root of the repository only.
fn files(template: &Template, project: &Path, root: &Path) -> Vec<(PathBuf, String)> {
    let place = |path: &str| if path.starts_with(GITHUB_DIR) { root } else { project }.join(path);
    let own = template.files.iter().map(|file| (place(file.path), file.contents()));
    let schemas = template.schema_kinds().into_iter().filter_map(|kind| {
        let path = project.join(SCHEMA_DIR).join(format!("{kind}.schema.json"));
        Some((path, check::schema(kind.parse().ok()?)))
    });
    own.chain(schemas).collect()
}

fn shown(path: &Path, cx: &Cx) -> String {
    path.strip_prefix(&cx.settings.directory).unwrap_or(path).display().to_string()
}
