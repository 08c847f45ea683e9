//! `orch apply`: do what a plan says.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::WriteArgs;
use crate::cli::session::{self, Project, SavedPlan, Work};
use crate::cli::{Cx, Exit};

/// Do what a saved plan says, or plan and apply at once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch plan -o plan.json && orch apply plan.json\n  orch apply")]
pub(crate) struct ApplyArgs {
    /// A plan that `orch plan -o FILE` saved; exactly that is done, or nothing
    file: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: ApplyArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::to_act(cx)?;
    let ticked = match &args.file {
        Some(file) => SavedPlan::read(file)?.apply(cx, &project, args.write)?,
        None => {
            let work = Work { requests: Vec::new(), push: args.write.push, project: &project };
            if args.write.dry_run { work.preview(cx)? } else { work.carry_out(cx)? }
        }
    };
    session::report(cx, &ticked, args.write.dry_run)?;
    Ok(if ticked.failed > 0 { Exit::Partial } else { Exit::Ok })
}
