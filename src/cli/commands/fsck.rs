//! `orch fsck`: the state branch against its own history.

use clap::Args;

use crate::adapters::git::GitRepo;
use crate::cli::args::Format;
use crate::cli::session::Project;
use crate::cli::{Cx, Exit};
use crate::commit::StateBranch;
use crate::report::plural;
use crate::ui;

/// Verify the state branch against its own history
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch fsck")]
pub(crate) struct FsckArgs {}

pub(super) fn run(_: FsckArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::find(cx)?;
    let repo = GitRepo::discover(&project.sources.root)?;
    let branch = StateBranch::new(&repo, &project.identity(cx)?.state_branch);
    let tip = branch.tip()?;
    let findings = branch.fsck(&tip)?.findings;
    match cx.settings.format {
        Format::Json => cx.out.json(&ui::json::v1::FsckV1::new(tip.head.serial, &findings))?,
        _ => {
            for finding in &findings {
                cx.out.text(format!("error: {finding}"));
            }
            let serial = tip.head.serial;
            cx.out.text(match findings.len() {
                0 if serial == 0 => "no state yet: nothing to verify".to_owned(),
                0 => {
                    let ticks = plural(usize::try_from(serial).unwrap_or(usize::MAX), "tick");
                    format!("{ticks} verified: the state follows from its events")
                }
                1 => "1 problem found".to_owned(),
                n => format!("{n} problems found"),
            });
        }
    }
    Ok(if findings.is_empty() { Exit::Ok } else { Exit::Failed })
}
