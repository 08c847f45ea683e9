//! `orch validate`: every problem of the configuration, in one run.

use clap::Args;

use crate::adapters::git::GitRepo;
use crate::check::{self, Checked};
use crate::cli::args::Format;
use crate::cli::session::{Project, known};
use crate::cli::{Cx, Exit};
use crate::report::plural;
use crate::ui::diagnostics;

/// Check the configuration and report every problem
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch validate\n  orch validate --format github   # annotations in GitHub Actions\n  orch validate --format sarif > orch.sarif"
)]
pub(crate) struct ValidateArgs {}

pub(super) fn run(_: ValidateArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::find(cx)?;
    let Checked { config, diagnostics } = check::check(&project.sources, Some(&known(&project)));
    let folder = GitRepo::discover(&project.sources.root).ok();
    let folder = folder.and_then(|repo| repo.folder(&project.sources.root)).unwrap_or_default();
    let map = project.sources.map().in_folder(&folder);
    match cx.settings.format {
        Format::Json => cx.out.text(diagnostics::json(&diagnostics, &map)),
        Format::Sarif => cx.out.text(diagnostics::sarif(&diagnostics, &map)),
        Format::Github => cx.out.text(diagnostics::github(&diagnostics, &map)),
        Format::Text => {
            let colored = cx.out.colored();
            if !diagnostics.is_empty() {
                cx.out.text(diagnostics::human(&diagnostics, &map, colored));
            }
            if let (Some(config), false) = (&config, cx.settings.quiet) {
                let files = project.sources.files.len();
                let mut counts = vec![
                    plural(config.agents.len(), "agent"),
                    plural(config.routing.routes.len(), "route"),
                    plural(config.reviews.tiers.len(), "tier"),
                    plural(config.objectives.len(), "objective"),
                    plural(config.tasks.len(), "task"),
                ];
                // Teams that have none of these need not read about them.
                let others = [
                    (config.workflows.len(), "workflow"),
                    (config.channels.len(), "channel"),
                    (config.roles.as_ref().map_or(0, indexmap::IndexMap::len), "role"),
                ];
                let others = others.into_iter().filter(|(count, _)| *count > 0);
                counts.extend(others.map(|(count, what)| plural(count, what)));
                let verb = if files == 1 { "is" } else { "are" };
                let counts = format!(
                    "{}: {} {verb} valid: {}",
                    config.project.name,
                    plural(files, "file"),
                    counts.join(", ")
                );
                cx.out.text(counts);
            }
        }
    }
    Ok(if config.is_some() { Exit::Ok } else { Exit::Failed })
}
