//! `orch compact`: the history of the state is cut, and stays where it is.

use clap::Args;

use crate::cli::args::{Format, WriteArgs};
use crate::cli::session::{self, Compacted};
use crate::cli::{Cx, Exit};
use crate::report::{plural, short};
use crate::ui;

/// Cut the history: the state goes on at a new branch
///
/// The branch of the state gets a last tick, which says where it goes on: `orch/state` at `orch/state-2`, that
/// at `orch/state-3`. Every command follows, in every clone; nothing is deleted, and nothing forced. `log`,
/// `verify`, `fsck` and `rollback` go across.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch compact --push --dry-run\n  orch compact --push --min-ticks 10000   # in a yearly or a nightly job"
)]
pub(crate) struct CompactArgs {
    /// Do nothing while the branch has fewer ticks
    #[arg(long, value_name = "N", default_value_t = 1000)]
    min_ticks: u64,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: CompactArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let compacted = session::compact(cx, args.write, args.min_ticks)?;
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::CompactionV1::new(&view(&compacted)))?;
    } else if !cx.settings.quiet {
        cx.out.text(text(&compacted, &args));
    }
    Ok(Exit::Ok)
}

fn text(compacted: &Compacted, args: &CompactArgs) -> String {
    let count = |n: u64| plural(usize::try_from(n).unwrap_or(usize::MAX), "tick");
    let ticks = count(compacted.ticks);
    let Some(cut) = &compacted.cut else {
        let done = if compacted.pushed { "; the remote has it now" } else { "" };
        return format!(
            "nothing to compact: {ticks} on the branch, and `--min-ticks` is {}{done}",
            args.min_ticks
        );
    };
    let (from, to) = (&cut.from, &cut.to);
    let Some((last, first)) = cut.last.as_ref().zip(cut.first.as_ref()) else {
        return format!("would compact: {ticks} stay on `{from}`, the state goes on at `{to}`");
    };
    let id = |tip: &crate::commit::Tip| {
        let id = tip.commit.map(|id| id.to_string()).unwrap_or_default();
        short(&id).to_owned()
    };
    let pushed = if compacted.pushed { ", pushed" } else { "" };
    format!(
        "compacted: {ticks} stay on `{from}` ({}); the state goes on at `{to}` ({}){pushed}",
        id(last),
        id(first)
    )
}

fn view(compacted: &Compacted) -> ui::json::v1::CompactionView {
    let id = |tip: &Option<crate::commit::Tip>| Some(tip.as_ref()?.commit?.to_string());
    let cut = compacted.cut.as_ref();
    ui::json::v1::CompactionView {
        ticks: compacted.ticks,
        from: cut.map(|cut| cut.from.clone()),
        to: cut.map(|cut| cut.to.clone()),
        serial: cut.map(|cut| cut.serial),
        last: cut.and_then(|cut| id(&cut.last)),
        first: cut.and_then(|cut| id(&cut.first)),
        pushed: compacted.pushed,
    }
}
