//! `orch task`: everything people and agents do with tasks.

mod add;
mod claim;
mod edit;
mod list;
mod show;
mod verbs;

use clap::Subcommand;

use super::super::{Cx, Exit};

/// Add, list, show, claim, start, complete, release, block, unblock, cancel, reassign, edit tasks
#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Claim(claim::ClaimArgs),
    Start(verbs::StartArgs),
    Complete(verbs::CompleteArgs),
    Release(claim::ReleaseArgs),
    Block(verbs::BlockArgs),
    Unblock(verbs::UnblockArgs),
    Cancel(verbs::CancelArgs),
    Reassign(verbs::ReassignArgs),
    Edit(edit::EditArgs),
}

pub(super) fn run(command: TaskCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        TaskCommand::Add(args) => add::run(args, cx),
        TaskCommand::List(args) => list::run(args, cx),
        TaskCommand::Show(args) => show::run(args, cx),
        TaskCommand::Claim(args) => claim::claim(args, cx),
        TaskCommand::Release(args) => claim::release(args, cx),
        TaskCommand::Start(args) => verbs::start(args, cx),
        TaskCommand::Complete(args) => verbs::complete(args, cx),
        TaskCommand::Block(args) => verbs::block(args, cx),
        TaskCommand::Unblock(args) => verbs::unblock(args, cx),
        TaskCommand::Cancel(args) => verbs::cancel(args, cx),
        TaskCommand::Reassign(args) => verbs::reassign(args, cx),
        TaskCommand::Edit(args) => edit::run(args, cx),
    }
}
