//! `orch rollback`: a state of the past again, held until somebody resumes.

use clap::Args;

use crate::cli::args::{WriteArgs, since};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::commit::Since;
use crate::report::plural;

/// The most effects that are named.
const SHOWN: usize = 20;

/// Go back to a state of the past, and hold it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch rollback 4f2a9c1 --reason \"the import was wrong\"\n  orch resume   # ticks decide again\n\nNothing is overwritten: the state is restored by a new tick. Numbers of tasks, reviews and runs are not given out a second time. What was done to the world is not undone."
)]
pub(crate) struct RollbackArgs {
    /// The tick to go back to: the beginning of its commit's id, its number, or a time
    #[arg(value_name = "COMMIT|TICK|TIME", value_parser = since)]
    to: Since,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: RollbackArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let rolled = session::rollback(cx, args.write, &args.to, args.reason)?;
    session::report(cx, &rolled.ticked, args.write.dry_run)?;
    let (ticks, done) = (plural(usize::try_from(rolled.ticks).unwrap_or(usize::MAX), "tick"), &rolled.done);
    cx.out.note(format!("note: this takes back what {ticks} recorded"));
    if !done.is_empty() {
        let steps = plural(done.len(), "step");
        cx.out.note(format!("warning: {steps} carried out since then and not undone:"));
        for line in done.iter().take(SHOWN) {
            cx.out.note(format!("  {line}"));
        }
        if done.len() > SHOWN {
            cx.out.note(format!("  … and {} more (`orch log` shows all)", done.len() - SHOWN));
        }
    }
    Ok(Exit::Ok)
}
