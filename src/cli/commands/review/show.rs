//! `orch review show`.

use anyhow::Context as _;
use clap::Args;

use crate::cli::args::Format;
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::ReviewId;
use crate::report::explain_review;
use crate::ui;

/// Show a review: what is asked of whom, and why
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch review show REVIEW-020")]
pub(crate) struct ShowArgs {
    review: ReviewId,
}

pub(super) fn run(args: ShowArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let unknown = || Unknown::review(args.review);
    if cx.settings.format == Format::Json {
        let task = reader.state.task_of_review(args.review).with_context(unknown)?;
        let review = task.review(args.review).with_context(unknown)?;
        cx.out.json(&ui::json::v1::ReviewDocumentV1::new(&reader.config, task, review, reader.now))?;
    } else {
        let explanation = explain_review(reader.context(), args.review, None).with_context(unknown)?;
        cx.out.text(ui::text::explanation(&explanation, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
