//! `orch explain`: why something is where it is, or what a diagnostic means.

use anyhow::Context as _;
use clap::Args;

use crate::cli::args::{Format, run_id};
use crate::cli::session::{self, Reader};
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::diag;
use crate::model::{Code, ReviewId};
use crate::report::{
    Explanation, explain_agent, explain_review, explain_run, explain_task, explain_workflow,
};
use crate::ui;

/// Explain a task, a review, an agent, a run, a workflow, or a diagnostic code
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch explain CONTENT-015\n  orch explain REVIEW-020\n  orch explain lore-keeper\n  orch explain clean-logs#12\n  orch explain ORCH-0301\n  orch explain effects\n  orch explain event"
)]
pub(crate) struct ExplainArgs {
    /// A task, review, agent, run, workflow or diagnostic code; or `effects`: how unknown outcomes are settled;
    /// or `event`: what expressions find in it
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
    if subject == "effects" {
        if cx.settings.format == Format::Json {
            cx.out.json(&ui::json::v1::SettlementListV1::new())?;
        } else {
            cx.out.text(ui::text::settlements(cx.out.style()));
        }
        return Ok(Exit::Ok);
    }
    if subject == "event" {
        if cx.settings.format == Format::Json {
            cx.out.json(&ui::json::v1::EventFieldsV1::new())?;
        } else {
            cx.out.text(ui::text::event_fields(cx.out.style()));
        }
        return Ok(Exit::Ok);
    }
    let reader = session::read(cx)?;
    let explanation = explanation(cx, &reader, subject)?;
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::ExplanationV1::from(&explanation))?;
    } else {
        cx.out.text(ui::text::explanation(&explanation, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}

fn explanation(cx: &Cx, reader: &Reader, subject: &str) -> anyhow::Result<Explanation> {
    let context = reader.context();
    if let Ok(review) = subject.parse::<ReviewId>() {
        return explain_review(context, review, None).with_context(|| Unknown::review(review));
    }
    if let Ok(code) = subject.parse::<Code>() {
        let archived = reader.archived(cx, &code)?;
        return explain_task(context, &code, archived.as_ref())
            .with_context(|| Unknown::task(&reader.state, &code));
    }
    if let Ok(run) = run_id(subject) {
        return explain_run(context, &run.0).with_context(|| Unknown::run(&reader.state, &run));
    }
    let explained = explain_agent(context, subject).or_else(|| explain_workflow(context, subject));
    explained.with_context(|| Unknown::subject(&reader.config, subject))
}
