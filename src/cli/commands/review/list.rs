//! `orch review list`.

use clap::Args;

use crate::cli::args::{Format, name};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Code, Name, ReviewStatus};
use crate::report::ReviewFilter;
use crate::ui;

/// List reviews, the pending ones unless told otherwise
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch review list --reviewer cultural-consultant\n  orch review list --task CONTENT-010 --all"
)]
pub(crate) struct ListArgs {
    #[arg(long, value_delimiter = ',', value_parser = name)]
    reviewer: Vec<Name>,
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = name)]
    kind: Vec<Name>,
    #[arg(long, value_name = "CODE")]
    task: Option<Code>,
    /// With those that are done
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: ListArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let filter = ReviewFilter {
        statuses: if args.all { Vec::new() } else { vec![ReviewStatus::Pending] },
        reviewers: args.reviewer,
        types: args.kind,
        task: args.task,
    };
    let reviews = filter.reviews(&reader.state);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::ReviewListV1::new(&reader.config, &reviews, reader.now))?;
    } else {
        cx.out.text(ui::text::review_list(&reader.config, &reviews, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
