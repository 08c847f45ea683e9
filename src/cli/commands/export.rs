//! `orch export`: everything back, in the form that `orch import` takes.

use clap::Args;

use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::ui::json::v1::ExportedTaskV1;

/// Write all tasks as JSON lines
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch export > tasks.jsonl\n  orch export --all > tasks-with-history.jsonl"
)]
pub(crate) struct ExportArgs {
    /// With the tasks that finished long ago and have left the hot state
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: ExportArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let mut tasks: Vec<_> = reader.state.tasks().cloned().collect();
    if args.all {
        tasks.extend(reader.branch().archived(&reader.tip)?);
    }
    tasks.sort_by(|a, b| a.code.cmp(&b.code));
    for task in &tasks {
        cx.out.text(serde_json::to_string(&ExportedTaskV1::from(task))?);
    }
    Ok(Exit::Ok)
}
