//! `orch verify`: exactly what happened, decided again.

use clap::Args;

use crate::adapters::git::GitRepo;
use crate::cli::args::{Format, since};
use crate::cli::session::{self, Project};
use crate::cli::{Cx, Exit};
use crate::commit::{Since, StateBranch, Verified};
use crate::report::plural;
use crate::ui;

/// Derive every decision of the history again
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch verify\n  orch verify --since 2026-11-01\n  orch verify --since 4f2a9c1"
)]
pub(crate) struct VerifyArgs {
    /// From this commit on: the beginning of its id, its tick's number, or a date
    #[arg(long, value_name = "COMMIT|TICK|DATE", value_parser = since)]
    since: Option<Since>,
}

pub(super) fn run(args: VerifyArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::find(cx)?;
    let repo = GitRepo::discover(&project.sources.root)?;
    let branch = StateBranch::new(&repo, &project.identity(cx)?.state_branch);
    let tip = branch.tip()?;
    let verified = session::verify(&branch, &tip, &args.since.unwrap_or_default())?;
    let errors = verified.findings.iter().filter(|finding| !finding.is_warning).count();
    if cx.settings.format == Format::Json {
        cx.out.json(&ui::json::v1::VerifyV1::new(tip.head.serial, &verified))?;
    } else {
        tell(cx, &verified, errors);
    }
    Ok(if errors == 0 { Exit::Ok } else { Exit::Failed })
}

fn tell(cx: &mut Cx, verified: &Verified, errors: usize) {
    for finding in &verified.findings {
        let kind = if finding.is_warning { "warning" } else { "error" };
        cx.out.text(format!("{kind}: {finding}"));
    }
    let Some((first, serial)) = verified.first else {
        cx.out.text("no state yet: nothing to verify");
        return;
    };
    if verified.is_cut {
        let rest = verified.end.as_ref().map(|end| format!("; {}", end.remedy())).unwrap_or_default();
        cx.out.note(format!(
            "note: the history of this clone begins at tick {serial} ({}), which is taken as it is{rest}",
            first.short()
        ));
    }
    let commits = plural(verified.commits, "commit");
    let warnings = verified.findings.len() - errors;
    let text = match (errors, warnings) {
        (0, 0) => format!("{commits} verified: every decision follows from what was recorded before it"),
        (0, _) => format!("{commits} verified: no error, {}", plural(warnings, "warning")),
        (1, _) => "1 problem found".to_owned(),
        (n, _) => format!("{n} problems found"),
    };
    cx.out.text(text);
}
