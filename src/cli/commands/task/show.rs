//! `orch task show`.

use anyhow::Context as _;
use clap::Args;

use crate::cli::args::Format;
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::Code;
use crate::report::{EventFilter, Subject};
use crate::ui;

/// Show everything about a task
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task show CONTENT-010")]
pub(crate) struct ShowArgs {
    task: Code,
}

/// How many of its last events a task is shown with.
const EVENTS: usize = 10;

pub(super) fn run(args: ShowArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let archived = reader.archived(cx, &args.task)?;
    let task = reader
        .state
        .task(&args.task)
        .or(archived.as_ref())
        .with_context(|| Unknown::task(&reader.state, &args.task))?;
    let subjects = vec![Subject::Task(task.code.clone())];
    let filter = EventFilter { subjects, limit: Some(EVENTS), ..EventFilter::default() };
    let ticks = reader.log(cx, &filter)?;
    let events = filter.events(session::logged(&ticks));
    if cx.settings.format == Format::Json {
        let document =
            ui::json::v1::TaskDocumentV1::new(&reader.config, &reader.state, task, reader.now, &events);
        cx.out.json(&document)?;
        return Ok(Exit::Ok);
    }
    let view = ui::text::TaskView {
        config: &reader.config,
        state: &reader.state,
        task,
        now: reader.now,
        events: &events,
    };
    cx.out.text(ui::text::task_show(&view, cx.out.style()));
    Ok(Exit::Ok)
}
