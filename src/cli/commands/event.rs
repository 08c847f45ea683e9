//! `orch event`: what happened, by whom and why.

use clap::{Args, Subcommand};

use crate::cli::args::{Format, name, run_id};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::{Name, RunId, Time};
use crate::report::{EventFilter, Subject, TypePattern};
use crate::ui;

/// Query the event log
#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    List(ListArgs),
}

/// List events, the latest last
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch event list --subject CONTENT-010\n  orch event list --type 'sla.*' --since 2026-01-09T00:00:00Z --limit 0\n  orch event list --type 'run.*' --workflow clean-logs"
)]
pub(crate) struct ListArgs {
    /// An event type such as `task.created`, or a beginning such as `task.*`
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<TypePattern>,
    /// A task or review
    #[arg(long = "subject", value_name = "CODE", value_delimiter = ',')]
    subjects: Vec<Subject>,
    /// Who did it; `orch` for the rules
    #[arg(long = "actor", value_name = "NAME", value_delimiter = ',')]
    actors: Vec<Name>,
    /// A run of a workflow
    #[arg(long = "run", value_name = "RUN", value_delimiter = ',', value_parser = run_id)]
    runs: Vec<RunId>,
    /// A workflow, its triggers and runs
    #[arg(long = "workflow", value_name = "WORKFLOW", value_delimiter = ',', value_parser = name)]
    workflows: Vec<Name>,
    /// From this time on
    #[arg(long, value_name = "TIME")]
    since: Option<Time>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Time>,
    /// The most events, the latest; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

pub(super) fn run(command: EventCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    let EventCommand::List(args) = command;
    let reader = session::read(cx)?;
    Unknown::check_workflows(&reader.config, &reader.state, &args.workflows)?;
    let filter = EventFilter {
        types: args.types,
        subjects: args.subjects,
        actors: args.actors,
        runs: args.runs,
        workflows: args.workflows,
        since: args.since,
        until: args.until,
        limit: (args.limit > 0).then_some(args.limit),
    };
    let ticks = reader.log(cx, &filter)?;
    let found = filter.events(session::logged(&ticks));
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::EventListV1::new(&found, &reader.state))?;
    } else {
        cx.out.text(ui::text::event_list(&found, &reader.state, cx.out.style()));
    }
    Ok(Exit::Ok)
}
