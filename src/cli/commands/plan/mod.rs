//! `orch plan`: what would happen now, and why.

mod posting;

use std::path::PathBuf;

use clap::Args;

use crate::adapters::disk;
use crate::cli::args::Format;
use crate::cli::session::{self, Project, PullRequest, SavedPlan, Ticked, Work};
use crate::cli::{Cx, Exit, progress, settings};
use crate::report::{self, Then};
use crate::ui;
use crate::ui::progress::without_commands;

/// Show what would happen now
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch plan\n  orch plan -o plan.json && orch apply plan.json\n  orch plan --show plan.json\n  orch plan --github            # in a job for a pull request"
)]
pub(crate) struct PlanArgs {
    /// Save the plan, for `orch apply FILE`
    #[arg(short, long, value_name = "FILE", conflicts_with = "show")]
    output: Option<PathBuf>,
    /// Show a saved plan, and whether it still applies
    #[arg(long, value_name = "FILE")]
    show: Option<PathBuf>,
    /// Post the plan on the pull request of this job, kept up to date: one comment, one check, and the job's summary
    #[arg(long, conflicts_with = "show")]
    github: bool,
    /// With `--github`: the number of the pull request, where this is no job of it
    #[arg(long, value_name = "NUMBER", requires = "github", value_parser = clap::value_parser!(u64).range(1..))]
    pull: Option<u64>,
    /// Exit with 10 if something would happen
    #[arg(long)]
    exit_code: bool,
    /// Show every line, however many there are
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: PlanArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::find(cx)?;
    let pending = match &args.show {
        Some(file) => show(&SavedPlan::read(file)?, &project, &args, cx)?,
        None => make(&project, &args, cx)?,
    };
    Ok(if pending && args.exit_code { Exit::Changes } else { Exit::Ok })
}

fn make(project: &Project, args: &PlanArgs, cx: &mut Cx) -> anyhow::Result<bool> {
    if let Some(file) = &args.output {
        // A slip in a path must not make folders somewhere.
        anyhow::ensure!(
            disk::has_folder(file),
            "failed to write `{}`: there is no such folder",
            file.display()
        );
    }
    let pull = if args.github { Some(PullRequest::find(args.pull)?) } else { None };
    let work = Work { requests: Vec::new(), push: false, project };
    let planned = match (work.preview(cx), &pull) {
        (Ok(planned), _) => planned,
        (Err(error), None) => return Err(error),
        (Err(error), Some(pull)) => {
            posting::post_failure(cx, project, pull, &error)?;
            return Err(error);
        }
    };
    session::tell_hold(cx, &planned.state);
    let saved = SavedPlan::new(&planned, project);
    if let Some(file) = &args.output {
        saved.write(file)?;
    }
    let file = args.output.as_ref().map(|file| file.display().to_string());
    let then = later(&planned, project, cx)?;
    let name = project.identity(cx)?.name;
    let view = ui::text::PlanView {
        then: &then,
        plan: &planned.plan,
        state: &planned.state,
        tip: &planned.base,
        project: &name,
        saved: file.as_deref().map_or(ui::text::Saved::No, ui::text::Saved::In),
        all: args.all || cx.settings.verbose,
    };
    if cx.settings.format == Format::Json {
        cx.out.text(saved.json());
    } else if !cx.settings.quiet {
        let text = ui::text::plan(&view, cx.out.style());
        // No line of a proposed configuration must be read as a command of the runner.
        let is_read = settings::is_github_actions();
        cx.out.text(if is_read { without_commands(&progress::token(), &text) } else { text });
    }
    if let Some(pull) = &pull {
        posting::post(cx, project, pull, &planned, &view)?;
    }
    Ok(!planned.plan.is_empty())
}

/// What comes after the plan, for people: only the configuration knows.
fn later(planned: &Ticked, project: &Project, cx: &Cx) -> anyhow::Result<Vec<Then>> {
    if planned.plan.effects.is_empty() {
        return Ok(Vec::new());
    }
    let config = project.check(cx, &|code| planned.state.is_known(code))?;
    Ok(report::then(&config, &planned.state, &planned.plan.effects))
}

fn show(saved: &SavedPlan, project: &Project, args: &PlanArgs, cx: &mut Cx) -> anyhow::Result<bool> {
    let stale = saved.staleness(cx, project)?;
    if let Some(stale) = &stale {
        cx.out.note(format!("warning: {stale}"));
    }
    if cx.settings.format == Format::Json {
        cx.out.text(saved.json());
    } else {
        let file = args.show.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        let place = if stale.is_some() { ui::text::Saved::Stale } else { ui::text::Saved::In(&file) };
        let text = saved.text(cx, project, args.all || cx.settings.verbose, place)?;
        cx.out.text(text);
    }
    Ok(!saved.is_empty())
}
