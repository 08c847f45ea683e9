//! `orch workflow list`, `show` and `graph`.

use anyhow::Context as _;
use clap::Args;

use crate::cli::args::{Format, name};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::Name;
use crate::report::{mermaid, registered, registry};
use crate::ui;

/// List all workflows: how they stand and how they have done
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow list\n  orch workflow list --format json   # the registry")]
pub(crate) struct ListArgs {}

/// Document a workflow from its file, as Markdown: triggers, steps, failure, approval, diagram
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow show clean-logs > docs/clean-logs.md")]
pub(crate) struct ShowArgs {
    #[arg(value_parser = name)]
    workflow: Name,
}

/// Draw a workflow as a Mermaid flowchart
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow graph clean-logs")]
pub(crate) struct GraphArgs {
    #[arg(value_parser = name)]
    workflow: Name,
}

pub(super) fn list(_: ListArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let registry = registry(&reader.config, &reader.state, reader.now);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::WorkflowListV1::new(&registry, reader.now))?;
    } else {
        cx.out.text(ui::text::workflow_list(&registry, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}

pub(super) fn show(args: ShowArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let workflow = reader.config.workflows.get(&args.workflow);
    let workflow = workflow.with_context(|| Unknown::workflow(&reader.config, &args.workflow))?;
    let known = registered(&reader.state, workflow, reader.now);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::WorkflowDocumentV1::new(&known, reader.now))?;
    } else {
        cx.out.text(ui::text::workflow_document(&known, reader.now));
    }
    Ok(Exit::Ok)
}

pub(super) fn graph(args: GraphArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let workflow = reader.config.workflows.get(&args.workflow);
    let workflow = workflow.with_context(|| Unknown::workflow(&reader.config, &args.workflow))?;
    if cx.settings.format == Format::Json {
        let known = registered(&reader.state, workflow, reader.now);
        cx.out.json(&ui::json::v1::WorkflowDocumentV1::new(&known, reader.now))?;
    } else {
        cx.out.text(mermaid(workflow));
    }
    Ok(Exit::Ok)
}
