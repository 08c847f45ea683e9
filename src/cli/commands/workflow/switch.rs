//! `orch workflow enable` and `disable`: whether its triggers count.

use clap::Args;

use crate::cli::args::{WriteArgs, name};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, FlowAsk, Name};

/// Switch a workflow on that was switched off by hand
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow enable clean-logs")]
pub(crate) struct EnableArgs {
    #[arg(value_parser = name)]
    workflow: Name,
    #[command(flatten)]
    write: WriteArgs,
}

/// Switch a workflow off: its triggers are ignored
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow disable clean-logs --why \"the logs moved\"")]
pub(crate) struct DisableArgs {
    #[arg(value_parser = name)]
    workflow: Name,
    /// Why
    #[arg(long)]
    why: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn enable(args: EnableArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write(cx, args.write, vec![Ask::Flow(FlowAsk::Enable { workflow: args.workflow })])
}

pub(super) fn disable(args: DisableArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let DisableArgs { workflow, why, write } = args;
    session::write(cx, write, vec![Ask::Flow(FlowAsk::Disable { workflow, why })])
}
