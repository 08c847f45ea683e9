//! `orch tick`: what a cron job runs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::adapters::disk;
use crate::apply::Recovery;
use crate::cli::session::{self, Project, Rescue, Work};
use crate::cli::{Cx, Exit};
use crate::model::Request;
use crate::observe;
use crate::plan::{PlanError, is_told};
use crate::report::plural;

/// Observe, plan, apply, commit
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch tick --push\n  orch tick --requests inbox.jsonl   # {\"do\":\"complete\",\"as\":\"lore-keeper\",\"task\":\"LORE-003\"}"
)]
pub(crate) struct TickArgs {
    /// Take these requests in as well, all or none: one JSON object a line, `-` for stdin
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Take in what a tick did that could not commit, from the recovery file that it left on another clone
    #[arg(long, value_name = "FILE")]
    recover: Vec<PathBuf>,
    /// If this tick cannot commit what it did, write that here, too: a machine that is thrown away takes its clone with it
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    save_recovery: Option<PathBuf>,
    #[command(flatten)]
    write: crate::cli::args::WriteArgs,
}

pub(super) fn run(args: TickArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::to_act(cx)?;
    let file = args.requests.as_deref().map(disk::name).unwrap_or_default();
    let (lines, requests) = match &args.requests {
        Some(path) => observe::requests(&file, &disk::read_text(path)?, &session::actor(cx, &project)?)?,
        None => (Vec::new(), Vec::new()),
    };
    let recovered: Vec<_> = args.recover.iter().map(|path| recovery(path)).collect::<anyhow::Result<_>>()?;
    let by = if recovered.is_empty() { None } else { Some(session::actor(cx, &project)?) };
    let rescue = Rescue { recovered, by, save: args.save_recovery, is_tick: true };
    let asked = requests.clone();
    let told = rescue.recovered.iter().map(|one| one.facts.len()).sum();
    let work = Work { requests, push: args.write.push, project: &project };
    let ticked =
        if args.write.dry_run { work.preview_after(cx, rescue) } else { work.carry_out_after(cx, rescue) };
    let ticked = ticked.map_err(|error| match error.downcast_ref() {
        Some(PlanError::Refused { request, .. }) => {
            let Request { actor, ask, .. } = &asked[*request];
            let place = format!("{file}:{}", lines[*request]);
            error.context(format!("{place}: `{actor}` cannot {}; nothing was done", ask.in_words()))
        }
        _ => error,
    })?;
    if told > 0 {
        let taken = ticked
            .plan
            .events
            .iter()
            .filter(|event| event.cause.is_none() && is_told(&event.actor, &event.fact));
        tell_taken(cx, args.write.dry_run, taken.count(), told);
    }
    session::report(cx, &ticked, args.write.dry_run)?;
    Ok(if ticked.failed > 0 { Exit::Partial } else { Exit::Ok })
}

/// Says how much of what recovery files tell was taken in.
fn tell_taken(cx: &Cx, is_dry: bool, taken: usize, told: usize) {
    let reports = plural(told, "report");
    if taken == told {
        let took = if is_dry { "would take in" } else { "took in" };
        cx.out.note(format!("note: {took} all of {reports} about steps"));
    } else {
        cx.out.tell(&format!(
            "warning: took in {taken} of {reports} about steps; the others it knew already, or has steps of its own there, or not the run: see `orch log` and `orch runs show RUN`"
        ));
    }
}

fn recovery(path: &Path) -> anyhow::Result<Recovery> {
    let text = disk::read_text(path)?;
    Recovery::decode(&text).with_context(|| format!("failed to take in `{}`", disk::name(path)))
}
