//! `orch runs list`.

use clap::Args;

use crate::cli::args::{Format, name, run_status};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::{Name, RunStatus};
use crate::report::RunFilter;
use crate::ui;

/// List runs, the latest first
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch runs list --workflow clean-logs --status failed\n  orch runs list --limit 0 --format json"
)]
pub(crate) struct ListArgs {
    #[arg(long, value_name = "WORKFLOW", value_delimiter = ',', value_parser = name)]
    workflow: Vec<Name>,
    /// queued, waiting, running, succeeded, failed, cancelled or skipped
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = run_status)]
    status: Vec<RunStatus>,
    /// The most runs, the latest; 0 for all that the state remembers
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(super) fn run(args: ListArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    Unknown::check_workflows(&reader.config, &reader.state, &args.workflow)?;
    let limit = (args.limit > 0).then_some(args.limit);
    let filter = RunFilter { workflows: args.workflow, statuses: args.status, limit };
    let runs = filter.runs(&reader.state);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::RunListV1::new(&reader.config, &runs, reader.now))?;
    } else {
        cx.out.text(ui::text::run_list(&reader.config, &runs, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
