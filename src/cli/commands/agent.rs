//! `orch agent`: who holds what, and what comes next.

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::cli::args::{Format, name};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::Name;
use crate::report::{workload, workloads};
use crate::ui;

/// List agents; show one with its queue
#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    List(ListArgs),
    Show(ShowArgs),
}

/// List all agents with their loads
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch agent list")]
pub(crate) struct ListArgs {}

/// Show what an agent holds, in the order to do it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch agent show content-strategist")]
pub(crate) struct ShowArgs {
    #[arg(value_parser = name)]
    agent: Name,
}

pub(super) fn run(command: AgentCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        AgentCommand::List(ListArgs {}) => list(cx),
        AgentCommand::Show(args) => show(&args, cx),
    }
}

fn list(cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let workloads = workloads(&reader.config, &reader.state, reader.now);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::AgentListV1::new(&workloads))?;
    } else {
        cx.out.text(ui::text::agent_list(&workloads, cx.out.style()));
    }
    Ok(Exit::Ok)
}

fn show(args: &ShowArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let work = workload(&reader.config, &reader.state, reader.now, &args.agent)
        .with_context(|| Unknown::agent(&reader.config, &args.agent))?;
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::AgentDocumentV1::new(&work))?;
    } else {
        cx.out.text(ui::text::agent_show(&work, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
