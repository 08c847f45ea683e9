//! `orch tick`: what a cron job runs.

use std::path::PathBuf;

use clap::Args;

use crate::adapters::disk;
use crate::cli::session::{self, Project, Work};
use crate::cli::{Cx, Exit};
use crate::observe;

/// Observe, plan, apply, commit
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch tick --push\n  orch tick --requests inbox.jsonl   # {\"do\":\"complete\",\"as\":\"lore-keeper\",\"task\":\"LORE-003\"}"
)]
pub(crate) struct TickArgs {
    /// Take these requests in as well, all or none: one JSON object a line, `-` for stdin
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    #[command(flatten)]
    write: crate::cli::args::WriteArgs,
}

pub(super) fn run(args: TickArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::find(cx)?;
    let requests = match &args.requests {
        Some(path) => {
            let text = disk::read_text(path)?;
            observe::requests(&path.display().to_string(), &text, &session::actor(cx, &project)?)?
        }
        None => Vec::new(),
    };
    let work = Work { requests, push: args.write.push, project: &project };
    let ticked = if args.write.dry_run { work.preview(cx)? } else { work.run(cx)? };
    session::report(cx, &ticked, args.write.dry_run)?;
    Ok(Exit::Ok)
}
