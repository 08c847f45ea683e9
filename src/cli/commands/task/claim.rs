//! `orch task claim` and `orch task release`: one holder, across machines.

use clap::Args;

use crate::cli::args::{FenceArgs, WriteArgs, name};
use crate::cli::commands::next::tell;
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Claim, Code, Duration, Fence, Name};

/// Claim a task: for a while nobody else can work on it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch task claim CONTENT-010 --ttl 2h --as content-strategist --push\n  orch task complete CONTENT-010 --token 1 --as content-strategist --push\n\nWhoever holds the claim renews it by claiming again. Its token is the proof of it: a delivery with the\ntoken of a claim that has ended is refused. Others get the task 5 minutes after the end of the claim."
)]
pub(crate) struct ClaimArgs {
    task: Code,
    /// How long: `90s`, `15m`, `2h`
    #[arg(long, value_name = "TIME", default_value_t = Claim::LASTS)]
    ttl: Duration,
    /// For this agent; who asks if left out
    #[arg(long, value_name = "NAME", value_parser = name)]
    agent: Option<Name>,
    /// The token of the claim that is renewed
    #[arg(long, value_name = "N")]
    token: Option<u64>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Give a claimed task back to the queue
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task release CONTENT-010 --token 1 --as content-strategist")]
pub(crate) struct ReleaseArgs {
    task: Code,
    #[command(flatten)]
    fence: FenceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn claim(args: ClaimArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let ClaimArgs { task, ttl, agent, token, write } = args;
    let fence = Fence { token, overrides: false };
    let ticked = session::commit(cx, write, vec![Ask::Claim { task, agent, ttl }], fence)?;
    session::report(cx, &ticked, write.dry_run)?;
    tell(cx, &ticked, write);
    Ok(Exit::Ok)
}

pub(super) fn release(args: ReleaseArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write_under(cx, args.write, Ask::Release { task: args.task }, args.fence.into())
}
