//! `orch task add`: a new task.

use clap::Args;

use crate::cli::args::{WriteArgs, tag};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Code, Name, NewTask, Priority, Time};

/// Add a task
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch task add \"Ika personality tweet #6\" --type content --content-type tweet --tier 2"
)]
pub(crate) struct AddArgs {
    /// What is to be done
    title: String,
    /// The task's code; the next free one of its prefix if left out
    #[arg(long)]
    code: Option<Code>,
    /// The prefix of the code; the type in capitals if left out
    #[arg(long, conflicts_with = "code")]
    prefix: Option<String>,
    /// The type, by which routes and reviews pick tasks
    #[arg(long = "type", value_name = "TYPE", value_parser = tag)]
    kind: Name,
    /// The kind of content
    #[arg(long, value_parser = tag)]
    content_type: Option<Name>,
    /// More about it
    #[arg(long)]
    description: Option<String>,
    /// P0 (drop everything) to P3 (some day)
    #[arg(long, default_value_t)]
    priority: Priority,
    /// How thoroughly it is reviewed
    #[arg(long, allow_negative_numbers = true)]
    tier: Option<u8>,
    /// Labels
    #[arg(long = "label", value_name = "LABEL", value_delimiter = ',', value_parser = tag)]
    labels: Vec<Name>,
    /// Tasks that must be complete first
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    depends_on: Vec<Code>,
    /// When it must be complete (RFC 3339)
    #[arg(long, value_name = "TIME")]
    deadline: Option<Time>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: AddArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let spec = NewTask {
        title: args.title,
        kind: args.kind,
        content_type: args.content_type,
        description: args.description,
        priority: args.priority,
        tier: args.tier,
        labels: args.labels,
        depends_on: args.depends_on,
        deadline: args.deadline,
        source: None,
        issue: None,
    };
    session::write(cx, args.write, vec![Ask::Add { code: args.code, prefix: args.prefix, spec }])
}
