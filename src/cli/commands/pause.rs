//! `orch pause` and `orch resume`: nothing begins for a while, and nothing is lost.

use clap::Args;

use crate::cli::args::{WriteArgs, name};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, FlowAsk, Name};

/// Let no step of a workflow begin, or of any
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch pause deploy --why \"the fair\"\n  orch pause --why \"the disk is full\"   # all workflows"
)]
pub(crate) struct PauseArgs {
    /// All of them if left out
    #[arg(value_parser = name)]
    workflow: Option<Name>,
    /// Why
    #[arg(long)]
    why: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Let a paused workflow go on, or all of them
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch resume deploy")]
pub(crate) struct ResumeArgs {
    /// Ends the pause of all of them if left out
    #[arg(value_parser = name)]
    workflow: Option<Name>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn pause(args: PauseArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let PauseArgs { workflow, why, write } = args;
    session::write(cx, write, vec![Ask::Flow(FlowAsk::Pause { workflow, why })])
}

pub(super) fn resume(args: ResumeArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let ResumeArgs { workflow, write } = args;
    session::write(cx, write, vec![Ask::Flow(FlowAsk::Resume { workflow })])
}
