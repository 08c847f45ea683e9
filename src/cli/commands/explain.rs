//! `orch explain`: why something is where it is, or what a diagnostic means.

use anyhow::Context as _;
use clap::Args;

use crate::cli::args::Format;
use crate::cli::session::{self, Reader};
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::diag;
use crate::model::{Code, ReviewId};
use crate::report::{Explanation, explain_agent, explain_review, explain_task};
use crate::ui;

/// Explain a task, a review, an agent, or a diagnostic code
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch explain CONTENT-015\n  orch explain REVIEW-020\n  orch explain lore-keeper\n  orch explain ORCH-0301"
)]
pub(crate) struct ExplainArgs {
    /// A task, review, agent or diagnostic code
    subject: String,
}

pub(super) fn run(args: ExplainArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let subject = args.subject.as_str();
    if subject.starts_with("ORCH-") {
        let issue: diag::Issue = subject.parse().map_err(anyhow::Error::msg)?;
        if cx.settings.format == Format::Json {
            cx.out.json(&ui::json::v1::IssueV1::from(issue))?;
        } else {
            cx.out.text(issue.explanation());
        }
        return Ok(Exit::Ok);
    }
    let reader = session::read(cx)?;
    let explanation = explanation(&reader, subject)?;
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::ExplanationV1::from(&explanation))?;
    } else {
        cx.out.text(ui::text::explanation(&explanation, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}

fn explanation(reader: &Reader, subject: &str) -> anyhow::Result<Explanation> {
    let context = reader.context();
    if let Ok(review) = subject.parse::<ReviewId>() {
        return explain_review(context, review, None).with_context(|| Unknown::review(review));
    }
    if let Ok(code) = subject.parse::<Code>() {
        let archived = reader.archived(&code)?;
        return explain_task(context, &code, archived.as_ref())
            .with_context(|| Unknown::task(&reader.state, &code));
    }
    explain_agent(context, subject).with_context(|| Unknown::subject(&reader.config, subject))
}
