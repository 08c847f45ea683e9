//! `orch runs logs`: what the steps of a run printed. The state holds the end of it; the whole lies
//! beside the repository of the clone that made it, and nowhere else.

use std::path::Path;

use anyhow::Context as _;
use clap::Args;

use crate::adapters::disk;
use crate::cli::args::{Format, run_id};
use crate::cli::session;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit, progress, settings};
use crate::model::{Run, RunId};
use crate::ui;
use crate::ui::progress::without_commands;
use crate::ui::text::Log;

/// Show what the steps of a run printed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch runs logs clean-logs#12 --step report")]
pub(crate) struct LogsArgs {
    #[arg(value_parser = run_id)]
    run: RunId,
    /// Of this step only
    #[arg(long)]
    step: Option<String>,
    /// Of this attempt, not the last one; where the whole output is here
    #[arg(long, value_name = "N", requires = "step")]
    attempt: Option<u32>,
}

pub(super) fn run(args: LogsArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let reader = session::read(cx)?;
    let run = reader.state.run(&args.run.0).with_context(|| Unknown::run(&reader.state, &args.run))?;
    if let Some(step) = &args.step
        && !run.steps.contains_key(step.as_str())
    {
        return Err(Unknown::step(run, step).into());
    }
    let logs = logs(run, &args, reader.repo.git_dir());
    if let (Some(attempt), true) = (args.attempt, logs.is_empty()) {
        anyhow::bail!(
            "the output of attempt {attempt} is not in this clone; the state keeps the last one only"
        );
    }
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::RunLogsV1::new(run, &logs))?;
    } else {
        let text = ui::text::run_logs(run, &logs, cx.out.style());
        // What a step printed must not be read as a command of the runner, whoever shows it.
        let is_read = settings::is_github_actions();
        cx.out.text(if is_read { without_commands(&progress::token(), &text) } else { text });
    }
    Ok(Exit::Ok)
}

fn logs(run: &Run, args: &LogsArgs, git_dir: &Path) -> Vec<Log> {
    let wanted =
        run.steps.iter().filter(|(key, _)| args.step.as_ref().is_none_or(|step| step == key.as_str()));
    wanted
        .filter_map(|(key, record)| {
            let attempt = args.attempt.unwrap_or(record.attempt);
            let log = |text, is_whole| Log { step: key.to_string(), attempt, text, is_whole };
            let path = session::log_path(git_dir, &run.id, key, attempt);
            if let Ok(text) = disk::read_text(&path) {
                return Some(log(text, true));
            }
            let tail = record.outcome.as_ref().filter(|_| attempt == record.attempt)?.tail.clone()?;
            Some(log(tail, false))
        })
        .collect()
}
