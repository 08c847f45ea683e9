//! What is done with a run: cancel it, do it again.

use clap::Args;

use crate::cli::args::{WriteArgs, run_id};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, FlowAsk, RunId};

/// Cancel a run that is not over
///
/// What goes on is stopped and its `finally` is done by the next tick; cancelled once more, it is over at once.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch runs cancel clean-logs#12 --why \"the disk was replaced\"")]
pub(crate) struct CancelArgs {
    #[arg(value_parser = run_id)]
    run: RunId,
    /// Why
    #[arg(long)]
    why: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Do the same again: a new run with the same event and inputs
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch runs retry clean-logs@2026-11-20T17:00Z")]
pub(crate) struct RetryArgs {
    #[arg(value_parser = run_id)]
    run: RunId,
    /// Stay until the run is over, through waits and later attempts
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn cancel(args: CancelArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write(cx, args.write, vec![Ask::Flow(FlowAsk::CancelRun { run: args.run, why: args.why })])
}

pub(super) fn retry(args: RetryArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    crate::cli::commands::run::carry_out(
        cx,
        args.write,
        Ask::Flow(FlowAsk::RetryRun { run: args.run }),
        args.watch,
    )
}
