//! `orch work`: what a runner does that was sent for.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{Format, WriteArgs, run_id};
use crate::cli::session::{self, Project, Rescue, Ticked, Work};
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::model::{Fact, FlowFact, RunId, RunStatus};
use crate::report::one_line;

/// Do one step that was sent to this runner (`runs_on`), and nothing else
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch work --push 'deploy#4/build[3]'\n\n\
    It is how the workflow that `runs_on: github-actions` names does its part: it takes the step for itself on the \
    state's branch, does it and tells how it went. If another runner has it, or it is over, nothing is done, and \
    that is fine.")]
pub(crate) struct WorkArgs {
    /// The run that the step was handed to, as `orch runs show` names it
    #[arg(value_parser = run_id)]
    run: RunId,
    /// If it cannot commit what it did, write that here, too: a machine that is thrown away takes its clone with it
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    save_recovery: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: WorkArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let WorkArgs { run, save_recovery, write } = args;
    if run.whole().is_none() {
        return Err(Unknown::part(&run).into());
    }
    let project = Project::to_act(cx)?;
    let work = Work { requests: Vec::new(), push: write.push, project: &project };
    let rescue = Rescue { save: save_recovery, ..Rescue::default() };
    let ticked = if write.dry_run {
        work.preview_only(cx, run.clone())?
    } else {
        work.carry_out_only(cx, rescue, run.clone())?
    };
    session::report(cx, &ticked, write.dry_run)?;
    if cx.settings.format == Format::Text {
        cx.out.text(told(&ticked, &run));
    }
    let has_failed = ticked.state.run(&run.0).is_some_and(|run| run.status == RunStatus::Failed);
    Ok(if has_failed && has_taken(&ticked, &run) { Exit::Partial } else { Exit::Ok })
}

/// Whether this runner took the run for itself.
fn has_taken(ticked: &Ticked, run: &RunId) -> bool {
    ticked.plan.events.iter().any(|event| {
        matches!(&event.fact, Fact::Flow(fact)
            if matches!(fact.as_ref(), FlowFact::RunLeased { run: of, lease: Some(_), .. } if of == run))
    })
}

/// What became of it, or why nothing was done.
fn told(ticked: &Ticked, id: &RunId) -> String {
    let state = &ticked.state;
    let Some(run) = state.run(&id.0) else {
        // What is over is forgotten: a runner may come hours after it was sent for.
        return format!("{id} is not known, or no longer: nothing was done.");
    };
    let status = run.status.as_str();
    if has_taken(ticked, id) {
        return match run.status {
            RunStatus::Failed => format!("{id} failed: `orch runs show '{id}'` tells why."),
            _ if run.status.is_finished() => format!("{id} {status}."),
            _ => format!("{id} is {status}: a runner is sent for when it goes on."),
        };
    }
    if run.status.is_finished() {
        return format!("{id} has {status} already: nothing was done.");
    }
    match &run.lease {
        Some(lease) => format!(
            "{id} is in the hands of another runner ({}) until {}: nothing was done.",
            one_line(&lease.holder),
            lease.until
        ),
        None if crate::plan::is_stopped(state, &run.workflow) => {
            format!("{id} waits until `orch resume` lets its workflow go on: nothing was done.")
        }
        None => format!("{id} is {status}, and nothing of it is due: nothing was done."),
    }
}
