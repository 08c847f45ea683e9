//! `orch workflow`: what is declared, what it does, and switching it.

mod actions;
mod add;
mod backfill;
mod look;
mod switch;

use clap::Subcommand;

use super::super::{Cx, Exit};

/// List, show, draw, switch on and off, add workflows; list actions
#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    List(look::ListArgs),
    Show(look::ShowArgs),
    Graph(look::GraphArgs),
    Enable(switch::EnableArgs),
    Disable(switch::DisableArgs),
    Actions(actions::ActionsArgs),
    Add(add::AddArgs),
    Backfill(backfill::BackfillArgs),
}

pub(super) fn run(command: WorkflowCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        WorkflowCommand::List(args) => look::list(args, cx),
        WorkflowCommand::Show(args) => look::show(args, cx),
        WorkflowCommand::Graph(args) => look::graph(args, cx),
        WorkflowCommand::Enable(args) => switch::enable(args, cx),
        WorkflowCommand::Disable(args) => switch::disable(args, cx),
        WorkflowCommand::Actions(args) => actions::run(args, cx),
        WorkflowCommand::Add(args) => add::run(args, cx),
        WorkflowCommand::Backfill(args) => backfill::run(args, cx),
    }
}
