//! `orch completions`: shell completions.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::{Cli, Cx, Exit};

/// Write shell completions
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch completions bash > ~/.local/share/bash-completion/completions/orch")]
pub(crate) struct CompletionsArgs {
    shell: Shell,
}

pub(super) fn run(args: CompletionsArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "orch", &mut script);
    cx.out.text(String::from_utf8(script)?);
    Ok(Exit::Ok)
}
