//! `orch task list`.

use clap::Args;

use crate::cli::args::{Format, name, status, tag};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Name, Priority, TaskStatus};
use crate::report::TaskFilter;
use crate::ui;

/// List tasks
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch task list --status pending,in_progress --agent content-strategist\n  orch task list --format json"
)]
pub(crate) struct ListArgs {
    /// pending, `in_progress`, blocked, review, complete or cancelled
    #[arg(long, value_delimiter = ',', value_parser = status)]
    status: Vec<TaskStatus>,
    #[arg(long, value_delimiter = ',', value_parser = name)]
    agent: Vec<Name>,
    #[arg(long, value_delimiter = ',')]
    priority: Vec<Priority>,
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = tag)]
    kind: Vec<Name>,
    /// Tasks with all of these labels
    #[arg(long, value_delimiter = ',', value_parser = tag)]
    label: Vec<Name>,
}

pub(super) fn run(args: ListArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let filter = TaskFilter {
        statuses: args.status,
        agents: args.agent,
        priorities: args.priority,
        types: args.kind,
        labels: args.label,
    };
    let tasks = filter.tasks(&reader.state);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::TaskListV1::new(tasks))?;
    } else {
        cx.out.text(ui::text::task_list(&tasks, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
