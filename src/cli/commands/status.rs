//! `orch status`: where everything stands.

use clap::Args;

use crate::cli::args::Format;
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::report::overview;
use crate::ui;

/// Where everything stands
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch status")]
pub(crate) struct StatusArgs {}

pub(super) fn run(_: StatusArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let overview = overview(&reader.config, &reader.state, reader.now);
    let (project, tip) = (&reader.config.project.name, reader.at());
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::StatusV1::new(&overview, &reader.state, project, &tip, reader.now))?;
    } else {
        cx.out.text(ui::text::status(&overview, &reader.state, project, &tip, reader.now, cx.out.style()));
    }
    Ok(Exit::Ok)
}
