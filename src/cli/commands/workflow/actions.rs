//! `orch workflow actions`: the built-in actions, documented from their types.

use clap::Args;

use crate::actions::{ACTIONS, document};
use crate::cli::args::Format;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::ui;

/// List the actions that steps can use; document one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow actions\n  orch workflow actions files.delete")]
pub(crate) struct ActionsArgs {
    /// The action to document, or a beginning such as `files.`
    name: Option<String>,
}

pub(super) fn run(args: ActionsArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let wanted = args.name.as_deref().unwrap_or_default();
    let exact: Vec<_> = ACTIONS.iter().copied().filter(|action| action.name() == wanted).collect();
    let begins = || ACTIONS.iter().copied().filter(|action| action.name().starts_with(wanted)).collect();
    let found: Vec<_> = if exact.is_empty() { begins() } else { exact };
    if found.is_empty() && !wanted.is_empty() {
        return Err(Unknown::action(wanted).into());
    }
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::ActionListV1::new(&found))?;
    } else if wanted.is_empty() {
        cx.out.text(ui::text::action_list(&found, cx.out.style()));
    } else {
        cx.out.text(document(&found));
    }
    Ok(Exit::Ok)
}
