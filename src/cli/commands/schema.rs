//! `orch schema`: the JSON Schema of a kind of file.

use clap::Args;

use crate::check;
use crate::cli::{Cx, Exit};
use crate::load::Kind;

/// Print the JSON Schema of a kind of file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch schema agents > agents.schema.json")]
pub(crate) struct SchemaArgs {
    /// orch, agents, routing, reviews, sla, channels, roles, tasks or workflows
    kind: Kind,
}

pub(super) fn run(args: SchemaArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    cx.out.text(check::schema(args.kind));
    Ok(Exit::Ok)
}
