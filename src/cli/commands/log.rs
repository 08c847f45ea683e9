//! `orch log`: what happened, tick by tick.

use clap::Args;

use crate::cli::args::{Format, name, since};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::commit::Since;
use crate::model::{Code, Event, Name};
use crate::report::{EventFilter, Logged, Subject};
use crate::ui;

/// Tell what happened, the latest tick first
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch log\n  orch log --task CONTENT-010 --limit 0 | less\n  orch log --since 2026-11-01 --workflow deploy"
)]
pub(crate) struct LogArgs {
    /// Back to this commit, tick or date
    #[arg(long, value_name = "COMMIT|TICK|DATE", value_parser = since)]
    since: Option<Since>,
    /// What happened to a task
    #[arg(long = "task", value_name = "CODE", value_delimiter = ',')]
    tasks: Vec<Code>,
    /// What happened with a workflow
    #[arg(long = "workflow", value_name = "WORKFLOW", value_delimiter = ',', value_parser = name)]
    workflows: Vec<Name>,
    /// The most ticks; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(super) fn run(args: LogArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let branch = reader.branch();
    let filter = EventFilter {
        subjects: args.tasks.into_iter().map(Subject::Task).collect(),
        workflows: args.workflows,
        ..EventFilter::default()
    };
    let wants_all = filter.subjects.is_empty() && filter.workflows.is_empty();
    let is_wanted = |serial: u64, events: &[Event]| {
        wants_all || Logged::tick(serial, events).any(|logged| filter.matches(&logged))
    };
    let mut ticks = Vec::new();
    let mut history = branch.history(&reader.tip);
    for entry in &mut history {
        let mut entry = entry?;
        if matches!(args.since, Some(Since::Time(time)) if entry.at < time)
            || matches!(args.since, Some(Since::Serial(serial)) if entry.serial < serial)
        {
            break;
        }
        let is_last =
            matches!(&args.since, Some(Since::Commit(id)) if entry.commit.to_string().starts_with(id));
        if is_wanted(entry.serial, &entry.events) {
            // The places of events are told in JSON, where all of them stay.
            if cx.settings.format != Format::Json {
                let serial = entry.serial;
                entry.events.retain(|event| filter.matches(&Logged { serial, index: 0, event }));
            }
            ticks.push(entry);
        }
        if is_last || (args.limit > 0 && ticks.len() == args.limit) {
            break;
        }
    }
    if let Some(end) = history.ends_at() {
        session::tell_end(cx, end);
    }
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::LogOfTicksV1::new(&ticks, &reader.state))?;
    } else {
        cx.out.text(ui::text::log(&ticks, &reader.state, cx.settings.verbose, cx.out.style()));
    }
    Ok(Exit::Ok)
}
