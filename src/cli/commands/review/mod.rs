//! `orch review`: what waits for a verdict, and giving one.

mod list;
mod show;
mod verdict;

use clap::Subcommand;

use super::super::{Cx, Exit};
use crate::model::Verdict;

/// List, show, approve, reject, request changes
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Approve(verdict::ApproveArgs),
    Reject(verdict::RejectArgs),
    RequestChanges(verdict::RequestChangesArgs),
}

pub(super) fn run(command: ReviewCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        ReviewCommand::List(args) => list::run(args, cx),
        ReviewCommand::Show(args) => show::run(args, cx),
        ReviewCommand::Approve(args) => verdict::run(args.verdict, Verdict::Approved, cx),
        ReviewCommand::Reject(args) => verdict::run(args.verdict, Verdict::Rejected, cx),
        ReviewCommand::RequestChanges(args) => verdict::run(args.verdict, Verdict::ChangesRequested, cx),
    }
}
