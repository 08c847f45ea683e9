//! `orch sla`: running clocks, and what is late.

use clap::{Args, Subcommand};

use crate::cli::args::Format;
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::report::{github_standings, standings};
use crate::ui;

/// Running clocks, and what is late
#[derive(Debug, Subcommand)]
pub(crate) enum SlaCommand {
    Status(StatusArgs),
}

/// Every running clock, the nearest breach first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch sla status")]
pub(crate) struct StatusArgs {}

pub(super) fn run(command: SlaCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    let SlaCommand::Status(StatusArgs {}) = command;
    let reader = session::read(cx)?;
    let standings = standings(&reader.config, &reader.state, reader.now);
    let on_github = github_standings(&reader.config, &reader.state, reader.now);
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::SlaStatusV1::new(&standings, &on_github, reader.now))?;
    } else {
        cx.out.text(ui::text::sla_status(&standings, &on_github, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
