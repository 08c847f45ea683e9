//! `orch runs`: what workflows did, and are doing.

mod list;
mod logs;
mod show;
mod verbs;

use clap::Subcommand;

use super::super::{Cx, Exit};

/// List, show, log, cancel, retry runs
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Logs(logs::LogsArgs),
    Cancel(verbs::CancelArgs),
    Retry(verbs::RetryArgs),
}

pub(super) fn run(command: RunsCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        RunsCommand::List(args) => list::run(args, cx),
        RunsCommand::Show(args) => show::run(args, cx),
        RunsCommand::Logs(args) => logs::run(args, cx),
        RunsCommand::Cancel(args) => verbs::cancel(args, cx),
        RunsCommand::Retry(args) => verbs::retry(args, cx),
    }
}
