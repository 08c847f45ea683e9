//! `orch workflow backfill`: slots of the past, as if they came now.

use clap::Args;

use crate::cli::args::{WriteArgs, name};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, FlowAsk, Name, Time};

/// Run the slots of a schedule that lie in the past
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch workflow backfill weekly-report --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z"
)]
pub(crate) struct BackfillArgs {
    #[arg(value_parser = name)]
    workflow: Name,
    /// The first slot, or earlier
    #[arg(long, value_name = "TIME")]
    from: Time,
    /// The last slot, or later
    #[arg(long = "to", value_name = "TIME")]
    through: Time,
    /// With those that succeeded
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: BackfillArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let BackfillArgs { workflow, from, through, all, write } = args;
    anyhow::ensure!(from <= through, "`--from {from}` lies after `--to {through}`; swap them");
    let ask = FlowAsk::Backfill { workflow, from, through, skip_succeeded: !all };
    session::write(cx, write, vec![Ask::Flow(ask)])
}
