//! `orch agent`: who holds what, what comes next, who did what, and whether agents keep to their branches.

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::cli::args::{Format, Since, WriteArgs, name};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Code, Name, Time};
use crate::report::{EventFilter, activities, isolation, workload, workloads};
use crate::ui;

/// List agents; show one with its queue, what it did, or its branches; call one
#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    List(ListArgs),
    Show(ShowArgs),
    Activity(ActivityArgs),
    Isolation(IsolationArgs),
    Activate(ActivateArgs),
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

/// What agents did in a time: tasks, reviews, pull requests, and how fast
#[derive(Debug, Args)]
#[command(
    after_help = "What was done on GitHub counts as far as ticks saw it, by the `github` of each agent.\n\nExample:\n  orch agent activity --since 30d\n  orch agent activity content-strategist --since 2026-01-01T00:00:00Z"
)]
pub(crate) struct ActivityArgs {
    #[arg(value_parser = name)]
    agent: Option<Name>,
    /// From this time on, or for so long: `7d`
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: Since,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Time>,
}

/// Whether agents keep to their branches on GitHub, and which pull requests change the same files
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch agent isolation")]
pub(crate) struct IsolationArgs {}

/// Call an agent to a task that it holds, as its `activate` says
///
/// What it is told is made of the task as it stands now. It is not called twice at a time to the same task.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch agent activate writer\n  orch agent activate writer CONTENT-010")]
pub(crate) struct ActivateArgs {
    #[arg(value_parser = name)]
    agent: Name,
    /// One of its tasks; all that it holds if left out
    task: Option<Code>,
    /// Stay until the calls are over or ask somebody for approval, through waits and later attempts
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(command: AgentCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        AgentCommand::List(ListArgs {}) => list(cx),
        AgentCommand::Show(args) => show(&args, cx),
        AgentCommand::Activity(args) => activity(&args, cx),
        AgentCommand::Isolation(IsolationArgs {}) => isolated(cx),
        AgentCommand::Activate(ActivateArgs { agent, task, watch, write }) => {
            super::run::carry_out(cx, write, Ask::Activate { agent, task }, watch)
        }
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

fn activity(args: &ActivityArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    if let Some(agent) = &args.agent {
        reader.config.agent(agent).with_context(|| Unknown::agent(&reader.config, agent))?;
    }
    let until = args.until.unwrap_or(reader.now);
    let since = args.since.before(until);
    let filter = EventFilter { since: Some(since), until: args.until, ..EventFilter::default() };
    let ticks = reader.log(cx, &filter)?;
    let log = session::logged(&ticks).filter(|logged| filter.matches(logged));
    let mut found = activities(&reader.config, &reader.state, log);
    if let Some(agent) = &args.agent {
        found.retain(|activity| activity.agent.name == *agent);
    }
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::ActivityV1::new(&found, since, until))?;
    } else if let (Some(_), [one]) = (&args.agent, found.as_slice()) {
        cx.out.text(ui::text::agent_activity(one, since, until, cx.out.style()));
    } else {
        cx.out.text(ui::text::agent_activities(&found, since, until, cx.out.style()));
    }
    Ok(Exit::Ok)
}

fn isolated(cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let report = isolation(&reader.config, &reader.state);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::IsolationV1::new(&report))?;
    } else {
        cx.out.text(ui::text::agent_isolation(&report, cx.out.style()));
    }
    Ok(Exit::Ok)
}
