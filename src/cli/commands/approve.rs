//! `orch approve` and `orch deny`: the answer that a run waits for.

use clap::Args;
use smol_str::SmolStr;

use crate::cli::args::{WriteArgs, run_id};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, FlowAsk, RunId};

/// Say yes to a run that waits for approval
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch runs show deploy#7   # purpose, risk, benefit\n  orch approve deploy#7 --note \"tested on staging\" --as mika\n  orch approve deploy#7 --done   # its tick died, and the step was done"
)]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    pub(super) answer: AnswerArgs,
    /// The step whose tick died was done after all: it is not done again
    #[arg(long)]
    done: bool,
}

/// Say no to a run that waits for approval: it is cancelled
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch deny deploy#7 --note \"not before the fair\"")]
pub(crate) struct DenyArgs {
    #[command(flatten)]
    pub(super) answer: AnswerArgs,
}

/// What both answers carry.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    #[arg(value_parser = run_id)]
    run: RunId,
    /// The step that asks, if several do
    #[arg(long)]
    step: Option<SmolStr>,
    /// Why, for those who read the log
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn approve(args: ApproveArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let AnswerArgs { run, step, note, write } = args.answer;
    let ask = FlowAsk::Approve { run, step, note, was_done: args.done };
    session::write(cx, write, vec![Ask::Flow(ask)])
}

pub(super) fn deny(args: DenyArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let AnswerArgs { run, step, note, write } = args.answer;
    session::write(cx, write, vec![Ask::Flow(FlowAsk::Deny { run, step, note })])
}
