//! `orch doctor`: what needs somebody's attention.

use anyhow::Context as _;
use clap::Args;

use crate::adapters::journal::Leftover;
use crate::cli::args::Format;
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::Duration;
use crate::report::{Health, Patient, checkup};
use crate::ui;

/// How many ticks the cadence is told from.
const TICKS: usize = 50;

/// See what needs attention: ticks that do not come, outcomes nobody knows, what waits and what is paused
///
/// Fails if something is wrong, so that a monitor can run it. Ticks that find nothing to do leave no trace;
/// silence is told by what was due and has not happened.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch doctor --max-age 2h")]
pub(crate) struct DoctorArgs {
    /// How late a tick may be
    #[arg(long, value_name = "AGE", default_value = "1h")]
    max_age: Duration,
}

pub(super) fn run(args: DoctorArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let journals: Vec<String> = Leftover::all(reader.repo.git_dir())
        .context("failed to read the journals of earlier ticks")?
        .into_iter()
        .map(|leftover| leftover.holder)
        .collect();
    let branch = reader.branch();
    let ticks = branch.history(&reader.tip).take(TICKS).map(|tick| Ok(tick?.at));
    let ticks = ticks.collect::<anyhow::Result<Vec<_>>>()?;
    let (head, tip) = (&reader.tip.head, reader.at());
    let findings = checkup(&Patient {
        config: &reader.config,
        state: &reader.state,
        tip: &tip,
        last: (head.at, &head.version_of_orch),
        due: head.due,
        now: reader.now,
        max_age: args.max_age,
        ticks: &ticks,
        journals: &journals,
    });
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::CheckupV1::new(tip.serial, &findings))?;
    } else {
        cx.out.text(ui::text::checkup(&findings, cx.out.style()));
    }
    let is_bad = findings.iter().any(|finding| finding.health == Health::Bad);
    Ok(if is_bad { Exit::Failed } else { Exit::Ok })
}
