//! What happens to a task on its way: start, complete, block, unblock, cancel, reassign.

use clap::Args;

use crate::cli::args::{FenceArgs, WriteArgs, name};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Code, Name};

/// Start an assigned task
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task start CONTENT-010 --as content-strategist")]
pub(crate) struct StartArgs {
    task: Code,
    #[command(flatten)]
    fence: FenceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// Deliver a task: its reviews follow, or its completion
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch task complete CONTENT-010 --output outputs/content/tweets/ika-tweet-006.md"
)]
pub(crate) struct CompleteArgs {
    task: Code,
    /// The file that holds the result
    #[arg(long, value_name = "FILE")]
    output: Option<String>,
    #[command(flatten)]
    fence: FenceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// Put a task on hold
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task block CONTENT-010 --reason \"waiting for the new logo\"")]
pub(crate) struct BlockArgs {
    task: Code,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    fence: FenceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// End a hold
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task unblock CONTENT-010")]
pub(crate) struct UnblockArgs {
    task: Code,
    #[command(flatten)]
    write: WriteArgs,
}

/// Cancel a task for good
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task cancel CONTENT-010 --reason \"the campaign was dropped\"")]
pub(crate) struct CancelArgs {
    task: Code,
    /// Why
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    fence: FenceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// Hand a task to an agent
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task reassign CONTENT-010 --to community-manager")]
pub(crate) struct ReassignArgs {
    task: Code,
    #[arg(long, value_name = "AGENT", value_parser = name)]
    to: Name,
    #[command(flatten)]
    fence: FenceArgs,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn start(args: StartArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write_under(cx, args.write, Ask::Start { task: args.task }, args.fence.into())
}

pub(super) fn complete(args: CompleteArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write_under(
        cx,
        args.write,
        Ask::Complete { task: args.task, output: args.output },
        args.fence.into(),
    )
}

pub(super) fn block(args: BlockArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write_under(
        cx,
        args.write,
        Ask::Block { task: args.task, reason: args.reason },
        args.fence.into(),
    )
}

pub(super) fn unblock(args: UnblockArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write(cx, args.write, vec![Ask::Unblock { task: args.task }])
}

pub(super) fn cancel(args: CancelArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write_under(
        cx,
        args.write,
        Ask::Cancel { task: args.task, reason: args.reason },
        args.fence.into(),
    )
}

pub(super) fn reassign(args: ReassignArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    session::write_under(cx, args.write, Ask::Reassign { task: args.task, to: args.to }, args.fence.into())
}
