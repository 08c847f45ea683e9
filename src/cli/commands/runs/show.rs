//! `orch runs show`.

use anyhow::Context as _;
use clap::Args;

use crate::cli::args::{Format, run_id};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::RunId;
use crate::ui;

/// Show everything about a run: its steps, what it waits for, why it failed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch runs show clean-logs@2026-11-20T17:00Z")]
pub(crate) struct ShowArgs {
    #[arg(value_parser = run_id)]
    run: RunId,
}

pub(super) fn run(args: ShowArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let run = reader.state.run(&args.run.0).with_context(|| Unknown::run(&reader.state, &args.run))?;
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::RunDocumentV1::new(&reader.config, &reader.state, run, reader.now))?;
    } else {
        let view = ui::text::RunView { config: &reader.config, state: &reader.state, run, now: reader.now };
        cx.out.text(ui::text::run_show(&view, cx.out.style()));
    }
    Ok(Exit::Ok)
}
