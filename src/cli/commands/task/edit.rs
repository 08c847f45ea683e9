//! `orch task edit`: change what was declared of a task by command.

use clap::{Args, ValueEnum};

use crate::cli::args::{WriteArgs, tag};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Code, Name, Priority, TaskEdit, Time};

/// A field that can be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Field {
    ContentType,
    Description,
    Tier,
    Labels,
    DependsOn,
    Deadline,
}

/// Change a task
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch task edit CONTENT-010 --priority P1 --depends-on LORE-003")]
pub(crate) struct EditArgs {
    task: Code,
    #[arg(long)]
    title: Option<String>,
    #[arg(long = "type", value_name = "TYPE", value_parser = tag)]
    kind: Option<Name>,
    #[arg(long, value_parser = tag)]
    content_type: Option<Name>,
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    priority: Option<Priority>,
    #[arg(long, allow_negative_numbers = true)]
    tier: Option<u8>,
    /// All labels, in place of the present ones
    #[arg(long = "label", value_name = "LABEL", value_delimiter = ',', value_parser = tag)]
    labels: Option<Vec<Name>>,
    /// All dependencies, in place of the present ones
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    depends_on: Option<Vec<Code>>,
    #[arg(long, value_name = "TIME")]
    deadline: Option<Time>,
    /// Empty a field
    #[arg(long, value_enum, value_name = "FIELD", value_delimiter = ',')]
    clear: Vec<Field>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: EditArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let clear = |field: Field| args.clear.contains(&field);
    let edit = TaskEdit {
        title: args.title,
        kind: args.kind,
        content_type: set_or_clear(args.content_type, clear(Field::ContentType)),
        description: set_or_clear(args.description, clear(Field::Description)),
        priority: args.priority,
        tier: set_or_clear(args.tier, clear(Field::Tier)),
        labels: args.labels.or_else(|| clear(Field::Labels).then(Vec::new)),
        depends_on: args.depends_on.or_else(|| clear(Field::DependsOn).then(Vec::new)),
        deadline: set_or_clear(args.deadline, clear(Field::Deadline)),
        source: None,
        issue: None,
    };
    anyhow::ensure!(edit != TaskEdit::default(), "nothing to change: give at least one field");
    session::write(cx, args.write, vec![Ask::Edit { task: args.task, edit }])
}

#[expect(clippy::option_option, reason = "null and absent mean different things in an edit")]
fn set_or_clear<T>(value: Option<T>, clear: bool) -> Option<Option<T>> {
    match value {
        Some(value) => Some(Some(value)),
        None => clear.then_some(None),
    }
}
